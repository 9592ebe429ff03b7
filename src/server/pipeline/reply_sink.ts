import type { LineSink } from "../../lines/lines.ts";
import { ByteBuffer } from "../../protocol/byte_buffer.ts";
import type { ReplyEncoder } from "../../protocol/protocol.ts";
import { ReplyStream } from "./reply_stream.ts";

/**
 * How much is collected before it is sent: this much, one short line and its head are held for a client at
 * most.
 */
export const FLUSH_BYTES = 64 * 1024;

/** Collects the replies to one client: as bytes, or as a stream once they have to be waited for. */
export class ReplySink implements LineSink {
  readonly encoder: ReplyEncoder;
  readonly buffer = new ByteBuffer();
  #stream: ReplyStream | undefined;

  constructor(encoder: ReplyEncoder) {
    this.encoder = encoder;
  }

  line(bytes: Uint8Array, start: number, end: number): void {
    this.encoder.lineHead(end - start, this.buffer);
    this.buffer.append(bytes, start, end);
    this.encoder.lineTail(this.buffer);
  }

  missing(): void {
    this.encoder.missing(this.buffer);
  }

  failed(_lineNumber: number, { message }: Error): void {
    this.encoder.error(message, this.buffer);
  }

  flush(): Promise<void> | undefined {
    return this.buffer.length < FLUSH_BYTES
      ? undefined
      : this.#openStream().send(this.#takeOwned());
  }

  async longLine(byteLength: number, content: ReadableStream<Uint8Array>): Promise<void> {
    const stream = this.#openStream();
    this.encoder.lineHead(byteLength, this.buffer);
    await stream.send(this.#takeOwned());
    for await (const chunk of content) await stream.send(chunk);
    this.encoder.lineTail(this.buffer);
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
