import type { ConnectionFailure, FailureKind } from "../../../src/client/errors.ts";
import type { WrongAnswer } from "../load_report.ts";
import { LatencyHistogram } from "./latency_histogram.ts";

const WRONG_ANSWERS_MAX = 10;
const WRONG_LINES_MAX = 1_000;

export interface FailureCount {
  count: number;
  /** What happened the first time, on one line. */
  readonly example: string;
}

/** The measurements of all clients of a step. Its size is bounded. */
export class StepTally {
  /** The time to open each connection. */
  readonly connect: LatencyHistogram = new LatencyHistogram();
  /** From when each request was sent to the first byte of its reply. */
  readonly firstByte: LatencyHistogram = new LatencyHistogram();
  /** From when each request was sent, or in an open loop was due, to the last byte of its reply. */
  readonly latency: LatencyHistogram = new LatencyHistogram();
  /** In an open loop, from when each request was sent to the last byte of its reply. */
  readonly uncorrected: LatencyHistogram = new LatencyHistogram();
  readonly failures: Map<FailureKind, FailureCount> = new Map();
  /** The first wrong answers. */
  readonly wrongAnswers: WrongAnswer[] = [];
  /** The lines of the first wrong answers. */
  readonly wrongLines: Set<number> = new Set();
  connectionCount = 0;
  /** Received replies of any kind. */
  replyCount = 0;
  /** Replies that are neither correct nor error messages. */
  wrongCount = 0;
  /** Failed connections and error messages of the server. */
  errorCount = 0;
  /** When the last reply was complete, by `performance.now()`. */
  lastReplyMs = 0;

  countWrong(answer: WrongAnswer): void {
    this.wrongCount++;
    if (this.wrongAnswers.length < WRONG_ANSWERS_MAX) this.wrongAnswers.push(answer);
    if (this.wrongLines.size < WRONG_LINES_MAX) this.wrongLines.add(answer.line);
  }

  countFailure({ kind, message }: ConnectionFailure): void {
    this.errorCount++;
    const failure = this.failures.get(kind);
    if (failure === undefined) this.failures.set(kind, { count: 1, example: message });
    else failure.count++;
  }
}
