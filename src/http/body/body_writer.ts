import { ByteBuffer } from "../../protocol/byte_buffer.ts";
import type { Streams } from "./streams.ts";

/** How much of a body is collected before it is sent. A shorter body is sent with its length. */
export const COLLECTED_BYTES: number = 64 * 1024;

/** The body of an answer: complete, or one that is still being read. */
export type Body =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "stream"; readonly stream: ReadableStream<Uint8Array<ArrayBuffer>> };

/**
 * Writes a body. Bytes are collected. From {@linkcode COLLECTED_BYTES} on, the body is a stream, and each write waits
 * until the client has taken what was written before.
 */
export class BodyWriter {
  readonly #onStream: (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => void;
  readonly #streams: Streams;
  readonly #buffer = new ByteBuffer();
  #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>> | undefined;

  private constructor(
    onStream: (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => void,
    streams: Streams,
  ) {
    this.#onStream = onStream;
    this.#streams = streams;
  }

  /**
   * Begins to write a body.
   *
   * @param write writes all of it; if it fails in the middle, the body fails, so that no client takes it as complete
   * @param streams limits the streams
   * @returns resolves when it is known whether the body is sent at once or as a stream
   * @throws (as a rejection) what `write` threw, if nothing was sent; or the problem of too many streams
   */
  static open(
    write: (writer: BodyWriter) => Promise<void> | undefined,
    streams: Streams,
  ): Promise<Body> {
    const opened = Promise.withResolvers<Body>();
    const onStream = (stream: ReadableStream<Uint8Array<ArrayBuffer>>) =>
      opened.resolve({ kind: "stream", stream });
    const writer = new BodyWriter(onStream, streams);
    writer.#run(write, opened);
    return opened.promise;
  }

  /** Appends a copy of `bytes[start]` to `bytes[end - 1]`. */
  append(bytes: Uint8Array, start?: number, end?: number): void {
    this.#buffer.append(bytes, start, end);
  }

  /** Sends what was appended if it is much. */
  flush(): Promise<void> | undefined {
    return this.#buffer.length < COLLECTED_BYTES ? undefined : this.#sendBuffer();
  }

  /**
   * Sends bytes.
   *
   * @param bytes must not be changed any more
   */
  async send(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#buffer.length > 0) await this.#sendBuffer();
    await this.#write(bytes);
  }

  async #run(
    write: (writer: BodyWriter) => Promise<void> | undefined,
    opened: PromiseWithResolvers<Body>,
  ): Promise<void> {
    try {
      await write(this);
      if (this.#writer === undefined) {
        return opened.resolve({ kind: "bytes", bytes: this.#buffer.takeOwned() });
      }
      if (this.#buffer.length > 0) await this.#sendBuffer();
      await this.#writer.close();
    } catch (error) {
      if (this.#writer === undefined) opened.reject(error);
      // It fails if the client has left, which is no reason to do anything.
      else await this.#writer.abort(error).catch(() => {});
    }
    if (this.#writer !== undefined) this.#streams.end();
  }

  #sendBuffer(): Promise<void> {
    return this.#write(this.#buffer.takeOwned());
  }

  async #write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    // The other side may take them over.
    const { length } = bytes;
    await this.#open().write(bytes);
    this.#streams.count(length);
    await this.#streams.nextTurn(this);
  }

  #open(): WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>> {
    if (this.#writer !== undefined) return this.#writer;
    this.#streams.begin();
    const { readable, writable } = new TransformStream<
      Uint8Array<ArrayBuffer>,
      Uint8Array<ArrayBuffer>
    >();
    this.#onStream(readable);
    return this.#writer = writable.getWriter();
  }
}
