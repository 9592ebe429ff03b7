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
  const remaining = [...streams];
  return new ReadableStream<T>({
    async pull(controller) {
      for (; remaining[0] !== undefined; remaining.shift()) {
        const reader = remaining[0].getReader();
        const { done, value } = await reader.read();
        if (done) continue;
        controller.enqueue(value);
        return reader.releaseLock();
      }
      controller.close();
    },
    async cancel(reason) {
      await Promise.allSettled(streams.map((stream) => stream.cancel(reason)));
    },
  });
}
