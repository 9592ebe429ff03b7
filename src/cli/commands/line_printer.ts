import type { LineSink, RangeSink } from "../../lines/lines.ts";
import { LineProtocolEncoder } from "../../protocol/line/line_encoder.ts";

// Larger writes are not faster.
const WRITTEN_FROM_BYTES = 256 * 1024;

const LF = 10;

// Lines are printed as a range is sent.
const ENCODER = new LineProtocolEncoder("lf");

/** Prints lines, each followed by an LF, in few writes. */
export class LinePrinter implements LineSink {
  readonly #write: (bytes: Uint8Array) => Promise<void>;
  #buffer = new Uint8Array(WRITTEN_FROM_BYTES);
  #length = 0;

  constructor(write: (bytes: Uint8Array) => Promise<void>) {
    this.#write = write;
  }

  line(bytes: Uint8Array, start: number, end: number): void {
    const length = this.#length + end - start + 1;
    if (length > this.#buffer.length) this.#grow(length);
    this.#buffer.set(bytes.subarray(start, end), this.#length);
    this.#buffer[length - 1] = LF;
    this.#length = length;
  }

  async longLine(_byteLength: number, content: ReadableStream<Uint8Array>): Promise<void> {
    await this.writeAll();
    for await (const chunk of content) await this.#write(chunk);
    await this.#write(Uint8Array.of(LF));
  }

  missing(lineNumber: number): void {
    throw new RangeError(`No such line: ${lineNumber}.`);
  }

  failed(_lineNumber: number, error: Error): void {
    throw error;
  }

  /** Prints consecutive lines. */
  get range(): RangeSink {
    return {
      lines: async (bytes, hasCr) => {
        await this.writeAll();
        await this.#write(ENCODER.rangeLines(bytes, hasCr));
      },
      longLine: (byteLength, content) => this.longLine(byteLength, content),
      failed(error) {
        throw error;
      },
    };
  }

  flush(): Promise<void> | undefined {
    return this.#length < WRITTEN_FROM_BYTES ? undefined : this.writeAll();
  }

  /** Writes what is not written yet. */
  async writeAll(): Promise<void> {
    const length = this.#length;
    this.#length = 0;
    if (length > 0) await this.#write(this.#buffer.subarray(0, length));
  }

  #grow(length: number): void {
    const larger = new Uint8Array(2 * length);
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}
