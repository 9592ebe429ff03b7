import type { ConnectionFailure, FailureKind } from "../../src/client/connection_failure.ts";
import { LatencyHistogram } from "./latency_histogram.ts";
import type { WrongAnswer } from "./load_report.ts";

/** How many wrong answers are kept to be shown. The others are only counted. */
export const WRONG_ANSWERS_MAX = 10;

/** How many lines are named whose answers were wrong. */
export const WRONG_LINES_MAX = 1_000;

/** How often something went wrong, and how it looked the first time. */
export interface FailureCount {
  /** 1 or more. */
  count: number;
  /** What happened the first time, on one line. */
  readonly example: string;
}

/** What all clients of a step have counted. Its size does not grow with the step. */
export class StepTally {
  /** How long it took to open each connection. */
  readonly connect: LatencyHistogram = new LatencyHistogram();
  /** From when each request was sent to the first byte of its reply. */
  readonly firstByte: LatencyHistogram = new LatencyHistogram();
  /** From when each request was sent, or in an open loop was due, to the last byte of its reply. */
  readonly latency: LatencyHistogram = new LatencyHistogram();
  /** In an open loop: from when each request was sent to the last byte of its reply. */
  readonly uncorrected: LatencyHistogram = new LatencyHistogram();
  /** How often each kind of failure was met. */
  readonly failures: Map<FailureKind, FailureCount> = new Map();
  /** The first wrong answers, at most {@linkcode WRONG_ANSWERS_MAX}. */
  readonly wrongAnswers: WrongAnswer[] = [];
  /** The first lines whose answers were wrong, at most {@linkcode WRONG_LINES_MAX}. */
  readonly wrongLines: Set<number> = new Set();
  /** Connections opened. */
  connectionCount = 0;
  /** Replies received, whatever they said. */
  replyCount = 0;
  /** Replies that were neither the right one nor reported an error. */
  wrongCount = 0;
  /** Failed connections and error replies. */
  errorCount = 0;
  /** When the last reply was complete, by `performance.now()`. */
  lastReplyMs = 0;

  /** Counts a wrong answer. */
  countWrong(answer: WrongAnswer): void {
    this.wrongCount++;
    if (this.wrongAnswers.length < WRONG_ANSWERS_MAX) this.wrongAnswers.push(answer);
    if (this.wrongLines.size < WRONG_LINES_MAX) this.wrongLines.add(answer.line);
  }

  /** Counts a failure. */
  countFailure({ kind, message }: ConnectionFailure): void {
    this.errorCount++;
    const failure = this.failures.get(kind);
    if (failure === undefined) this.failures.set(kind, { count: 1, example: message });
    else failure.count++;
  }
}
