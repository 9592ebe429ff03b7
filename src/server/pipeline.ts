import type { Command } from "../protocol/command.ts";
import type { Splitter } from "../protocol/splitter.ts";
import type { ReplyChunk, Router } from "./router.ts";

/**
 * The bytes of one client in, the replies to it out: commands are split and routed in one step, because
 * every stream more costs each chunk as much as looking up a line does.
 *
 * - A chunk gives one chunk of replies; none where no command ends in it.
 * - `write` resolves when the replies were taken: a client that takes nothing is not read further.
 * - `quit` and an allowed `shutdown` end the replies behind what is owed.
 * - A chunk is not used any more once `write` has resolved, so its buffer can be used again.
 */
export class Pipeline extends TransformStream<Uint8Array, ReplyChunk> {
  /**
   * Makes the pipeline of one connection.
   *
   * @param splitter splits its bytes into commands
   * @param router answers them
   */
  constructor(splitter: Splitter, router: Router) {
    super(
      {
        transform: (chunk, controller) => answer(splitter.split(chunk), router, controller),
        flush: (controller) => answerLast(splitter.end(), router, controller),
      },
      { highWaterMark: 1 },
      // Without room, a chunk is answered when the replies to the one before were sent and the next
      // are asked for: so a router needs one buffer, and a client that takes nothing holds no more.
      { highWaterMark: 0 },
    );
  }
}

// Where the replies come in pieces, resolves when all were taken.
function answer(
  commands: readonly Command[],
  router: Router,
  controller: TransformStreamDefaultController<ReplyChunk>,
): void | Promise<void> {
  const replies = router.answer(commands);
  if (!(replies instanceof Uint8Array)) return answerInPieces(replies, router, controller);
  if (replies.length > 0) controller.enqueue(replies);
  if (router.hasEnded) controller.terminate();
}

async function answerInPieces(
  pieces: AsyncIterable<Uint8Array>,
  router: Router,
  controller: TransformStreamDefaultController<ReplyChunk>,
): Promise<void> {
  const taken = Promise.withResolvers<void>();
  controller.enqueue(whenOver(pieces, taken.resolve));
  await taken.promise;
  if (router.hasEnded) controller.terminate();
}

// The end of the stream does not wait until the replies before it were sent, and their buffer must stay
// as it is until then: so the last command is answered when the reply is taken.
function answerLast(
  commands: readonly Command[],
  router: Router,
  controller: TransformStreamDefaultController<ReplyChunk>,
): void {
  if (commands.length > 0) controller.enqueue(answerWhenTaken(commands, router));
}

async function* answerWhenTaken(
  commands: readonly Command[],
  router: Router,
): AsyncGenerator<Uint8Array, void> {
  const replies = router.answer(commands);
  if (!(replies instanceof Uint8Array)) yield* replies;
  else if (replies.length > 0) yield replies;
}

// Not a generator: one that is abandoned before its first piece would not tell.
function whenOver(
  pieces: AsyncIterable<Uint8Array>,
  tell: () => void,
): AsyncIterableIterator<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      let isMoreToCome = false;
      try {
        const result = await iterator.next();
        isMoreToCome = !result.done;
        return result;
      } finally {
        if (!isMoreToCome) tell();
      }
    },
    async return() {
      tell();
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
}
