import { pageOfLine } from "../index/format.ts";
import type { IndexPage } from "../index/index_page.ts";
import { stale } from "../index/index_file.ts";
import { IndexReader } from "../index/index_reader.ts";
import type { TextError } from "../text/text_error.ts";
import { TextFile } from "../text/text_file.ts";
import { divideCache, placeTableBytes } from "./cache_budget.ts";
import { LineBatch, NOT_LOCATED } from "./line_batch.ts";
import { type ByteRange, LineReader } from "./line_reader.ts";
import { type LineSpan, spanOf } from "./line_span.ts";
import type { LineStream } from "./line_stream.ts";
import { misfit } from "./misfit.ts";
import { PageCache } from "./page_cache.ts";
import { type PageKeeper, PageLoader, type PageRequest, type PageResult } from "./page_loader.ts";
import { IndexPageSource } from "./page_source.ts";
import { PlaceTable } from "./place_table.ts";
import { PositionalText } from "./positional_text.ts";
import { SharedText } from "./shared_text.ts";
import { TextCache } from "./text_cache.ts";
import { TextGuard } from "./text_guard.ts";

/** What lines are served from, and with how much memory. */
export interface LineStoreOptions {
  /** The text. */
  readonly textPath: string;
  /** Its index. */
  readonly indexPath: string;
  /** The memory for blocks of the text and pages of the index together, in bytes. */
  readonly cacheBytes: number;
  /** Memory for the whole text, which is then not part of `cacheBytes`; see {@linkcode divideAmongStores}. */
  readonly sharedText?: SharedArrayBuffer | undefined;
  /** Called when the text turns out not to be the one that was indexed, once for the same error. */
  readonly onTextError?: (error: Error) => void;
  /**
   * Requests that may wait in the page loader's mailbox.
   *
   * @default {1024}
   */
  readonly mailboxCapacity?: number;
}

const MAILBOX_CAPACITY_DEFAULT = 1024;

/**
 * The lines of a text, by number.
 *
 * What is in memory is answered at once, through `cachedPage`; the rest comes by `loadPages`.
 *
 * @example
 * ```ts
 * import { ensureIndex } from "../index/ensure_index.ts";
 * import { LineStore } from "./line_store.ts";
 *
 * const textPath = await Deno.makeTempFile();
 * const indexPath = `${textPath}.lineidx`;
 * await Deno.writeTextFile(textPath, "one\ntwo\n");
 * await ensureIndex({ textPath, indexPath });
 *
 * const store = LineStore.open({ textPath, indexPath, cacheBytes: 1024 * 1024 });
 * const result = await (await store.loadPages([store.pageOf(2)])).get(store.pageOf(2));
 * if (result?.ok) {
 *   const { bytes, start, end } = store.read(store.spanOf(result.page, 2));
 *   console.log(new TextDecoder().decode(bytes.subarray(start, end))); // two
 * }
 * await store.close();
 * ```
 */
export class LineStore {
  /** For {@linkcode LineStore.locate}: what is in it holds until others have a turn. */
  readonly batch: LineBatch = new LineBatch();
  readonly #index: IndexReader;
  readonly #file: TextFile;
  readonly #text: PositionalText;
  readonly #reader: LineReader;
  readonly #guard: TextGuard;
  readonly #cache: PageCache<IndexPage>;
  readonly #places: PlaceTable | undefined;
  readonly #loader: PageLoader;

  private constructor(
    file: TextFile,
    text: PositionalText,
    index: IndexReader,
    options: LineStoreOptions,
  ) {
    this.#file = file;
    this.#text = text;
    this.#index = index;
    this.#guard = new TextGuard(file, index.header, options.onTextError);
    const { cacheBytes, sharedText } = options;
    const shared = sharedText && new SharedText(sharedText, index.header);
    const { pageBytes, textBytes } = shared === undefined
      ? divideCache(cacheBytes, index.header)
      : { pageBytes: cacheBytes, textBytes: 0 };
    const isSound = () => this.#guard.confirm();
    const textCache = new TextCache(text, textBytes, { shared, isSound });
    this.#reader = new LineReader(text, textCache, () => this.checkText());
    const placeBytes = placeTableBytes(pageBytes, index.header);
    if (placeBytes > 0) this.#places = new PlaceTable(index.header);
    this.#cache = new PageCache(pageBytes - placeBytes);
    const capacity = options.mailboxCapacity ?? MAILBOX_CAPACITY_DEFAULT;
    this.#loader = new PageLoader(new IndexPageSource(index), this.#keeper(), capacity);
  }

  /**
   * Opens a text and its index.
   *
   * @throws {TextError} where the text cannot be read
   * @throws {IndexError} where the index is missing, cannot be read, or is not of this text
   */
  static open(options: LineStoreOptions): LineStore {
    using opened = new DisposableStack();
    const file = opened.use(TextFile.open(options.textPath));
    const index = opened.use(openIndexOf(file, options.indexPath));
    const text = opened.use(PositionalText.open(file));
    const store = new LineStore(file, text, index, options);
    // From here on they are the store's to close.
    opened.move();
    return store;
  }

