import { lineQuery, type LineRequest, linesIn } from "./line_request.ts";
import type { RequestSender } from "./request_sender.ts";

/** The numbers of the requested lines. They can be generated while lines arrive. */
export type LineNumbers = Iterable<number> | AsyncIterable<number>;

/**
 * Yields lines in the order of their numbers, with up to `aheadMax` lines requested ahead.
 *
 * - A line is yielded as soon as it and all lines before it have arrived, however slowly the numbers
 *   are generated.
 * - A failure is thrown in the place of its line, and ends the iteration.
 */
export async function* linesInOrder(
  sender: RequestSender,
  numbers: LineNumbers,
  aheadMax: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array<ArrayBuffer> | undefined, void, void> {
  const isAsync = Symbol.asyncIterator in numbers;
  const iterator = isAsync ? numbers[Symbol.asyncIterator]() : numbers[Symbol.iterator]();
  const ahead: LineRequest[] = [];
  let state = "ready" as "ready" | "generating" | "ended" | "failed" | "left";
  let failure: unknown;
  let wake = () => {};

  // A function, because the compiler does not see that `state` changes during an `await`.
  const isLeft = () => state === "left";

  // Never rejects. Sends everything in the same turn if the numbers are not asynchronous.
  async function requestAhead(): Promise<void> {
    state = "generating";
    try {
      while (state === "generating" && ahead.length < aheadMax) {
        const result = isAsync ? await iterator.next() : iterator.next() as IteratorResult<number>;
        if (isLeft()) return;
        if (result.done) state = "ended";
        else ahead.push(sender.send(lineQuery(result.value)));
        wake();
      }
      if (state === "generating") state = "ready";
    } catch (error) {
      failure = error;
      state = "failed";
      wake();
    }
  }

  function cancelAhead(): void {
    for (const request of ahead) sender.cancel(request);
    wake();
  }

  signal?.addEventListener("abort", cancelAhead);
  try {
    for (;;) {
      signal?.throwIfAborted();
      // In batches, so that many requests are sent in one write.
      if (state === "ready" && ahead.length <= aheadMax / 2) requestAhead();
      const request = ahead[0];
      if (request !== undefined) {
        const outcome = await request.outcome;
        signal?.throwIfAborted();
        ahead.shift();
        yield linesIn(outcome)[0];
      } else if (state === "failed") throw failure;
      else if (state === "ended") return;
      else await new Promise<void>((resolve) => wake = resolve);
    }
  } finally {
    signal?.removeEventListener("abort", cancelAhead);
    const lastState = state;
    state = "left";
    cancelAhead();
    const returned = lastState === "ended" ? undefined : Promise.resolve(iterator.return?.());
    // While a number is being generated, this would wait for it. Nobody can handle a failure then.
    if (lastState === "generating") returned?.catch(() => {});
    else await returned;
  }
}
