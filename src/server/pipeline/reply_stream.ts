/** Replies that have to be waited for: a stream that its client reads as fast as it can send. */
export class ReplyStream {
  /** What the client reads. */
  readonly readable: ReadableStream<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor() {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    this.readable = readable;
    this.#writer = writable.getWriter();
  }

  /**
   * Sends bytes, which must not be changed any more.
   *
   * @returns resolves once the client has taken what was sent before
   */
  send(bytes: Uint8Array): Promise<void> {
    return this.#writer.write(bytes);
  }

  /**
   * Ends the stream. Never rejects: failures reach the client.
   *
   * @param pending resolves when everything but the last bytes was sent; if it rejects, the stream fails
   * @param takeLast called then
   */
  async finish(pending: Promise<void>, takeLast: () => Uint8Array): Promise<void> {
    try {
      await pending;
      await this.#writer.write(takeLast());
      await this.#writer.close();
    } catch (error) {
      await this.#writer.abort(error).catch(() => {});
    }
  }
}
