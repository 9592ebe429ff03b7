import type { LineSink, RangeSink } from "../../lines/lines.ts";
import { ByteBuffer } from "../../protocol/byte_buffer.ts";
import type { BytePart, LineEncoder, RangeEncoder } from "../../protocol/protocol.ts";
import { ReplyStream } from "./reply_stream.ts";

/**
 * How much is collected before it is sent: this much, one short line and its head are held for a client at
 * most, and a chunk of a range.
 */
export const FLUSH_BYTES = 64 * 1024;

/** Collects the replies to one client: as bytes, or as a stream once they have to be waited for. */
export class ReplySink implements LineSink {
  readonly buffer = new ByteBuffer();
  #encoder: LineEncoder | undefined;
  #stream: ReplyStream | undefined;

  /** How the lines that come next are encoded. */
  set encoder(encoder: LineEncoder) {
    this.#encoder = encoder;
  }

  line(bytes: Uint8Array, start: number, end: number): void {
    this.#encoder!.line(bytes, start, end, this.buffer);
  }

  missing(): void {
    this.#encoder!.missing(this.buffer);
  }

  failed(_lineNumber: number, { message }: Error): void {
    this.#encoder!.error(message, this.buffer);
  }

  flush(): Promise<void> | undefined {
    return this.buffer.length < FLUSH_BYTES ? undefined : this.sendBuffer();
  }

  async longLine(byteLength: number, content: ReadableStream<Uint8Array>): Promise<void> {
    const encoder = this.#encoder!;
    const part = encoder.longLine(byteLength, this.buffer);
    await this.sendContent(content, part);
    encoder.longLineTail(this.buffer);
  }

  /** Where a range of lines goes. */
  openRange(lineCount: number, encoder: RangeEncoder): RangeSink {
    return new RangeReplies(this, lineCount, encoder);
  }

  /**
   * Sends bytes after what is in the buffer.
   *
   * @param bytes must not be changed any more
   * @returns resolves once the client has taken what was sent before
   */
  send(bytes: Uint8Array): Promise<void> {
    if (this.buffer.length > 0) this.sendBuffer().catch(() => {});
    return this.#openStream().send(bytes);
  }

  /** Sends what is in the buffer. */
  sendBuffer(): Promise<void> {
    return this.#openStream().send(this.#takeOwned());
  }

  /** Sends what is in the buffer, and a part of a stream. */
  async sendContent(content: ReadableStream<Uint8Array>, part: BytePart): Promise<void> {
    await this.sendBuffer();
    let offset = 0;
    if (part.end === 0) await content.cancel();
    else {for await (const chunk of content) {
        const bytes = chunk.subarray(Math.max(part.start - offset, 0), part.end - offset);
        offset += chunk.length;
        if (bytes.length > 0) await this.#openStream().send(bytes);
        // Leaving the loop cancels the stream.
        if (offset >= part.end) break;
      }}
  }

  /** The replies collected, valid until the next one is added. */
  take(): Uint8Array {
    return this.buffer.take();
  }

  /**
   * The replies collected, and those still to come.
   *
   * @param pending resolves when all replies were added; if it rejects, the stream fails
   */
  takeStream(pending: Promise<void>): ReadableStream<Uint8Array> {
    const stream = this.#openStream();
    // What is there does not wait for what is still to come. If it cannot be sent, the client is told below.
    if (this.buffer.length > 0) stream.send(this.#takeOwned()).catch(() => {});
    stream.finish(pending, () => {
      this.#stream = undefined;
      return this.#takeOwned();
    });
    return stream.readable;
  }

  #openStream(): ReplyStream {
    return this.#stream ??= new ReplyStream();
  }

  #takeOwned(): Uint8Array {
    return this.buffer.takeOwned();
  }
}

// Up to here lines are collected with other replies rather than sent on their own.
const COLLECTED_MAX_BYTES = FLUSH_BYTES / 4;

/** The reply to one request for a range. Its head is sent with the first lines, or not at all. */
class RangeReplies implements RangeSink {
  readonly #sink: ReplySink;
  readonly #lineCount: number;
  readonly #encoder: RangeEncoder;
  #hasHead = false;

  constructor(sink: ReplySink, lineCount: number, encoder: RangeEncoder) {
    this.#sink = sink;
    this.#lineCount = lineCount;
    this.#encoder = encoder;
  }

  lines(bytes: Uint8Array<ArrayBuffer>): Promise<void> | undefined {
    this.#addHead();
    const encoded = this.#encoder.rangeLines(bytes);
    if (encoded.length > COLLECTED_MAX_BYTES) return this.#sink.send(encoded);
    this.#sink.buffer.append(encoded);
    return this.#sink.flush();
  }

  async longLine(byteLength: number, content: ReadableStream<Uint8Array>): Promise<void> {
    this.#addHead();
    this.#encoder.rangeLongLine(byteLength, this.#sink.buffer);
    await this.#sink.sendContent(content, { start: 0, end: byteLength });
    this.#encoder.rangeLongLineTail(this.#sink.buffer);
  }

  failed({ message }: Error): void {
    this.#encoder.error(message, this.#sink.buffer);
  }

  #addHead(): void {
    if (this.#hasHead) return;
    this.#hasHead = true;
    this.#encoder.rangeHead(this.#lineCount, this.#sink.buffer);
  }
}
