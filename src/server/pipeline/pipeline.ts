import type { Exchange } from "./exchange.ts";

/**
 * The TransformStream through which the bytes of all clients of a thread pass: bytes in, replies out.
 *
 * - One for all, because a client's own would have to be fetched from memory for every chunk, and made
 *   for every connection; with hundreds of clients that took a fourth of the time.
 * - One batch a turn of the event loop: whatever was read in it passes together.
 * - Commands are split and routed in one step: every stream more costs each batch as much as looking up
 *   a line does.
 * - Nobody waits in it for another: what is not at hand comes as pieces that are made as they are taken.
 *
 * @example
 * ```ts
 * import { ensureIndex } from "../../index/build/ensure_index.ts";
 * import { LineStore } from "../../lines/line_store.ts";
 * import { lineProtocol } from "../../protocol/line/line_protocol.ts";
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
  readonly #requests: WritableStreamDefaultWriter<Exchange[]>;
  readonly #replies: ReadableStreamDefaultReader<Exchange[]>;
  #batch: Exchange[] = [];

  /** Makes a pipeline that stays open. */
  constructor() {
    const { writable, readable } = new TransformStream<Exchange[], Exchange[]>(
      {
        transform: (batch, replies) => {
          for (const exchange of batch) exchange.answer();
          replies.enqueue(batch);
        },
      },
      // The bound is the connections: each waits for its replies before it reads on. A bound of the
      // stream's own would make promises of room, and nobody waits for those.
      { highWaterMark: Infinity },
      { highWaterMark: Infinity },
    );
    this.#requests = writable.getWriter();
    this.#replies = readable.getReader();
  }

  /**
   * Has the bytes of an exchange answered, together with those of others that are passed before the event
   * loop goes on.
   *
   * @param exchange is not to be passed again before this resolves
   * @returns resolves when its replies are there; its bytes are not used any more then
   */
  pass(exchange: Exchange): Promise<void> {
    if (this.#batch.push(exchange) === 1) queueMicrotask(this.#passBatch);
    return exchange.settled();
  }

  readonly #passBatch = (): void => {
    const batch = this.#batch;
    this.#batch = [];
    this.#replies.read().then(({ value }) => settleAll(value!), (error) => failAll(batch, error));
    // Where the stream fails, reading from it says so.
    this.#requests.write(batch).catch(() => {});
  };
}

function settleAll(batch: readonly Exchange[]): void {
  for (const exchange of batch) exchange.settle();
}

function failAll(batch: readonly Exchange[], error: unknown): void {
  for (const exchange of batch) exchange.fail(error);
  settleAll(batch);
}
