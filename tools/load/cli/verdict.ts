import type { StepReport, TargetReport } from "../load_report.ts";
import { formatCount, formatMs, formatRate } from "./load_table.ts";

export interface VerdictOptions {
  /** The file that the replies were compared with; `null` if they were not compared. */
  readonly file: string | null;
  /** Whether no other server was measured: then the label is omitted. */
  readonly isOnly: boolean;
}

/** Says in one sentence whether the replies of a server were right, and its highest rate. */
export function describeVerdict(
  { label, steps }: TargetReport,
  { file, isOnly }: VerdictOptions,
): string {
  const fastest = steps.reduce<StepReport | undefined>(
    (best, step) => step.requestsPerSecond > (best?.requestsPerSecond ?? 0) ? step : best,
    undefined,
  );
  const rate = fastest === undefined ? "" : `; ${describeRate(fastest)}`;
  const name = isOnly ? "" : `${label}: `;
  return `${name}${describeReplies(steps, file)}${rate}.`;
}

function describeReplies(steps: readonly StepReport[], file: string | null): string {
  const replies = sum(steps, ({ requests }) => requests);
  const wrong = sum(steps, ({ wrong }) => wrong);
  const errors = sum(steps, ({ errors }) => errors);
  const failed = errors === 0 ? "" : `, ${formatCount(errors)} ${plural(errors, "error")}`;
  const all = `${formatCount(replies)} ${plural(replies, "reply", "replies")}`;
  if (replies === 0) return `No reply${failed}`;
  if (file === null) return `${all}, not compared with a file${failed || ", no error"}`;
  if (wrong > 0) return `${formatCount(wrong)} of ${all} wrong${failed}`;
  return failed === "" ? `${all}, all correct` : `${all}, none wrong${failed}`;
}

function describeRate({ requestsPerSecond, clients, latency }: StepReport): string {
  const times = latency === null
    ? ""
    : ` (average ${formatMs(latency.averageMs)} ms, p99 ${formatMs(latency.p99Ms)} ms)`;
  return `highest rate ${formatRate(requestsPerSecond)} requests/s with ` +
    `${formatCount(clients)} ${plural(clients, "client")}${times}`;
}

function sum(steps: readonly StepReport[], read: (step: StepReport) => number): number {
  return steps.reduce((total, step) => total + read(step), 0);
}

function plural(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? one : many;
}
