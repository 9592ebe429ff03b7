import type { Splitter } from "../protocol/splitter.ts";
import type { ReplyChunk, Router } from "./router.ts";

/**
 * The bytes of one client in, the replies to it out: commands are split and routed in one step, because
 * every stream more costs each chunk as much as looking up a line does.
 *
 * - A chunk, and the end, give one chunk of replies each: an empty one where no command ends in it.
 * - It is to be taken to its end before the next chunk is written. Then a router needs one buffer, and
 *   a client that takes nothing holds no more.
 * - A chunk is not used any more once `write` has resolved, so its buffer can be used again.
 */
export class Pipeline extends TransformStream<Uint8Array, ReplyChunk> {
  /**
   * Makes the pipeline of one connection.
   *
   * @param splitter splits its bytes into commands
   * @param router answers them, and tells when the client has asked for the end
   */
  constructor(splitter: Splitter, router: Router) {
    super(
      {
        transform: (chunk, replies) => replies.enqueue(router.answer(splitter.split(chunk))),
        flush: (replies) => replies.enqueue(router.answer(splitter.end())),
      },
      { highWaterMark: 1 },
      // Without room, a chunk waits until its replies are asked for.
      { highWaterMark: 0 },
    );
  }
}
