import { type IndexHeader, sameIndex } from "../index/format/header.ts";
import { staleIndex } from "../index/index_error.ts";
import { IndexReader } from "../index/index_reader.ts";
import { sameFingerprint } from "../source/fingerprint.ts";
import { TextError } from "../source/text_error.ts";
import { TextFile } from "../source/local/text_file.ts";
import { type CacheBudget, divideCache } from "../pages/cache_budget.ts";
import { LineBatch } from "../pages/line_batch.ts";
import { LineLocator } from "../pages/line_locator.ts";
import { LineReader } from "./line_reader.ts";
import { misfit } from "../source/local/misfit.ts";
import { PageCache } from "../pages/page_cache.ts";
import { PageLoader } from "../pages/page_loader.ts";
import { IndexPageSource } from "../pages/page_source.ts";
import { PositionalText } from "../source/local/positional_text.ts";
import { SharedText } from "../source/shared_blocks.ts";
import { TextCache } from "../source/block_cache.ts";
import { TextGuard } from "../source/local/text_guard.ts";

/** What lines are served from, and with how much memory. */
export interface LineStoreOptions {
  /** The text. */
  readonly textPath: string;
  /** Its index. */
  readonly indexPath: string;
  /** The memory for blocks of the text and pages of the index together, in bytes. */
  readonly cacheBytes: number;
  /** How several stores divide their memory; made for another index, it is not used. */
  readonly budget?: CacheBudget | undefined;
  /**
   * Called when the text turns out not to be the one that was indexed, once for the same error in a row; and
   * once when a page of the index cannot be read or does not add up, though there may be more of them.
   */
  readonly onError?: (error: Error) => void;
  /**
   * Requests that may wait in the page loader's mailbox.
   *
   * @default {1024}
   */
  readonly mailboxCapacity?: number;
}

const MAILBOX_CAPACITY_DEFAULT = 1024;

/**
 * The lines of a text, by number: where they stand, what they are, and whether the text is still the one
 * that was indexed.
 *
 * @example
 * ```ts
 * import { ensureIndex } from "../index/build/ensure_index.ts";
 * import { LineStore } from "./line_store.ts";
 *
 * const textPath = await Deno.makeTempFile();
 * const indexPath = `${textPath}.lineidx`;
 * await Deno.writeTextFile(textPath, "one\ntwo\n");
 * await ensureIndex({ textPath, indexPath });
 *
 * const store = LineStore.open({ textPath, indexPath, cacheBytes: 1024 * 1024 });
 * const span = (await store.locator.find([2])).get(2);
 * if (span === undefined || span instanceof Error) throw span;
 * store.guard.check();
 * const { bytes, start, end } = store.reader.read(span);
 * console.log(new TextDecoder().decode(bytes.subarray(start, end))); // two
 * await store.close();
 * ```
 */
export class LineStore {
  /** How many lines the text has. */
  readonly lines: number;
  /** Lines that are looked up together: what is in it holds until others have a turn. */
  readonly batch: LineBatch = new LineBatch();
  /** Says where lines stand. */
  readonly locator: LineLocator;
  /** Reads lines, of which the guard is to be asked before. */
  readonly reader: LineReader;
  /** Says whether the text is still the one that was indexed. */
  readonly guard: TextGuard;
  readonly #files: OpenFiles;

  private constructor(files: OpenFiles, options: LineStoreOptions) {
    const { file, text, index } = files;
    const { header } = index;
    const { onError, mailboxCapacity = MAILBOX_CAPACITY_DEFAULT } = options;
    const budget = budgetFor(header, options);
    const guard = new TextGuard(file, header, onError);
    const shared = budget.sharedText && new SharedText(budget.sharedText, header.textBytes);
    const textCache = new TextCache(text, budget.textBytes, {
      shared,
      isSound: () => guard.confirm(),
    });
    const pages = new PageCache(budget);
    const loader = new PageLoader(new IndexPageSource(index), pages, mailboxCapacity);
    this.lines = header.lines;
    this.locator = new LineLocator({ index: header, pages, loader, onError });
    this.reader = new LineReader(text, textCache, () => guard.check());
    this.guard = guard;
    this.#files = files;
  }

  /**
   * Opens a text and its index.
   *
   * @throws {TextError} where the text cannot be read
   * @throws {IndexError} where the index is missing, cannot be read, or is not of this text
   * @throws {CacheMemoryError} where there is not so much memory
   */
  static open(options: LineStoreOptions): LineStore {
    using opened = new DisposableStack();
    const file = opened.use(TextFile.open(options.textPath));
    const index = opened.use(openIndexOf(file, options.indexPath));
    const text = opened.use(PositionalText.open(file));
    const store = new LineStore({ file, text, index }, options);
    // From here on they are the store's to close.
    opened.move();
    return store;
  }

  /**
   * Whether there is a line of that number.
   *
   * @param line an integer, or too large to be one
   */
  has(line: number): boolean {
    return line >= 1 && line <= this.lines;
  }

  /** Lets the page loader finish and closes the files. */
  async close(): Promise<void> {
    await this.locator.loader.stop();
    const { index, text, file } = this.#files;
    index.close();
    text.close();
    file.close();
  }
}

/** What a store holds open. */
interface OpenFiles {
  readonly file: TextFile;
  readonly text: PositionalText;
  readonly index: IndexReader;
}

// The index may have been made anew since, with other pages. If it is of another text, so are the others'.
function budgetFor(header: IndexHeader, options: LineStoreOptions): CacheBudget {
  const { cacheBytes, budget, textPath } = options;
  if (budget === undefined) return divideCache(cacheBytes, header);
  if (!sameFingerprint(budget.header.fingerprint, header.fingerprint)) {
    throw new TextError(`Text changed: ${textPath}: others serve another: start the server again`);
  }
  return sameIndex(budget.header, header) ? budget : divideCache(cacheBytes, header);
}

function openIndexOf(text: TextFile, indexPath: string): IndexReader {
  const index = IndexReader.open(indexPath);
  const reason = misfit(text, index.header);
  if (reason === undefined) return index;
  index.close();
  throw staleIndex(indexPath, reason);
}
