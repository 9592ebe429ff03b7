import type { Buffer } from "node:buffer";
import type { WrongAnswer } from "../load_report.ts";

/** The result for a reply: not complete yet, correct, wrong, or an error message of the server. */
export type ReplyState = "incomplete" | "right" | "wrong" | "error";

/** How many bytes of a wrong reply are kept. */
export const SAMPLE_MAX_BYTES = 64;

/** How many of them precede the first wrong byte. */
export const SAMPLE_BEFORE_BYTES = 16;

/** Checks the replies of one connection as they arrive, without copying them. */
export interface ReplyChecker {
  readonly state: ReplyState;
  /** How many bytes of this reply have arrived since its first wrong byte; 0 if it is correct. */
  readonly skippedBytes: number;
  /** Whether the reply is certainly wrong, even if it is incomplete. */
  readonly isWrong: boolean;
  /** Whether the reply is complete, and the server closes the connection after it. */
  readonly isLastReply: boolean;

  /** Prepares for the replies to the first `count` of these requests, while they are in flight. */
  prefetch(lineNumbers: Float64Array, count: number): void;

  /**
   * Starts the reply to a request for this line.
   *
   * @param batchCount the number of lines of its command, if it is the first of several
   * @default {0}
   */
  expect(lineNumber: number, batchCount?: number): void;

  /**
   * Checks the next bytes, from `at` to `end`.
   *
   * @returns the position after the reply's last byte; `end` if the reply continues
   */
  check(received: Buffer, at: number, end: number): number;

  /** Describes the difference. Only for a reply that is wrong or an error. */
  difference(): WrongAnswer;
}

/** Quotes bytes as ASCII on one line; other bytes are written as \\n, \\r or \\x00. */
export function quoteBytes(bytes: readonly number[]): string {
  const shown = bytes.map((byte) => {
    if (byte === 10) return "\\n";
    if (byte === 13) return "\\r";
    if (byte === 34 || byte === 92) return `\\${String.fromCharCode(byte)}`;
    if (byte >= 32 && byte < 127) return String.fromCharCode(byte);
    return `\\x${byte.toString(16).padStart(2, "0")}`;
  });
  return `"${shown.join("")}"`;
}

/** Quotes the beginning of a text whose characters are bytes. */
export function quoteText(text: string): string {
  return quoteBytes(Array.from(text.slice(0, SAMPLE_MAX_BYTES), (char) => char.charCodeAt(0)));
}
