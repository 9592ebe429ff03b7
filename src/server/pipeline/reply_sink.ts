import type { LineSink } from "../../lines/lines.ts";
import { ReadTurns } from "../../lines/read_turns.ts";
import { ByteBuffer } from "../../protocol/byte_buffer.ts";
import type { BytePart, LineEncoder } from "../../protocol/encoders.ts";
import { ReplyStream } from "./reply_stream.ts";

/**
 * How much is collected before it is sent: this much, one short line and its head are held for a client at
 * most, and a chunk of a range.
 */
export const FLUSH_BYTES = 64 * 1024;

/** Collects the replies to one client: as bytes, or as a stream once they have to be waited for. */
export class ReplySink implements LineSink {
  readonly buffer = new ByteBuffer();
  /** How many lines of the last request do not exist. */
  missingLines = 0;
  /** How many lines of the last request could not be read; of a range, all of them or none. */
  failedLines = 0;
  #encoder: LineEncoder | undefined;
  #stream: ReplyStream | undefined;

  /** How the lines that come next are encoded. */
  set encoder(encoder: LineEncoder) {
    this.#encoder = encoder;
  }

  line(bytes: Uint8Array, start: number, end: number): void {
    this.#encoder!.line(bytes, start, end, this.buffer);
  }

  /** Begins to count for another request. */
  resetCounts(): void {
    this.missingLines = 0;
    this.failedLines = 0;
  }

  missing(): void {
    this.missingLines++;
    this.#encoder!.missing(this.buffer);
  }

  failed(_lineNumber: number, { message }: Error): void {
    this.failedLines++;
    this.#encoder!.error(message, this.buffer);
  }

  flush(): Promise<void> | undefined {
    return this.buffer.length < FLUSH_BYTES ? undefined : this.sendBuffer();
  }

  async longLine(byteLength: number, content: ReadableStream<Uint8Array>): Promise<void> {
    const encoder = this.#encoder!;
    const part = encoder.longLine(byteLength, this.buffer);
    if (part.end === 0) await content.cancel();
    else await this.sendContent(content, part, byteLength);
    encoder.longLineTail(this.buffer);
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

  /** Sends what is in the buffer, and a part of a stream of `byteLength` bytes. */
  async sendContent(
    content: ReadableStream<Uint8Array>,
    part: BytePart,
    byteLength: number,
  ): Promise<void> {
    await this.sendBuffer();
    let offset = 0;
    const turns = new ReadTurns();
    for await (const chunk of content) {
      const [start, end] = [part.start, part.end].map((at) => Math.max(at - offset, 0));
      offset += chunk.length;
      const bytes = chunk.subarray(start, end);
      if (bytes.length > 0) await this.#openStream().send(bytes);
      else await turns.note(chunk.length);
      // Leaving the loop cancels the stream. Otherwise it is read to its end, which may be a failure.
      if (offset >= part.end && part.end < byteLength) break;
    }
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
