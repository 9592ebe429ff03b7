import type { FailureReport, LoadReport, StepReport, TargetReport } from "../load_report.ts";
import { formatCount, formatRanges } from "./figures.ts";
import { markup, type MarkupValue } from "./markup.ts";

/** How many wrong lines of one target are listed. */
const LINES_SHOWN_MAX = 1_000;

/** How many wrong answers of one target are shown. */
const WRONG_ANSWERS_SHOWN_MAX = 10;

/** Something that the reader must know before trusting the figures. */
export interface Notice {
  readonly level: "error" | "warning" | "good";
  readonly title: string;
  readonly text: string;
  /** Collapsed by default: line numbers. */
  readonly more?: { readonly title: string; readonly text: string };
  readonly table?: NoticeTable;
}

export interface NoticeTable {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly MarkupValue[])[];
}

/** Returns what went wrong, or a notice that nothing did. */
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
      title: `${formatCount(count)} wrong ${
        count === 1 ? "answer" : "answers"
      } from ${target.label}`,
      text: "The answer differs from the file.",
      more: {
        title: lines.length === 1 ? "One line" : `${formatCount(lines.length)} lines`,
        text: lines.length > LINES_SHOWN_MAX ? `${shown} and more` : shown,
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
      title: `${formatCount(count)} ${count === 1 ? "error" : "errors"} from ${target.label}`,
      text: "Failed connections, and error messages of the server.",
      table: {
        heads: ["Kind", "Count", "At clients", "First"],
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
  const steps = `${formatCount(planned)} ${planned === 1 ? "step" : "steps"}`;
  return [{
    level: "warning",
    title: "Interrupted",
    text: done === planned
      ? `The run was interrupted during ${
        planned === 1 ? "its only" : "the last"
      } step, which is ` +
        "shorter than planned."
      : `The run was interrupted: ${formatCount(done)} of ${steps} ` +
        `${done === 1 ? "has" : "have"} figures, and the last one may be shorter than planned.`,
  }];
}

function saturation({ targets }: LoadReport): Notice[] {
  const saturated = targets.flatMap((target) => {
    const steps = target.steps.filter(({ isSaturated }) => isSaturated);
    return steps.length === 0 ? [] : `${target.label} at ${rangesOf(target, steps)} clients`;
  });
  if (saturated.length === 0) return [];
  return [{
    level: "warning",
    title: "Saturated",
    text: "The load tester used a whole processor, so these figures may show its limit, not the " +
      `server's: ${saturated.join("; ")}.`,
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
      : `All ${formatCount(replies)} answers were correct, byte for byte.`,
  }];
}

function rangesOf(target: TargetReport, steps: readonly StepReport[]): string {
  const clients = ({ clients }: StepReport) => clients;
  return formatRanges(steps.map(clients), target.steps.map(clients));
}

function sum<T>(items: readonly T[], read: (item: T) => number): number {
  return items.reduce((total, item) => total + read(item), 0);
}
