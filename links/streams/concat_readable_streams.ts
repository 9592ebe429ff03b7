/**
 * Joins streams end to end, in the order given.
 *
 * - A stream is read once the one before it has ended, one chunk ahead of what was read of the result.
 * - An error of a stream is the error of the result.
 * - To cancel the result cancels those streams that are not being read at that moment. An error of theirs
 *   is ignored.
 *
 * @param streams At least one stream.
 */
export function concatReadableStreams<T>(
  ...streams: [ReadableStream<T>, ...ReadableStream<T>[]]
): ReadableStream<T> {
  let index = 0;
  async function forwardChunk(controller: ReadableStreamDefaultController<T>): Promise<void> {
    const reader = streams[index]!.getReader();
    const { done, value } = await reader.read();
    if (!done) {
      controller.enqueue(value);
      reader.releaseLock();
    } else if (++index < streams.length) await forwardChunk(controller);
    else controller.close();
  }
  return new ReadableStream<T>({
    pull: forwardChunk,
    async cancel(reason) {
      await Promise.allSettled(streams.map((stream) => stream.cancel(reason)));
    },
  });
}
