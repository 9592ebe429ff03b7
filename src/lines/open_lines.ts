import { sameIndex } from "../index/format/header.ts";
import { describeMismatch } from "../index/freshness.ts";
import { staleIndex } from "../index/index_error.ts";
import { openIndex } from "../index/index_reader.ts";
import { divideMemory, type MemoryBudget } from "../pages/memory_budget.ts";
import { PageFrames } from "../pages/page_frames.ts";
import { IndexPages } from "../pages/page_store.ts";
import { BlockCache } from "../source/block_cache.ts";
import { sameFingerprint } from "../source/fingerprint.ts";
import { DiskSpeed } from "../source/local/read_cost.ts";
import { openText } from "../source/open_text.ts";
import { SharedBlocks } from "../source/shared_blocks.ts";
import { TextError } from "../source/text_source.ts";
import { LineStore } from "./line_store.ts";
import type { Lines } from "./lines.ts";

/** What to open, and how. */
export interface OpenLinesOptions {
  readonly textPath: string;
  readonly indexPath: string;
  /** Memory for index pages and blocks of the text together, in bytes. */
  readonly cacheBytes: number;
  /** How several stores divide their memory. It is not used if it was made for another index. */
  readonly budget?: MemoryBudget | undefined;
  /**
   * Whether reading may block the thread; see `LocalFileOptions`.
   *
   * @default {false}
   */
  readonly mayBlock?: boolean;
  /**
   * Called when a line cannot be read: once as long as the same message repeats, whatever numbers are in it.
   *
   * @default {not called}
   */
  readonly onError?: (error: Error) => void;
}

/** Lines whose files are open. */
export interface OpenLines extends Lines, AsyncDisposable {}

/**
 * Opens a text and its index.
 *
 * @throws {TextError} (as a rejection) if the text cannot be read
 * @throws {IndexError} (as a rejection) if the index is missing, cannot be read, or is not of this text
 * @throws {CacheMemoryError} (as a rejection) if there is not enough memory
 */
export async function openLines(options: OpenLinesOptions): Promise<OpenLines> {
  await using opened = new AsyncDisposableStack();
  const fileOptions = { mayBlock: options.mayBlock === true, disk: new DiskSpeed() };
  const text = opened.use(await openText(options.textPath, fileOptions));
  const index = opened.use(await openIndex(options.indexPath, fileOptions));
  const { header } = index;
  const mismatch = describeMismatch(text.size, await text.fingerprint(), header);
  if (mismatch !== undefined) throw staleIndex(options.indexPath, mismatch);
  const budget = budgetFor(options, header, text.blockBytes);
  const frames = new PageFrames(header, budget.frames, budget.sharedFrames);
  const pages = new IndexPages(index, frames, budget.oversizeBytes);
  opened.defer(() => pages.stop());
  return new LineStore({
    index: header,
    text,
    frames,
    pages,
    cache: new BlockCache(
      text,
      budget.sharedText === undefined
        ? budget.textBytes
        : new SharedBlocks(budget.sharedText, text.size, text.blockBytes),
    ),
    onError: withoutRepeats(options.onError ?? (() => {})),
    files: opened.move(),
  });
}

// The index may have been rebuilt since, with other pages. If it is of another text, so are the others'.
function budgetFor(
  { budget, cacheBytes, textPath }: OpenLinesOptions,
  header: MemoryBudget["header"],
  blockBytes: number,
): MemoryBudget {
  if (budget !== undefined && !sameFingerprint(budget.header.fingerprint, header.fingerprint)) {
    throw new TextError(
      `File changed: ${textPath} (other workers serve another one). Start linesvr again.`,
    );
  }
  if (budget !== undefined && sameIndex(budget.header, header)) return budget;
  return divideMemory(cacheBytes, header, blockBytes);
}

// Messages that differ only in numbers, such as that of a page or a line, count as one.
function withoutRepeats(onError: (error: Error) => void): (error: Error) => void {
  let last: string | undefined;
  return (error) => {
    const message = error.message.replace(/\d+/g, "0");
    if (message === last) return;
    last = message;
    onError(error);
  };
}
