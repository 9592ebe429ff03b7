import type { Buffer } from "node:buffer";
import type { ExpectedLines } from "../lines/expected_lines.ts";
import type { WrongAnswer } from "../load_report.ts";
import { HttpReplyReader } from "../target/http_reply_reader.ts";
import { firstDifference } from "./first_difference.ts";
import {
  quoteBytes,
  quoteText,
  type ReplyChecker,
  type ReplyState,
  SAMPLE_BEFORE_BYTES,
  SAMPLE_MAX_BYTES,
} from "./reply_checker.ts";

const OK = 200;

/**
 * Checks the HTTP replies of one connection as they arrive, and compares their bodies with the file.
 *
 * - The body of the correct reply is the line. A status other than 200 is an error of the server.
 * - Without a file, any body is correct.
 * - A body may be split anywhere and have any length: nothing of it is kept.
 */
export class HttpChecker implements ReplyChecker {
  readonly #lines: ExpectedLines | undefined;
  readonly #reader = new HttpReplyReader();
  readonly #sample: number[] = [];
  #state: ReplyState = "incomplete";
  #skippedBytes = 0;
  #lineNumber = 0;
  #lineStart = 0;
  #lineBytes = 0;
  // How many bytes of the body have matched, and whether another one has not.
  #matched = 0;
  #isDifferent = false;

  /** @param lines the correct answers; `undefined` to accept any line */
  constructor(lines: ExpectedLines | undefined) {
    this.#lines = lines;
  }

  get state(): ReplyState {
    return this.#state;
  }

  get skippedBytes(): number {
    return this.#skippedBytes;
  }

  get isWrong(): boolean {
    return this.#isDifferent || this.#isLengthWrong;
  }

  get isLastReply(): boolean {
    return this.#reader.isComplete && this.#reader.isLast;
  }

  prefetch(lineNumbers: Float64Array, count: number): void {
    // A single line is compared right away.
    if (count > 1) this.#lines?.prefetch(lineNumbers, count);
  }

  expect(lineNumber: number): void {
    const lines = this.#lines;
    if (lines !== undefined) {
      lines.locate(lineNumber);
      this.#lineStart = lines.lineStart;
      this.#lineBytes = lines.lineBytes;
    }
    this.#lineNumber = lineNumber;
    this.#reader.reset();
    this.#state = "incomplete";
    this.#skippedBytes = this.#matched = 0;
    this.#isDifferent = false;
  }

  check(received: Buffer, at: number, end: number): number {
    const reader = this.#reader;
    let next = at;
    while (next < end && !reader.isComplete) {
      next = reader.take(received, next, end);
      if (reader.bodyAt < reader.bodyEnd) this.#checkBody(received, reader.bodyAt, reader.bodyEnd);
    }
    if (reader.isComplete) this.#state = this.#finalState();
    return next;
  }

  difference(): WrongAnswer {
    const { malformedLine, status, statusLine, contentBytes } = this.#reader;
    const at = { line: this.#lineNumber, differsAtByte: this.#matched };
    if (malformedLine !== undefined) {
      const expected = "an HTTP reply with Content-Length or chunks";
      return { ...at, received: quoteText(malformedLine), expected };
    }
    if (status !== OK) return { ...at, received: quoteText(statusLine), expected: "status 200" };
    // A body that has matched so far says nothing.
    if (!this.#isDifferent && this.#isLengthWrong) {
      const [received, expected] = [contentBytes, this.#lineBytes].map((bytes) =>
        `Content-Length: ${bytes}`
      );
      return { ...at, received: received!, expected: expected! };
    }
    const from = this.#sampleStart();
    return {
      ...at,
      received: quoteBytes(this.#sample),
      expected: quoteBytes(this.#expectedBytes(from, from + SAMPLE_MAX_BYTES)),
    };
  }

  get #isLengthWrong(): boolean {
    const { hasHead, status, contentBytes } = this.#reader;
    return this.#lines !== undefined && hasHead && status === OK && contentBytes !== undefined &&
      contentBytes !== this.#lineBytes;
  }

  #checkBody(received: Buffer, at: number, end: number): void {
    if (this.#reader.status !== OK) this.#skippedBytes += end - at;
    else if (this.#lines !== undefined) this.#compare(this.#lines, received, at, end);
  }

  #compare(lines: ExpectedLines, received: Buffer, at: number, end: number): void {
    let next = at;
    while (next < end && this.#matched < this.#lineBytes && !this.#isDifferent) {
      const wanted = Math.min(this.#lineBytes - this.#matched, end - next);
      const viewed = lines.viewText(this.#lineStart + this.#matched, wanted);
      const same = firstDifference(lines.view, lines.viewAt, received, next, viewed);
      this.#matched += same;
      next += same;
      if (same < viewed) break;
    }
    if (next === end) return;
    if (!this.#isDifferent) this.#beginDifference();
    this.#skippedBytes += end - next;
    for (let i = next; i < end && this.#sample.length < SAMPLE_MAX_BYTES; i++) {
      this.#sample.push(received[i]!);
    }
  }

  #finalState(): ReplyState {
    const { malformedLine, status } = this.#reader;
    if (malformedLine !== undefined) return "wrong";
    if (status !== OK) return "error";
    if (this.#lines === undefined) return "right";
    const isShort = !this.#isDifferent && this.#matched < this.#lineBytes;
    if (isShort) this.#beginDifference();
    return this.#isDifferent ? "wrong" : "right";
  }

  #beginDifference(): void {
    this.#isDifferent = true;
    this.#sample.length = 0;
    this.#sample.push(...this.#expectedBytes(this.#sampleStart(), this.#matched));
  }

  #sampleStart(): number {
    return Math.max(0, this.#matched - SAMPLE_BEFORE_BYTES);
  }

  // The bytes before the first difference equal the expected ones, so they come from there.
  #expectedBytes(from: number, to: number): number[] {
    const lines = this.#lines!;
    const count = Math.min(to, this.#lineBytes) - from;
    return Array.from({ length: count }, (_, i) => {
      lines.viewText(this.#lineStart + from + i, 1);
      return lines.view[lines.viewAt]!;
    });
  }
}
