/**
 * Does something with each item, several at a time. After a failure no further ones are begun.
 *
 * @param limit how many at a time: 1 or more
 * @param action `signal` is aborted after a failure, so that the others end soon
 * @returns the results in the order of the items
 * @throws (as a rejection) the first failure, when all that were begun have ended
 */
export async function sideBySide<Item, Result>(
  items: readonly Item[],
  limit: number,
  action: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = Array(items.length);
  const failed = new AbortController();
  let next = 0;
  const work = async () => {
    while (next < items.length && !failed.signal.aborted) {
      const i = next++;
      try {
        results[i] = await action(items[i]!, failed.signal);
      } catch (error) {
        // Later failures are consequences of the first one.
        failed.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
  failed.signal.throwIfAborted();
  return results;
}
