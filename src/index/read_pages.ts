import { type PackedPage, unpack } from "./format/page_codec.ts";
import { damagedIndex } from "./index_error.ts";
import type { IndexReader } from "./index_reader.ts";
import { nextTask, YIELD_AFTER_MS } from "./scan/next_task.ts";

// How many pages are handed over at a time: awaiting each would take as long as reading it.
const BATCH_PAGES = 64;

/**
 * Reads the pages of an index in order, some at a time, and verifies their checksums, and that each begins after the one before.
 * Reading blocks the thread for some milliseconds at a time.
 *
 * @param index from `openIndexInOrder`
 * @throws {IndexError} (as a rejection) `damaged` or `unreadable`
 * @throws the signal's reason, if it was aborted
 */
export async function* readPages(
  index: IndexReader,
  signal?: AbortSignal,
): AsyncGenerator<PackedPage[], void> {
  let batch: PackedPage[] = [];
  let before = -1;
  let yieldedMs = performance.now();
  for (let pageNumber = 0; pageNumber < index.pages; pageNumber++) {
    const page = index.tryReadPacked(pageNumber)!;
    const firstOffset = unpack(page)?.firstOffset;
    if (firstOffset === undefined || firstOffset <= before) {
      throw damagedIndex(index.name, `page ${pageNumber} begins before the page before it`);
    }
    before = firstOffset;
    batch.push(page);
    if (batch.length < BATCH_PAGES) continue;
    yield batch;
    batch = [];
    if (performance.now() - yieldedMs < YIELD_AFTER_MS) continue;
    await nextTask();
    signal?.throwIfAborted();
    yieldedMs = performance.now();
  }
  yield batch;
}
