import { type IndexHeader, sameIndex, storedBytesOf } from "../index/format/header.ts";
import { type CheckedIndex, describeMismatch, provesContent } from "../index/freshness.ts";
import { staleIndex } from "../index/index_error.ts";
import { type IndexReader, openIndex } from "../index/index_reader.ts";
import { divideMemory, type MemoryBudget } from "../pages/memory_budget.ts";
import { PageFrames } from "../pages/page_frames.ts";
import { IndexPages } from "../pages/page_store.ts";
import { BlockCache } from "../source/block_cache.ts";
import { type FileIdentity, sameState } from "../source/local/file_identity.ts";
import { DiskSpeed } from "../source/local/read_cost.ts";
import { openText } from "../source/open_text.ts";
import { codecOf } from "../source/compressed/codecs.ts";
import { CompressedText } from "../source/compressed/compressed_text.ts";
import { shareUnpackThreads } from "../source/compressed/unpack_threads.ts";
import type { TextSource } from "../source/text_source.ts";
import { SharedBlocks } from "../source/shared_blocks.ts";
import { LineStore, type LineStoreContext } from "./line_store.ts";
import type { Lines } from "./lines.ts";

/** What to open, and how. */
export interface OpenLinesOptions {
  readonly textPath: string;
  readonly indexPath: string;
  /**
   * What protocols call the file.
   *
   * @default {`textPath`}
   */
  readonly name?: string | undefined;
  /**
   * What was checked before: only its lines are served. If the text has changed since, it is not opened, except
   * that it may have grown, and its index with it.
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
   * Called for each line that cannot be read.
   *
   * @default {not called}
   */
  readonly onError?: (error: Error) => void;
}

/** Whether files are what they were; those that are not open are not looked at. */
export type Checked = "unchanged" | "not open";

/** Lines whose files are open, or are opened when their lines are requested. */
export interface OpenLines extends Lines, AsyncDisposable {
  /** Of the index of each file. */
  readonly headers: readonly IndexHeader[];
  /**
   * Verifies that the files of some lines are still those that were opened. All of them are looked at.
   *
   * @param from 1 or more; by default the first line
   * @param to up to the number of lines; by default the last one
   * @throws {Error} if one is not, cannot be opened, or if that cannot be found out
   */
  check(from?: number, to?: number): Checked;
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
export async function openLines(options: OpenLinesOptions): Promise<OpenLineStore> {
  await using opened = new AsyncDisposableStack();
  const fileOptions = { mayBlock: options.mayBlock === true, disk: new DiskSpeed() };
  const { checked, indexPath } = options;
  const index = opened.use(await openIndex(indexPath, fileOptions));
  const { header } = index;
  // Another process may have indexed what was appended since: that is not served.
  const served = checked?.header ?? header;
  const stored = opened.use(
    await openText(options.textPath, {
      ...fileOptions,
      textBytes: storedBytesOf(served),
      since: checked?.text,
    }),
  );
  // If nothing was written since it was checked, hashing it again would find nothing, and take much time for many files.
  const isProved = checked !== undefined && sameState(checked.text, stored.identity);
  const fingerprint = isProved ? served.fingerprint : await stored.fingerprint();
  const mismatch = describeMismatch(stored.size, fingerprint, served);
  if (mismatch !== undefined) throw staleIndex(indexPath, mismatch);
  if (checked === undefined || !sameIndex(served, header)) await assertFresh(header, options);
  const budget = options.budget !== undefined && sameIndex(options.budget.header, header)
    ? options.budget
    : divideMemory(options.cacheBytes, header, stored.blockBytes);
  const text = await textOf(stored, index, budget, opened);
  const frames = new PageFrames(header, budget.frames, budget.sharedFrames);
  const pages = new IndexPages(index, frames, budget.oversizeBytes);
  opened.defer(() => pages.stop());
  return new OpenLineStore(served, index, pages, frames, {
    index: { lines: served.lines, linesPerPage: header.linesPerPage },
    name: options.name,
    text,
    frames,
    pages,
    cache: new BlockCache(
      text,
      budget.sharedText === undefined
        ? budget.textBytes
        : new SharedBlocks(budget.sharedText, text.size, text.blockBytes),
    ),
    onError: options.onError ?? (() => {}),
    files: opened.move(),
  });
}

// Verifies that an index that was not checked can be used without a comparison of every line. If the file was
// checked, the index may be of a state before or after it has grown.
async function assertFresh(
  header: IndexHeader,
  { textPath, indexPath, checked }: OpenLinesOptions,
): Promise<void> {
  const fileBytes = storedBytesOf(header);
  const fileOptions = { mayBlock: true, textBytes: fileBytes, since: checked?.text };
  await using file = await openText(textPath, fileOptions);
  const mismatch = describeMismatch(file.size, await file.fingerprint(), header);
  if (mismatch !== undefined) throw staleIndex(indexPath, mismatch);
  const appendedBytes = file.identity.size - fileBytes;
  const isFresh = checked === undefined
    ? appendedBytes === 0 && provesContent(file, header)
    : fileBytes >= storedBytesOf(checked.header) &&
      (appendedBytes > 0 || provesContent(file, header));
  if (isFresh) return;
  throw staleIndex(indexPath, "the file may have changed after it was indexed");
}

// The text of a file: its bytes, or what they contain if the index is of a compressed file.
async function textOf(
  stored: TextSource,
  { blockTable, header }: IndexReader,
  { unpackedBytes }: MemoryBudget,
  opened: AsyncDisposableStack,
): Promise<TextSource> {
  const { compressed, textBytes } = header;
  if (compressed === undefined) return stored;
  const codec = await codecOf(compressed.codec, stored.name);
  const unpacker = opened.use(shareUnpackThreads());
  return new CompressedText({
    stored,
    textBytes,
    codec,
    table: blockTable!,
    unpacker,
    unpackedBytes,
  });
}

/** The lines of one file. */
export class OpenLineStore extends LineStore implements OpenLines {
  readonly header: IndexHeader;
  /** The state of the file when it was opened. */
  readonly identity: FileIdentity;
  readonly #frames: PageFrames;
  readonly #pages: IndexPages;
  readonly #index: IndexReader;

  constructor(
    header: IndexHeader,
    index: IndexReader,
    pages: IndexPages,
    frames: PageFrames,
    context: LineStoreContext,
  ) {
    super(context);
    this.header = header;
    this.identity = context.text.identity;
    this.#frames = frames;
    this.#pages = pages;
    this.#index = index;
  }

  get headers(): readonly IndexHeader[] {
    return [this.header];
  }

  /** Of the index too: a server whose index is gone answers only what is in memory. */
  override check(): "unchanged" {
    this.#index.check();
    return super.check();
  }

  pageStatistics(): PageStatistics {
    const { hits, misses } = this.#frames;
    return { hits, misses, waiting: this.#pages.waitingMessages };
  }
}
