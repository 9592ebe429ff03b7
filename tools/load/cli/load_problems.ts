import type { FailureKind } from "../../../src/client/errors.ts";
import type { FailureReport, TargetReport, WrongAnswer } from "../load_report.ts";
import { formatCount } from "./load_table.ts";

/** How many wrong answers and line numbers are printed; the report has more. */
const SHOWN_MAX = 10;

/**
 * Describes what went wrong with a server: about twenty lines at most.
 *
 * @param isOnly whether no other server was measured: then the label is omitted
 */
export function describeProblems(target: TargetReport, isOnly: boolean): string[] {
  const wrongAnswers = target.steps.flatMap((step) => step.wrongAnswers);
  const problems = [
    ...wrongAnswers.slice(0, SHOWN_MAX).map(describeWrongAnswer),
    ...describeWrongLines(target),
    ...mergeFailures(target).map(describeFailure),
  ];
  return isOnly ? problems : problems.map((problem) => `${target.label}: ${problem}`);
}

function describeWrongAnswer({ line, differsAtByte, received, expected }: WrongAnswer): string {
  return `Wrong answer: line ${line} (from byte ${differsAtByte} of the reply: ${received} instead ` +
    `of ${expected}). Check that the server serves this file, and run "linesvr verify".`;
}

function describeWrongLines({ steps }: TargetReport): string[] {
  const wrong = steps.reduce((sum, step) => sum + step.wrong, 0);
  if (wrong === 0) return [];
  const lines = [...new Set(steps.flatMap((step) => step.wrongLines))].sort((a, b) => a - b);
  const more = lines.length > SHOWN_MAX ? " and more; --json lists up to 1,000 for each step" : "";
  return [
    `Wrong answers: ${formatCount(wrong)} (lines ${lines.slice(0, SHOWN_MAX).join(", ")}${more})`,
  ];
}

function mergeFailures({ steps }: TargetReport): FailureReport[] {
  const merged = new Map<string, FailureReport>();
  for (const failure of steps.flatMap((step) => step.failures)) {
    const earlier = merged.get(failure.kind);
    const count = failure.count + (earlier?.count ?? 0);
    merged.set(failure.kind, { ...earlier ?? failure, count });
  }
  return [...merged.values()];
}

function describeFailure({ kind, count, example }: FailureReport): string {
  const what = kind.charAt(0).toUpperCase() + kind.slice(1);
  const times = count === 1 ? "once" : `${formatCount(count)} times, this was the first`;
  return `${what}: ${example} (${times}). ${adviceFor(kind as FailureKind)}.`;
}

function adviceFor(kind: FailureKind): string {
  switch (kind) {
    case "connection refused":
      return "Start the server, or correct HOST:PORT";
    case "connection reset":
    case "early end of stream":
    case "connection failed":
      return "Check the server's messages";
    case "no free local port":
      return "Raise --reconnect-after, or wait a minute";
    case "no reply in time":
      return "Check whether the server hangs, or raise --timeout";
    case "not a reply":
    case "reply without end":
    case "surplus bytes":
      return "Check that the server speaks this --protocol";
    case "server error reply":
      return "Check that --file and --lines match the server's file";
    case "too many open files":
      return "Lower --clients, or raise the limit with ulimit -n";
    case "unknown host":
      return "Correct HOST:PORT";
    default:
      return kind satisfies never;
  }
}
