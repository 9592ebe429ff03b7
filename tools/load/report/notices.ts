import type { FailureReport, LoadReport, StepReport, TargetReport } from "../load_report.ts";
import { formatCount, formatRanges } from "./figures.ts";
import { markup, type MarkupValue } from "./markup.ts";

/** How many of the wrong lines of one target are named. */
const LINES_SHOWN_MAX = 1_000;

/** How many of its wrong answers are shown. */
const WRONG_ANSWERS_SHOWN_MAX = 10;

/** What must be known before the figures are believed. */
export interface Notice {
  /** Whether something failed, may mislead, or is as it should be. */
  readonly level: "error" | "warning" | "good";
  /** What it is, in a word or two. */
  readonly title: string;
  /** What it means. */
  readonly text: string;
  /** What can be unfolded: line numbers. */
  readonly more?: { readonly title: string; readonly text: string };
  /** The details. */
  readonly table?: NoticeTable;
}

/** The details of a notice. */
export interface NoticeTable {
  /** What the columns are. */
  readonly heads: readonly string[];
  /** A cell for each column. */
  readonly rows: readonly (readonly MarkupValue[])[];
}

/** Says what a reader of the report must know first: what went wrong, or that nothing did. */
export function noticesOf(report: LoadReport): Notice[] {
  const found = [
    ...wrongAnswers(report),
    ...failures(report),
    ...cutShort(report),
    ...saturation(report),
  ];
  return found.some(({ level }) => level === "error") ? found : [...found, ...allGood(report)];
}

function wrongAnswers({ targets }: LoadReport): Notice[] {
  return targets.flatMap((target): Notice[] => {
    const count = sum(target.steps, ({ wrong }) => wrong);
    if (count === 0) return [];
    const lines = [...new Set(target.steps.flatMap(({ wrongLines }) => wrongLines))]
      .sort((a, b) => a - b);
    const shown = lines.slice(0, LINES_SHOWN_MAX).map(formatCount).join(" · ");
    return [{
      level: "error",
      title: `${formatCount(count)} wrong ${count === 1 ? "answer" : "answers"} of ${target.label}`,
      text: "What came is not what the file has.",
      more: {
        title: lines.length === 1 ? "Of one line" : `Of ${formatCount(lines.length)} lines`,
        text: lines.length > LINES_SHOWN_MAX ? `${shown} and others` : shown,
      },
      table: {
        heads: ["Clients", "Line", "Differs at byte", "Expected", "Received"],
        rows: target.steps.flatMap(({ clients, wrongAnswers }) =>
          wrongAnswers.map(({ line, differsAtByte, expected, received }) => [
            formatCount(clients),
            formatCount(line),
            formatCount(differsAtByte),
            markup`<code>${expected}</code>`,
            markup`<code>${received}</code>`,
          ])
        ).slice(0, WRONG_ANSWERS_SHOWN_MAX),
      },
    }];
  });
}

function failures({ targets }: LoadReport): Notice[] {
  return targets.flatMap((target): Notice[] => {
    const count = sum(target.steps, ({ errors }) => errors);
    if (count === 0) return [];
    const kinds = Map.groupBy(
      target.steps.flatMap((step) => step.failures.map((failure) => ({ step, failure }))),
      ({ failure }) => failure.kind,
    );
    return [{
      level: "error",
      title: `${formatCount(count)} ${count === 1 ? "error" : "errors"} of ${target.label}`,
      text: "Failed connections, and replies that say the server could not answer.",
      table: {
        heads: ["Kind", "How many", "At clients", "The first one"],
        rows: [...kinds].map(([kind, found]) => failureRow(target, kind, found)),
      },
    }];
  });
}

function failureRow(
  target: TargetReport,
  kind: string,
  found: readonly { readonly step: StepReport; readonly failure: FailureReport }[],
): string[] {
  return [
    kind,
    formatCount(sum(found, ({ failure }) => failure.count)),
    rangesOf(target, found.map(({ step }) => step)),
    found[0]!.failure.example,
  ];
}

function cutShort({ isCutShort, settings, targets }: LoadReport): Notice[] {
  if (!isCutShort) return [];
  const planned = settings.clients.length * targets.length;
  const done = sum(targets, ({ steps }) => steps.length);
  return [{
    level: "warning",
    title: "Cut short",
    text: `It was ended before its last step: ${formatCount(done)} of ${formatCount(planned)} ` +
      "steps have figures, and the last one may be shorter than the others.",
  }];
}

function saturation({ targets }: LoadReport): Notice[] {
  const where = targets.flatMap((target) => {
    const saturated = target.steps.filter(({ isSaturated }) => isSaturated);
    return saturated.length === 0
      ? []
      : `${target.label} at ${rangesOf(target, saturated)} clients`;
  });
  if (where.length === 0) return [];
  return [{
    level: "warning",
    title: "Saturated",
    text:
      "The load tester's own processor was the limit, so some figures may be its own, not the " +
      `server's: ${where.join("; ")}.`,
  }];
}

function allGood({ settings, targets }: LoadReport): Notice[] {
  const replies = sum(targets, ({ steps }) => sum(steps, ({ requests }) => requests));
  if (replies === 0) return [];
  return [{
    level: "good",
    title: "No error",
    text: settings.file === null
      ? `All ${
        formatCount(replies)
      } requests were answered; the answers were not compared with a file.`
      : `All ${formatCount(replies)} answers were right, byte for byte.`,
  }];
}

function rangesOf(target: TargetReport, steps: readonly StepReport[]): string {
  const clients = ({ clients }: StepReport) => clients;
  return formatRanges(steps.map(clients), target.steps.map(clients));
}

function sum<T>(items: readonly T[], read: (item: T) => number): number {
  return items.reduce((total, item) => total + read(item), 0);
}
