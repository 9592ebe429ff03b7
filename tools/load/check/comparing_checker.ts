import { Buffer } from "node:buffer";
import type { ClientProtocol } from "../target/client_protocol.ts";
import type { ReplyFramer } from "../../../src/client/line_framer.ts";
import type { ExpectedLines } from "../lines/expected_lines.ts";
import { firstDifference } from "./first_difference.ts";
import type { WrongAnswer } from "../load_report.ts";
import {
  quoteBytes,
  type ReplyChecker,
  type ReplyState,
  SAMPLE_BEFORE_BYTES,
  SAMPLE_MAX_BYTES,
} from "./reply_checker.ts";

/**
 * Compares the replies of one connection with the file as they arrive.
 *
 * - A reply may be split anywhere and have any length: nothing of it is kept.
 * - After a wrong byte, a framer finds the end of the reply, so that the next reply is read correctly.
 */
export class ComparingChecker implements ReplyChecker {
  /** These protocols do not announce it. */
  readonly isLastReply = false;
  readonly #lines: ExpectedLines;
  readonly #protocol: ClientProtocol;
  readonly #head: Buffer;
  readonly #tail: Buffer;
  readonly #framer: ReplyFramer;
  readonly #sample: number[] = [];
  #state: ReplyState = "incomplete";
  #isDifferent = false;
  #skippedBytes = 0;
  #lineNumber = 0;
  #lineStart = 0;
  // Positions in the expected reply: how much has matched, and the ends of head, line and reply.
  #matched = 0;
  #headEnd = 0;
  #lineEnd = 0;
  #replyEnd = 0;

  constructor(protocol: ClientProtocol, lines: ExpectedLines) {
    this.#protocol = protocol;
    this.#lines = lines;
    this.#head = Buffer.alloc(protocol.replyHeadMaxBytes);
    this.#tail = Buffer.from(protocol.replyTail);
    this.#framer = protocol.createFramer();
  }

  get state(): ReplyState {
    return this.#state;
  }

  get skippedBytes(): number {
    return this.#skippedBytes;
  }

  // A reply whose head differs may be an error.
  get isWrong(): boolean {
    return this.#isDifferent && this.#matched >= this.#headEnd;
  }

  prefetch(lineNumbers: Float64Array, count: number): void {
    // A single line is compared right away.
    if (count > 1) this.#lines.prefetch(lineNumbers, count);
  }

  expect(lineNumber: number, batchCount = 0): void {
    const lines = this.#lines;
    lines.locate(lineNumber);
    this.#lineNumber = lineNumber;
    this.#lineStart = lines.lineStart;
    const headAt = batchCount > 0 ? this.#protocol.encodeBatchHead(batchCount, this.#head) : 0;
    this.#headEnd = this.#protocol.encodeReplyHead(lines.lineBytes, this.#head, headAt);
    this.#lineEnd = this.#headEnd + lines.lineBytes;
    this.#replyEnd = this.#lineEnd + this.#tail.length;
    this.#matched = 0;
    this.#isDifferent = false;
    this.#skippedBytes = 0;
    this.#state = "incomplete";
  }

  check(received: Buffer, at: number, end: number): number {
    if (this.#isDifferent) return this.#skip(received, at, end);
    let next = this.#match(this.#head, 0, this.#headEnd, received, at, end);
    next = this.#matchLine(received, next, end);
    next = this.#match(this.#tail, this.#lineEnd, this.#replyEnd, received, next, end);
    if (this.#matched === this.#replyEnd) this.#state = "right";
    else if (next < end) return this.#beginSkip(received, next, end);
    return next;
  }

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

  // Compares with the part of the expected reply from `partAt` to `partEnd`. Does nothing if that part
  // has matched already, or an earlier one has not.
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

  // The same for the line, of which only a part may be in view at a time.
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

  // The bytes before the first difference equal the expected ones, so they come from there.
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
