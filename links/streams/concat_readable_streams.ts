/**
 * Joins streams end to end.
 *
 * @module
 */

/**
 * Joins streams end to end, in the order given.
 *
 * - A stream is read only when the one before it has ended, and no faster than the result is read.
 * - Cancelling the result cancels all the streams.
 * - An error of a stream is the error of the result.
 *
 * @typeParam T The type of a chunk.
 * @param streams The streams to join.
 * @returns One stream of all their chunks.
 *
 * @example
 * ```ts
 * import { concatReadableStreams } from "@std/streams/concat-readable-streams";
 * import { assertEquals } from "@std/assert";
 *
 * const joined = concatReadableStreams(ReadableStream.from([1, 2]), ReadableStream.from([3]));
 * assertEquals(await Array.fromAsync(joined), [1, 2, 3]);
 * ```
 */
export function concatReadableStreams<T>(...streams: ReadableStream<T>[]): ReadableStream<T> {
  let index = 0;
  let reader = streams[0]?.getReader();
  return new ReadableStream<T>({
    async pull(controller) {
      while (reader !== undefined) {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        reader.releaseLock();
        reader = streams[++index]?.getReader();
      }
      controller.close();
    },
    async cancel(reason) {
      // The stream being read is locked, so only its reader can cancel it.
      await Promise.all(
        streams.map((stream, i) => (i === index && reader || stream).cancel(reason)),
      );
    },
  });
}
