import { Buffer } from "node:buffer";
import type { ExpectedLines } from "./expected_lines.ts";
import { firstDifference } from "./first_difference.ts";
import type { ReplyFramer, WireProtocol } from "../../src/client/wire_protocol.ts";

/** What is known of a reply: not all of it came, it is right, it is not, or it reports an error. */
export type ReplyState = "incomplete" | "right" | "wrong" | "error";

/** Where a reply that was not right differs from the right one. */
export interface Difference {
  /** The line that was asked for, 1 or more. */
  readonly lineNumber: number;
  /** How many bytes of the reply were right before the first that was not. */
  readonly differsAtByte: number;
  /** What came around that place, at most {@linkcode SAMPLE_MAX_BYTES}; quoted and escaped. */
  readonly received: string;
  /** What should have come there; quoted and escaped. */
  readonly expected: string;
}

/** How much of a wrong reply is kept, in bytes. */
export const SAMPLE_MAX_BYTES = 64;

/** How much of a sample is what precedes the first wrong byte. */
const SAMPLE_BEFORE_BYTES = 16;

/**
 * Compares the replies of one connection with the file, in place and as they come.
 *
 * - A reply may be cut anywhere, and may be of any length: nothing of it is kept.
 * - After a wrong reply the end of that reply is searched for, so that the next one is read right.
 *
 * @example
 * ```ts
 * import { Buffer } from "node:buffer";
 * import { assertEquals } from "@std/assert";
 * import { ExpectedLines } from "./expected_lines.ts";
 * import { lineWire } from "../../src/client/line_wire.ts";
 * import { ReplyChecker } from "./reply_checker.ts";
 *
 * const checker = new ReplyChecker(lineWire, new ExpectedLines(new TextEncoder().encode("one\n")));
 * checker.expect(1);
 * assertEquals(checker.check(Buffer.from("OK\none\n"), 0, 7), 7);
 * assertEquals(checker.state, "right");
 * ```
 */
export class ReplyChecker {
  readonly #lines: ExpectedLines;
  readonly #wire: WireProtocol;
  readonly #head: Buffer;
  readonly #tail: Buffer;
  readonly #framer: ReplyFramer;
  readonly #sample: number[] = [];
  #state: ReplyState = "incomplete";
  #isDifferent = false;
  #skippedBytes = 0;
  #lineNumber = 0;
  #lineStart = 0;
  // Positions in the expected reply: how far it came, and where its head, its line and it end.
  #matched = 0;
  #headEnd = 0;
  #lineEnd = 0;
  #replyEnd = 0;

  /**
   * Checks one connection's replies; {@linkcode expect} says to what.
   *
   * @param wire How replies look.
   * @param lines What they must say.
   */
  constructor(wire: WireProtocol, lines: ExpectedLines) {
    this.#wire = wire;
    this.#lines = lines;
    this.#head = Buffer.alloc(wire.replyHeadMaxBytes);
    this.#tail = Buffer.from(wire.replyTail);
    this.#framer = wire.createFramer();
  }

  /** What is known of the reply that is being checked. */
  get state(): ReplyState {
    return this.#state;
  }

  /** How many bytes have come from the first wrong byte of this reply on; 0 where it is right. */
  get skippedBytes(): number {
    return this.#skippedBytes;
  }

  /**
   * Begins with the reply to a request.
   *
   * @param lineNumber The line that was asked for, 1 to the number of lines.
   */
  expect(lineNumber: number): void {
    const lineByteCount = this.#lines.byteCountOf(lineNumber);
    this.#lineNumber = lineNumber;
    this.#lineStart = this.#lines.startOf(lineNumber);
    this.#headEnd = this.#wire.encodeReplyHead(lineByteCount, this.#head);
    this.#lineEnd = this.#headEnd + lineByteCount;
    this.#replyEnd = this.#lineEnd + this.#tail.length;
    this.#matched = 0;
    this.#isDifferent = false;
    this.#skippedBytes = 0;
    this.#state = "incomplete";
  }

