import type { RangeSink } from "../../lines/lines.ts";
import type { RangeEncoder } from "../../protocol/encoders.ts";
import type { ReplySink } from "./reply_sink.ts";

// Up to here lines are collected with other replies rather than sent on their own.
const COLLECTED_MAX_BYTES = 16 * 1024;

/** The reply to one request for a range. Its head is sent with the first lines, or not at all. */
export class RangeReplies implements RangeSink {
  readonly #sink: ReplySink;
  readonly #lineCount: number;
  readonly #encoder: RangeEncoder;
  #hasHead = false;
  // Whether the client may still be sending lines of the last call, which are not copies.
  #isSending = false;

  constructor(sink: ReplySink, lineCount: number, encoder: RangeEncoder) {
    this.#sink = sink;
    this.#lineCount = lineCount;
    this.#encoder = encoder;
  }

  lines(bytes: Uint8Array, hasCr: boolean): Promise<void> | undefined {
    this.#addHead();
    const encoded = this.#encoder.rangeLines(bytes, hasCr);
    const wasSending = this.#isSending;
    this.#isSending = encoded.length > COLLECTED_MAX_BYTES;
    if (this.#isSending) return this.#sink.send(encoded);
    this.#sink.buffer.append(encoded);
    return wasSending ? this.#sink.sendBuffer() : this.#sink.flush();
  }

  async longLine(byteLength: number, content: ReadableStream<Uint8Array>): Promise<void> {
    this.#addHead();
    this.#encoder.rangeLongLine(byteLength, this.#sink.buffer);
    await this.#sink.sendContent(content, { start: 0, end: byteLength }, byteLength);
    this.#encoder.rangeLongLineTail(this.#sink.buffer);
  }

  failed({ message }: Error): void {
    this.#sink.failedLines = this.#lineCount;
    this.#encoder.error(message, this.#sink.buffer);
  }

  #addHead(): void {
    if (this.#hasHead) return;
    this.#hasHead = true;
    this.#encoder.rangeHead(this.#lineCount, this.#sink.buffer);
  }
}
