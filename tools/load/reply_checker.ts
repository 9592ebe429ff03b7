import type { Buffer } from "node:buffer";
import type { WrongAnswer } from "./load_report.ts";

/** What is known of a reply: not all of it came, it is right, it is not, or it reports an error. */
export type ReplyState = "incomplete" | "right" | "wrong" | "error";

/** How much is kept of a wrong reply, in bytes. */
export const SAMPLE_MAX_BYTES = 64;

/** Tells of each of one connection's replies whether it is right, in place and as it comes. */
export interface ReplyChecker {
  /** What is known of the reply that is being checked. */
  readonly state: ReplyState;
  /** How many bytes have come from the first wrong byte of this reply on; 0 where it is right. */
  readonly skippedBytes: number;

  /**
   * Gets ready for replies that will be expected next, while they are on their way.
   *
   * @param lineNumbers the lines that were asked for
   * @param count how many of them are meant
   */
  prefetch(lineNumbers: Float64Array, count: number): void;

  /**
   * Begins with the reply to a request.
   *
   * @param lineNumber the line that was asked for
   */
  expect(lineNumber: number): void;

  /**
   * Checks more of the reply.
   *
   * @param received what came, from `at` to `end`
   * @returns the position behind the reply's last byte; `end` where it has not come yet
   */
  check(received: Buffer, at: number, end: number): number;

  /** Where the reply differs; only of one that is wrong or an error. */
  difference(): WrongAnswer;
}
