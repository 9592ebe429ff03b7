import { Buffer } from "node:buffer";
import type { ReplyFramer, WireProtocol } from "../../src/client/wire_protocol.ts";
import type { ExpectedLines } from "./expected_lines.ts";
import { firstDifference } from "./first_difference.ts";
import { quoteBytes } from "./quote_bytes.ts";
import type { WrongAnswer } from "./load_report.ts";
import { type ReplyChecker, type ReplyState, SAMPLE_MAX_BYTES } from "./reply_checker.ts";

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
 * import { lineWire } from "../../src/client/line_wire.ts";
 * import { ComparingChecker } from "./comparing_checker.ts";
 * import { MemoryLines } from "./memory_lines.ts";
 *
 * const checker = new ComparingChecker(lineWire, new MemoryLines(new TextEncoder().encode("one\n")));
 * checker.expect(1);
 * assertEquals(checker.check(Buffer.from("OK\none\n"), 0, 7), 7);
 * assertEquals(checker.state, "right");
 * ```
 */
export class ComparingChecker implements ReplyChecker {
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
   * @param wire how replies look
   * @param lines what they must say
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

  /** Has the processor fetch what the replies will be compared with. */
  prefetch(lineNumbers: Float64Array, count: number): void {
    // A single line is looked at once anyway.
    if (count > 1) this.#lines.prefetch(lineNumbers, count);
  }

  /** Begins with the reply to a request for a line, 1 to the number of lines. */
  expect(lineNumber: number): void {
    const lines = this.#lines;
    lines.locate(lineNumber);
    this.#lineNumber = lineNumber;
    this.#lineStart = lines.lineStart;
    this.#headEnd = this.#wire.encodeReplyHead(lines.lineBytes, this.#head);
    this.#lineEnd = this.#headEnd + lines.lineBytes;
    this.#replyEnd = this.#lineEnd + this.#tail.length;
    this.#matched = 0;
    this.#isDifferent = false;
    this.#skippedBytes = 0;
    this.#state = "incomplete";
  }

  /** Checks more of the reply; gives the position behind what belongs to it. */
  check(received: Buffer, at: number, end: number): number {
    if (this.#isDifferent) return this.#skip(received, at, end);
    let next = this.#match(this.#head, 0, this.#headEnd, received, at, end);
    next = this.#matchLine(received, next, end);
    next = this.#match(this.#tail, this.#lineEnd, this.#replyEnd, received, next, end);
    if (this.#matched === this.#replyEnd) this.#state = "right";
    else if (next < end) return this.#beginSkip(received, next, end);
    return next;
  }

  /** Where the reply differs; only after bytes that were not the right ones. */
  difference(): WrongAnswer {
    const from = this.#sampleStart();
    const to = Math.min(from + SAMPLE_MAX_BYTES, this.#replyEnd);
    const expected = Array.from({ length: to - from }, (_, i) => this.#expectedByte(from + i));
    return {
      line: this.#lineNumber,
      differsAtByte: this.#matched,
      received: quoteBytes(this.#sample),
      expected: quoteBytes(expected),
    };
  }

  // Compares with one part of the expected reply: what stands in it from `partAt` to `partEnd`. Does
  // nothing where that part has come already, or an earlier one has not.
  #match(
    part: Buffer,
    partAt: number,
    partEnd: number,
    received: Buffer,
    at: number,
    end: number,
  ): number {
    if (at === end || this.#matched < partAt || this.#matched >= partEnd) return at;
    const bytes = Math.min(partEnd - this.#matched, end - at);
    const same = firstDifference(part, this.#matched - partAt, received, at, bytes);
    this.#matched += same;
    return at + same;
  }

  // As above, with the line; more than one turn only where not all of it can be viewed at once.
  #matchLine(received: Buffer, at: number, end: number): number {
    const lines = this.#lines;
    let next = at;
    while (next < end && this.#matched >= this.#headEnd && this.#matched < this.#lineEnd) {
      const wanted = Math.min(this.#lineEnd - this.#matched, end - next);
      const viewed = lines.viewText(this.#lineStart + this.#matched - this.#headEnd, wanted);
      const same = firstDifference(lines.view, lines.viewAt, received, next, viewed);
      this.#matched += same;
      next += same;
      if (same < viewed) break;
    }
    return next;
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
    for (let fed = 0; fed < lineBytes;) {
      const viewed = this.#lines.viewText(this.#lineStart + fed, lineBytes - fed);
      const { view, viewAt } = this.#lines;
      this.#framer.feed(view, viewAt, viewAt + viewed);
      fed += viewed;
    }
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
    if (at >= this.#lineEnd) return this.#tail[at - this.#lineEnd]!;
    this.#lines.viewText(this.#lineStart + at - this.#headEnd, 1);
    return this.#lines.view[this.#lines.viewAt]!;
  }
}
