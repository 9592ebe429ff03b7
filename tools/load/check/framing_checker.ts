import type { Buffer } from "node:buffer";
import type { ClientProtocol } from "../target/client_protocol.ts";
import type { ReplyFramer } from "../../../src/client/line_framer.ts";
import type { WrongAnswer } from "../load_report.ts";
import {
  quoteBytes,
  type ReplyChecker,
  type ReplyState,
  SAMPLE_MAX_BYTES,
} from "./reply_checker.ts";

/** Checks that replies are lines, any lines: for runs without `--file`. */
export class FramingChecker implements ReplyChecker {
  /** Always 0: a reply without an end cannot be distinguished from a long line. */
  readonly skippedBytes = 0;
  /** An incomplete reply may become a line or an error. */
  readonly isWrong = false;
  /** These protocols do not announce it. */
  readonly isLastReply = false;
  readonly #framer: ReplyFramer;
  readonly #sample: number[] = [];
  #state: ReplyState = "incomplete";
  #lineNumber = 0;

  constructor(protocol: ClientProtocol) {
    this.#framer = protocol.createFramer();
  }

  get state(): ReplyState {
    return this.#state;
  }

  prefetch(): void {}

  expect(lineNumber: number): void {
    this.#lineNumber = lineNumber;
    this.#framer.reset();
    this.#sample.length = 0;
    this.#state = "incomplete";
  }

  check(received: Buffer, at: number, end: number): number {
    const next = this.#framer.feed(received, at, end);
    if (this.#framer.isLine) {
      this.#state = "right";
      return next;
    }
    for (let i = at; i < next && this.#sample.length < SAMPLE_MAX_BYTES; i++) {
      this.#sample.push(received[i]!);
    }
    if (this.#framer.isComplete) this.#state = this.#framer.isError ? "error" : "wrong";
    return next;
  }

  difference(): WrongAnswer {
    return {
      line: this.#lineNumber,
      differsAtByte: 0,
      received: quoteBytes(this.#sample),
      expected: "a line",
    };
  }
}
