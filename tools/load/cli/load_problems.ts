import type { FailureKind } from "../../../src/client/connection_failure.ts";
import type { FailureReport, TargetReport, WrongAnswer } from "../load_report.ts";
import { formatCount } from "./load_table.ts";

/** How many wrong answers and line numbers are shown; the report has more. */
const SHOWN_MAX = 10;

/**
 * What went wrong with a server, for people: one line each, about twenty at most.
 *
 * @param isOnly whether no other server was asked: then its label is left out
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
  return `Wrong answer: line ${line}: after ${differsAtByte} right bytes of the reply ` +
    `${received} came where ${expected} was due: see whether the server serves this file, and its index fits`;
}

function describeWrongLines({ steps }: TargetReport): string[] {
  const wrong = steps.reduce((sum, step) => sum + step.wrong, 0);
  if (wrong === 0) return [];
  const lines = [...new Set(steps.flatMap((step) => step.wrongLines))].sort((a, b) => a - b);
  const more = lines.length > SHOWN_MAX ? ", and more: --json names up to 1,000 a step" : "";
  return [
    `Wrong answers: ${formatCount(wrong)}: lines ${lines.slice(0, SHOWN_MAX).join(", ")}${more}`,
  ];
}

function mergeFailures({ steps }: TargetReport): FailureReport[] {
  const merged = new Map<string, FailureReport>();
  for (const failure of steps.flatMap((step) => step.failures)) {
    const before = merged.get(failure.kind);
    const count = failure.count + (before?.count ?? 0);
    merged.set(failure.kind, { ...before ?? failure, count });
  }
  return [...merged.values()];
}

function describeFailure({ kind, count, example }: FailureReport): string {
  const what = kind.charAt(0).toUpperCase() + kind.slice(1);
  const first = count === 1 ? "once" : `${formatCount(count)} times, first`;
  return `${what}: ${first}: ${example}: ${adviceFor(kind as FailureKind)}`;
}

function adviceFor(kind: FailureKind): string {
  switch (kind) {
    case "connection refused":
      return "start the server, or correct HOST:PORT";
    case "connection reset":
    case "early end of stream":
    case "connection failed":
      return "see what the server says about it";
    case "no free local port":
      return "raise --reconnect-after, or wait a minute";
    case "no reply in time":
      return "see whether the server hangs, or raise --timeout";
    case "not a reply":
    case "reply without end":
    case "surplus bytes":
      return "see whether the server speaks this --protocol";
    case "server error reply":
      return "see what it says, and whether --file and --lines fit the server's text";
    case "too many open files":
      return "lower --clients, or raise the limit with ulimit -n";
    case "unknown host":
      return "correct HOST:PORT";
    default:
      return kind satisfies never;
  }
}