  /**
   * Checks more of the reply.
   *
   * @param received What came, from `at` to `end`.
   * @returns The position behind the reply's last byte; `end` where it has not come yet.
   */
  check(received: Buffer, at: number, end: number): number {
    if (this.#isDifferent) return this.#skip(received, at, end);
    let next = this.#match(this.#head, 0, 0, this.#headEnd, received, at, end);
    const text = this.#lines.text;
    next = this.#match(text, this.#lineStart, this.#headEnd, this.#lineEnd, received, next, end);
    next = this.#match(this.#tail, 0, this.#lineEnd, this.#replyEnd, received, next, end);
    if (this.#matched === this.#replyEnd) this.#state = "right";
    else if (next < end) return this.#beginSkip(received, next, end);
    return next;
  }

  /** Where the reply differs; only after bytes that were not the right ones. */
  difference(): Difference {
    const from = this.#sampleStart();
    const to = Math.min(from + SAMPLE_MAX_BYTES, this.#replyEnd);
    const expected = Array.from({ length: to - from }, (_, i) => this.#expectedByte(from + i));
    return {
      lineNumber: this.#lineNumber,
      differsAtByte: this.#matched,
      received: quote(this.#sample),
      expected: quote(expected),
    };
  }

  // Compares with one part of the expected reply: what stands in it from `partAt` to `partEnd`. Does
  // nothing where that part has come already, or an earlier one has not.
  #match(
    part: Buffer,
    partStart: number,
    partAt: number,
    partEnd: number,
    received: Buffer,
    at: number,
    end: number,
  ): number {
    if (at === end || this.#matched < partAt || this.#matched >= partEnd) return at;
    const expectedAt = partStart + this.#matched - partAt;
    const byteCount = Math.min(partEnd - this.#matched, end - at);
    const same = firstDifference(part, expectedAt, received, at, byteCount);
    this.#matched += same;
    return at + same;
  }

  #beginSkip(received: Buffer, at: number, end: number): number {
    this.#isDifferent = true;
    this.#framer.reset();
    this.#sample.length = 0;
    for (let i = this.#sampleStart(); i < this.#matched; i++) {
      this.#sample.push(this.#expectedByte(i));
    }
    this.#feedMatched();
    return this.#skip(received, at, end);
  }

  // What came before the first difference was what had been expected: so it need not be kept.
  #feedMatched(): void {
    const headBytes = Math.min(this.#matched, this.#headEnd);
    const lineBytes = Math.min(this.#matched, this.#lineEnd) - headBytes;
    this.#framer.feed(this.#head, 0, headBytes);
    this.#framer.feed(this.#lines.text, this.#lineStart, this.#lineStart + lineBytes);
    this.#framer.feed(this.#tail, 0, this.#matched - headBytes - lineBytes);
  }

  #skip(received: Buffer, at: number, end: number): number {
    const next = this.#framer.feed(received, at, end);
    this.#skippedBytes += next - at;
    for (let i = at; i < next && this.#sample.length < SAMPLE_MAX_BYTES; i++) {
      this.#sample.push(received[i]!);
    }
    if (this.#framer.isComplete) this.#state = this.#framer.isError ? "error" : "wrong";
    return next;
  }

  #sampleStart(): number {
    return Math.max(0, this.#matched - SAMPLE_BEFORE_BYTES);
  }

  #expectedByte(at: number): number {
    if (at < this.#headEnd) return this.#head[at]!;
    if (at < this.#lineEnd) return this.#lines.text[this.#lineStart + at - this.#headEnd]!;
    return this.#tail[at - this.#lineEnd]!;
  }
}

// Bytes that are no printable ASCII as \n, \r or \x00: a sample is shown on one line of a terminal.
function quote(bytes: readonly number[]): string {
  const shown = bytes.map((byte) => {
    if (byte === 10) return "\\n";
    if (byte === 13) return "\\r";
    if (byte === 34 || byte === 92) return `\\${String.fromCharCode(byte)}`;
    if (byte >= 32 && byte < 127) return String.fromCharCode(byte);
    return `\\x${byte.toString(16).padStart(2, "0")}`;
  });
  return `"${shown.join("")}"`;
}
