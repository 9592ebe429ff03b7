import { adviceFor, type FailureKind } from "../../src/client/connection_failure.ts";
import type { LatencySummary } from "./latency_histogram.ts";
import type { FailureCount } from "./load_tally.ts";
import type { LoadResult, LoadRunOptions } from "./load_run.ts";
import type { Difference } from "./reply_checker.ts";

/** The result for programs. Times are in the unit that ends their name. */
export interface LoadReport {
  /** How many clients asked. */
  readonly clients: number;
  /** How many requests each sent at once. */
  readonly pipeline: number;
  /** What chose the lines. */
  readonly seed: number;
  /** Connections opened. */
  readonly connections: number;
  /** Replies received, whatever they said. */
  readonly requests: number;
  /** From the first request to the last reply. */
  readonly elapsedMs: number;
  /** Replies received a second. */
  readonly requestsPerSecond: number;
  /** Wrong answers. */
  readonly wrong: number;
  /** Failed connections and error replies. */
  readonly errors: number;
  /** The first wrong answers. */
  readonly wrongAnswers: readonly Difference[];
  /** Failed connections and error replies, by kind. */
  readonly errorsByKind: Readonly<Partial<Record<FailureKind, FailureCount>>>;
  /** How long batches took; `null` where none came whole. */
  readonly latency: LatencySummary | null;
  /** Processor time of the load program itself for a request, in microseconds. */
  readonly ownCpuUsPerRequest: number;
}

/**
 * Sums up a run.
 *
 * @param options What the run was to do.
 * @param result What came of it.
 */
export function makeReport(options: LoadRunOptions, result: LoadResult): LoadReport {
  const { tally, elapsedMs, ownCpuUs } = result;
  const counts = [...tally.failures.values()].map(({ count }) => count);
  return {
    clients: options.clientCount,
    pipeline: options.pipeline,
    seed: options.seed,
    connections: tally.connectionCount,
    requests: tally.replyCount,
    elapsedMs,
    requestsPerSecond: elapsedMs > 0 ? tally.replyCount / (elapsedMs / 1_000) : 0,
    wrong: tally.wrongCount,
    errors: counts.reduce((sum, count) => sum + count, 0),
    wrongAnswers: tally.wrongAnswers,
    errorsByKind: Object.fromEntries(tally.failures),
    latency: tally.latency.summarize() ?? null,
    ownCpuUsPerRequest: tally.replyCount > 0 ? ownCpuUs / tally.replyCount : 0,
  };
}

/** The result for people, on one line. */
export function formatResult(report: LoadReport): string {
  const { clients, pipeline, requestsPerSecond, wrong, errors, latency } = report;
  return [
    `clients ${clients}, pipeline ${pipeline}: ${formatCount(requestsPerSecond)} requests/s`,
    `${formatCount(wrong)} wrong`,
    `${formatCount(errors)} errors`,
    ...latency === null ? ["no whole batch"] : formatLatency(latency),
    `own CPU ${report.ownCpuUsPerRequest.toFixed(2)} µs/request`,
  ].join(", ");
}

/** What went wrong, for people: one line each, at most about twenty. */
export function formatProblems(report: LoadReport): string[] {
  const shown = report.wrongAnswers.map(formatWrongAnswer);
  const hidden = report.wrong - shown.length;
  if (hidden > 0) {
    shown.push(`More wrong answers: ${formatCount(hidden)}: only the first are shown`);
  }
  const failures = Object.entries(report.errorsByKind).map(([kind, { count, example }]) => {
    const what = kind.charAt(0).toUpperCase() + kind.slice(1);
    const first = count === 1 ? "once" : `${formatCount(count)} times, first`;
    return `${what}: ${first}: ${example}: ${adviceFor(kind as FailureKind)}`;
  });
  return [...shown, ...failures];
}

function formatWrongAnswer({ lineNumber, differsAtByte, received, expected }: Difference): string {
  return `Wrong answer: line ${lineNumber}: after ${differsAtByte} right bytes of the reply ` +
    `${received} came where ${expected} was due: see whether the server serves this file, and its index fits`;
}

function formatLatency(latency: LatencySummary): string[] {
  const { minMs, avgMs, p50Ms, p99Ms, maxMs } = latency;
  const named = { min: minMs, avg: avgMs, p50: p50Ms, p99: p99Ms, max: maxMs };
  return Object.entries(named).map(([name, ms]) => `${name} ${ms.toFixed(2)} ms`);
}

function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}
