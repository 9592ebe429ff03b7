import type { RangeSink } from "../../lines/lines.ts";
import { LineProtocolEncoder } from "../../protocol/line/line_encoder.ts";
import type { BodyWriter } from "./body_writer.ts";
import { ExistingLinesSink } from "../read_failure.ts";

const LF = Uint8Array.of(10);

// A range is sent as the line protocol sends it, without its head.
const ENCODER = new LineProtocolEncoder("lf");

/** Writes lines as they are, each followed by LF. */
export class TextLines extends ExistingLinesSink {
  readonly #writer: BodyWriter;

  constructor(writer: BodyWriter) {
    super();
    this.#writer = writer;
  }

  override line(bytes: Uint8Array, start: number, end: number): void {
    this.#writer.append(bytes, start, end);
    this.#writer.append(LF);
  }

  override async longLine(_byteLength: number, content: ReadableStream<Uint8Array>): Promise<void> {
    for await (const chunk of content) await this.#writer.send(owned(chunk));
    this.#writer.append(LF);
  }

  override flush(): Promise<void> | undefined {
    return this.#writer.flush();
  }

  /** Writes consecutive lines; the first one is `from`. */
  rangeFrom(from: number): RangeSink {
    return {
      // They are only valid until the next call, but the body is sent later.
      lines: (bytes, hasCr) => this.#writer.send(ENCODER.rangeLines(bytes, hasCr).slice()),
      longLine: (byteLength, content) => this.longLine(byteLength, content),
      failed: (error) => this.failed(from, error),
    };
  }
}

// The chunks of a long line are made for it.
function owned(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
  return chunk as Uint8Array<ArrayBuffer>;
}
