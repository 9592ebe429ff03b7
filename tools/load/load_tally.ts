import type { ConnectionFailure, FailureKind } from "../../src/client/connection_failure.ts";
import { LatencyHistogram } from "./latency_histogram.ts";
import type { Difference } from "./reply_checker.ts";

/** How many wrong answers are kept to be shown. The others are only counted. */
export const SHOWN_WRONG_ANSWERS = 10;

/** How often something went wrong, and how it looked the first time. */
export interface FailureCount {
  /** 1 or more. */
  count: number;
  /** What happened the first time, on one line. */
  readonly example: string;
}

/** What all clients of a run have counted. Its size does not grow with the run. */
export class LoadTally {
  /** How long each batch took, from its first byte sent to its last byte received. */
  readonly latency: LatencyHistogram = new LatencyHistogram();
  /** How often each kind of failure was met. */
  readonly failures: Map<FailureKind, FailureCount> = new Map();
  /** The first wrong answers, at most {@linkcode SHOWN_WRONG_ANSWERS}. */
  readonly wrongAnswers: Difference[] = [];
  /** Connections opened. */
  connectionCount = 0;
  /** Replies received, whatever they said. */
  replyCount = 0;
  /** Replies that were neither the right one nor reported an error. */
  wrongCount = 0;

  /** Counts a wrong answer. */
  countWrong(difference: Difference): void {
    this.wrongCount++;
    if (this.wrongAnswers.length < SHOWN_WRONG_ANSWERS) this.wrongAnswers.push(difference);
  }

  /** Counts a failure. */
  countFailure({ kind, message }: ConnectionFailure): void {
    const failure = this.failures.get(kind);
    if (failure === undefined) this.failures.set(kind, { count: 1, example: message });
    else failure.count++;
  }
}
