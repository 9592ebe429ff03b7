import type { Exchange } from "./exchange.ts";

/**
 * The TransformStream through which the chunks of all clients of a thread pass: bytes in, replies out.
 *
 * - One for all, because a client's own would have to be fetched from memory for every chunk, and made
 *   for every connection; with hundreds of clients that took a fourth of the time.
 * - Commands are split and routed in one step: every stream more costs each chunk as much as looking up
 *   a line does.
 * - Nobody waits in it for another: what is not at hand comes as pieces that are made as they are taken.
 *
 * @example
 * ```ts
 * import { ensureIndex } from "../index/ensure_index.ts";
 * import { LineStore } from "../lines/line_store.ts";
 * import { lineProtocol } from "../protocol/line_protocol.ts";
 * import { Exchange } from "./exchange.ts";
 * import { Pipeline } from "./pipeline.ts";
 * import { Router } from "./router.ts";
 *
 * const textPath = await Deno.makeTempFile();
 * const indexPath = `${textPath}.lineidx`;
 * await Deno.writeTextFile(textPath, "one\ntwo\n");
 * await ensureIndex({ textPath, indexPath });
 * const store = LineStore.open({ textPath, indexPath, cacheBytes: 1024 * 1024 });
 *
 * const { createSplitter, replies } = lineProtocol("lf");
 * const exchange = new Exchange(createSplitter(), new Router({ store, replies }));
 * exchange.bytes = new TextEncoder().encode("QUIT\n");
 * await new Pipeline().pass(exchange);
 * console.log(exchange.replies); // Uint8Array(0) []
 * await store.close();
 * ```
 */
export class Pipeline {
  readonly #chunks: WritableStreamDefaultWriter<Exchange>;
  readonly #replies: ReadableStreamDefaultReader<Exchange>;

  /** Makes a pipeline that stays open. */
  constructor() {
    const { writable, readable } = new TransformStream<Exchange, Exchange>(
      {
        transform: (exchange, replies) => {
          exchange.answer();
          replies.enqueue(exchange);
        },
      },
      // The bound is the connections: each waits for its replies before it reads on. A bound of the
      // stream's own would make promises of room for every chunk, and nobody waits for those.
      { highWaterMark: Infinity },
      { highWaterMark: Infinity },
    );
    this.#chunks = writable.getWriter();
    this.#replies = readable.getReader();
  }

  /**
   * Has the bytes of an exchange answered. They are not used any more once this resolves.
   *
   * @param exchange is not to be passed again before
   * @returns gives the exchange, which the caller is to compare with its own, at the cost of one
   * comparison: replies must never go to another client
   */
  pass(exchange: Exchange): Promise<ReadableStreamReadResult<Exchange>> {
    // Each call asks for one and writes one, in one go, so both are in the same order.
    const answered = this.#replies.read();
    // Where the stream fails, `answered` says so.
    this.#chunks.write(exchange).catch(ignore);
    return answered;
  }
}

function ignore(): void {}
