import type { Buffer } from "node:buffer";
import type { ReplyFramer, WireProtocol } from "../../src/client/wire_protocol.ts";
import type { WrongAnswer } from "./load_report.ts";
import { quoteBytes } from "./quote_bytes.ts";
import { type ReplyChecker, type ReplyState, SAMPLE_MAX_BYTES } from "./reply_checker.ts";

/**
 * Tells whether replies are lines, where there is no file to compare them with: any line will do.
 *
 * Of a reply its beginning is kept, and its end is searched for; a line may be of any length.
 */
export class FramingChecker implements ReplyChecker {
  /** Nothing of a reply is skipped: one without an end cannot be told from a long line. */
  readonly skippedBytes = 0;
  readonly #framer: ReplyFramer;
  readonly #sample: number[] = [];
  #state: ReplyState = "incomplete";
  #lineNumber = 0;

  /**
   * Checks one connection's replies.
   *
   * @param wire how replies look
   */
  constructor(wire: WireProtocol) {
    this.#framer = wire.createFramer();
  }

  /** What is known of the reply that is being checked. */
  get state(): ReplyState {
    return this.#state;
  }

  /** Does nothing: there is nothing to compare with. */
  prefetch(): void {}

  /** Begins with the reply to a request for a line. */
  expect(lineNumber: number): void {
    this.#lineNumber = lineNumber;
    this.#framer.reset();
    this.#sample.length = 0;
    this.#state = "incomplete";
  }

  /** Checks more of the reply; gives the position behind what belongs to it. */
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

  /** What came in place of a line. */
  difference(): WrongAnswer {
    return {
      line: this.#lineNumber,
      differsAtByte: 0,
      received: quoteBytes(this.#sample),
      expected: "a line",
    };
  }
}