  /** How many lines the text has. */
  get lines(): number {
    return this.#index.lines;
  }

  /** The size of the text. */
  get textBytes(): number {
    return this.#text.bytes;
  }

  /** Whether there is a line of that number: an integer of 1 to `lines`. */
  has(line: number): boolean {
    return line >= 1 && line <= this.lines;
  }

  /** Which page a line is in. */
  pageOf(line: number): number {
    return pageOfLine(this.#index.header, line);
  }

  /** The page, where it is in memory. */
  cachedPage(pageNumber: number): IndexPage | undefined {
    return this.#cache.get(pageNumber);
  }

  /**
   * Gets pages from memory or from the page loader, and waits while the loader's mailbox is full.
   *
   * @returns what came of each; it stays whatever the cache lets go meanwhile
   */
  async loadPages(pageNumbers: Iterable<number>): Promise<Map<number, PageResult>> {
    const results = new Map<number, PageResult>();
    const missing: number[] = [];
    for (const pageNumber of pageNumbers) {
      const page = this.#cache.get(pageNumber);
      if (page === undefined) missing.push(pageNumber);
      else results.set(pageNumber, { ok: true, page });
    }
    const requests: PageRequest[] = [];
    // One after the other: whoever asks for many waits with one at most where the mailbox is full.
    for (const pageNumber of missing) requests.push(await this.#loader.request(pageNumber));
    for (const { pageNumber, result } of requests) results.set(pageNumber, await result);
    return results;
  }

  /**
   * Where a line stands in the text.
   *
   * @param page the line's page
   * @param line 1 to `lines`
   */
  spanOf(page: IndexPage, line: number): LineSpan {
    return spanOf(page, line, this.#index.header.linesPerPage);
  }

  /**
   * Says where the lines of a batch stand whose pages are in memory, and has the processor fetch them.
   *
   * @param batch its `lines` are 0, or 1 to `lines`
   */
  locate(batch: LineBatch): void {
    if (this.#places?.locate(batch) !== true) this.#locateByPages(batch);
    // A single line is read at once anyway.
    if (batch.count > 1) this.#reader.prefetch(batch.starts, batch.ends, batch.count);
  }

  #locateByPages({ lines, starts, ends, count }: LineBatch): void {
    const { linesPerPage } = this.#index.header;
    for (let i = 0; i < count; i++) {
      const line = lines[i]!;
      const page = line === 0 ? undefined : this.#cache.get(this.pageOf(line));
      if (page === undefined) {
        starts[i] = NOT_LOCATED;
        continue;
      }
      const span = spanOf(page, line, linesPerPage);
      starts[i] = span.start;
      ends[i] = span.end;
    }
  }

  #keeper(): PageKeeper {
    return {
      set: (pageNumber, page) => {
        this.#cache.set(pageNumber, page);
        this.#places?.set(pageNumber, page);
      },
    };
  }

  /**
   * Makes sure that the text is still the one that was indexed. To be called before lines are read;
   * `stream` does so itself.
   *
   * @throws {TextError} where it is not
   */
  checkText(): void {
    this.#guard.check();
  }

  /** Reads a line where that should not have to wait; see {@linkcode LineReader.readAtHand}. */
  readAtHand(span: LineSpan): ByteRange | undefined {
    return this.#reader.readAtHand(span);
  }

  /** Whether a line can be read without waiting; see {@linkcode LineReader.isAtHand}. */
  isAtHand(span: LineSpan): boolean {
    return this.#reader.isAtHand(span);
  }

  /** Has a line read into the system's memory; see {@linkcode LineReader.fetch}. */
  fetch(span: LineSpan): Promise<void> {
    return this.#reader.fetch(span);
  }

  /** Reads a line at once; see {@linkcode LineReader.read}. */
  read(span: LineSpan): ByteRange {
    return this.#reader.read(span);
  }

  /** What to throw where a line that was read has a terminator within. */
  notALine(span: LineSpan): TextError {
    return this.#reader.notALine(span);
  }

  /** Reads a line of any length as it is taken; see {@linkcode streamLine}. */
  stream(span: LineSpan): LineStream {
    return this.#reader.stream(span);
  }

  /** Lets the page loader finish and closes the files. */
  async close(): Promise<void> {
    await this.#loader.stop();
    this.#index.close();
    this.#text.close();
    this.#file.close();
  }
}

function openIndexOf(text: TextFile, indexPath: string): IndexReader {
  const index = IndexReader.open(indexPath);
  const reason = misfit(text, index.header);
  if (reason === undefined) return index;
  index.close();
  throw stale(indexPath, reason);
}
