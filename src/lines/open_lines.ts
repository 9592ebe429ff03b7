import { type IndexHeader, sameIndex } from "../index/format/header.ts";
import { type CheckedIndex, describeMismatch, provesContent } from "../index/freshness.ts";
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
import { TextError, type TextSource } from "../source/text_source.ts";
import { LineStore, type LineStoreContext } from "./line_store.ts";
import type { Lines } from "./lines.ts";

/** What to open, and how. */
export interface OpenLinesOptions {
  readonly textPath: string;
  readonly indexPath: string;
  /**
   * What was checked before. If the text or the index has changed since, they are not opened, except that the
   * text may have grown.
   *
   * @default {nothing: the index must be fresh without a comparison of every line}
   */
  readonly checked?: CheckedIndex | undefined;
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
export interface OpenLines extends Lines, AsyncDisposable {
  /** Of their index. */
  readonly header: IndexHeader;
  /**
   * Verifies that the text is still the one that was opened.
   *
   * @throws {TextError} if it is not, or if that cannot be found out
   */
  check(): void;
  /** How the index pages of these lines were found so far. */
  pageStatistics(): PageStatistics;
}

/** How often the index page of a line was in memory, and how many pages are waited for. */
export interface PageStatistics {
  /** Lines whose page was in memory. */
  readonly hits: number;
  /** Lines whose page was not. */
  readonly misses: number;
  /** Messages that wait for the page loader. */
  readonly waiting: number;
}

/**
 * Opens a text and its index. If the text has grown, the lines are those that it had when it was indexed.
 *
 * @throws {TextError} (as a rejection) if the text cannot be read
 * @throws {IndexError} (as a rejection) if the index is missing, cannot be read, or is not of this text
 * @throws {CacheMemoryError} (as a rejection) if there is not enough memory
 */
export async function openLines(options: OpenLinesOptions): Promise<OpenLines> {
  await using opened = new AsyncDisposableStack();
  const fileOptions = { mayBlock: options.mayBlock === true, disk: new DiskSpeed() };
  const { checked, indexPath } = options;
  const index = opened.use(await openIndex(indexPath, fileOptions));
  const { header } = index;
  const { textBytes } = header;
  const text = opened.use(
    await openText(options.textPath, { ...fileOptions, textBytes, since: checked?.text }),
  );
  const mismatch = describeMismatch(text.size, await text.fingerprint(), header);
  if (mismatch !== undefined) throw staleIndex(indexPath, mismatch);
  const isChecked = checked !== undefined && sameIndex(checked.header, header);
  if (!isChecked && !isFresh(text, header)) {
    throw staleIndex(indexPath, "the file may have changed after it was indexed");
  }
  const budget = budgetFor(options, header, text.blockBytes);
  const frames = new PageFrames(header, budget.frames, budget.sharedFrames);
  const pages = new IndexPages(index, frames, budget.oversizeBytes);
  opened.defer(() => pages.stop());
  return new OpenLineStore(header, pages, frames, {
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

class OpenLineStore extends LineStore implements OpenLines {
  readonly header: IndexHeader;
  readonly #context: LineStoreContext;
  readonly #frames: PageFrames;
  readonly #pages: IndexPages;

  constructor(
    header: IndexHeader,
    pages: IndexPages,
    frames: PageFrames,
    context: LineStoreContext,
  ) {
    super(context);
    this.header = header;
    this.#context = context;
    this.#frames = frames;
    this.#pages = pages;
  }

  check(): void {
    this.#context.text.check();
  }

  pageStatistics(): PageStatistics {
    const { hits, misses } = this.#frames;
    return { hits, misses, waiting: this.#pages.waitingMessages };
  }
}

// Whether an index that another process has put there can be used without a comparison.
function isFresh(text: TextSource, header: IndexHeader): boolean {
  return text.identity.size === header.textBytes && provesContent(text, header);
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
