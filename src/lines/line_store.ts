import { pageOfLine } from "../index/format.ts";
import { type IndexHeader, sameIndex } from "../index/header.ts";
import type { IndexPage } from "../index/index_page.ts";
import { IndexError } from "../index/index_error.ts";
import { stale } from "../index/index_file.ts";
import { IndexReader } from "../index/index_reader.ts";
import { sameFingerprint } from "../text/fingerprint.ts";
import { TextError } from "../text/text_error.ts";
import { TextFile } from "../text/text_file.ts";
import { type CacheBudget, divideCache } from "./cache_budget.ts";
import { BATCH_MAX_LINES, LineBatch, NOT_LOCATED } from "./line_batch.ts";
import { type ByteRange, LineReader } from "./line_reader.ts";
import { type LineSpan, spanOf } from "./line_span.ts";
import type { LineStream } from "./line_stream.ts";
import { misfit } from "./misfit.ts";
import { PageCache } from "./page_cache.ts";
import { PageFrames } from "./page_frames.ts";
import { PageLoader, type PageRequest } from "./page_loader.ts";
import { IndexPageSource } from "./page_source.ts";
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
 * The lines of a text, by number.
 *
 * What is at hand is found at once, by `locate`; the rest by `find`, which may have to wait.
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
 * const span = (await store.find([2])).get(2);
 * if (span === undefined || span instanceof Error) throw span;
 * const { bytes, start, end } = store.read(span);
 * console.log(new TextDecoder().decode(bytes.subarray(start, end))); // two
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
  readonly #frames: PageFrames;
  readonly #oversize: PageCache<IndexPage>;
  // For `find`: the other may be in use by who calls it.
  readonly #findBatch = new LineBatch();
  readonly #loader: PageLoader;
  readonly #onError: LineStoreOptions["onError"];
  #isIndexErrorTold = false;

  private constructor(
    file: TextFile,
    text: PositionalText,
    index: IndexReader,
    options: LineStoreOptions,
  ) {
    this.#file = file;
    this.#text = text;
    this.#index = index;
    this.#onError = options.onError;
    this.#guard = new TextGuard(file, index.header, options.onError);
    const budget = budgetFor(index.header, options);
    const shared = budget.sharedText && new SharedText(budget.sharedText, index.header);
    const isSound = () => this.#guard.confirm();
    const textCache = new TextCache(text, budget.textBytes, { shared, isSound });
    this.#reader = new LineReader(text, textCache, () => this.checkText());
    this.#frames = new PageFrames(index.header, budget.frames, budget.sharedFrames);
    this.#oversize = new PageCache(budget.oversizeBytes);
    const keeper = { set: (pageNumber: number, page: IndexPage) => this.#keep(pageNumber, page) };
    const capacity = options.mailboxCapacity ?? MAILBOX_CAPACITY_DEFAULT;
    this.#loader = new PageLoader(new IndexPageSource(index), keeper, capacity);
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

  /**
   * Says where the lines of a batch stand, as far as that is known without waiting for the disk, and has the
   * processor fetch them.
   *
   * @param batch its `lines` are 0, or 1 to `lines`
   */
  locate(batch: LineBatch): void {
    this.#locate(batch);
    // A single line is read at once anyway.
    if (batch.count > 1) this.#reader.prefetch(batch.starts, batch.ends, batch.count);
  }

  /**
   * Says where lines stand. Pages that are not at hand are asked of the page loader, which is waited for,
   * also while its mailbox is full.
   *
   * @param lines 1 to `lines` each
   * @returns for each line its span, or why it could not be found
   * @throws {MailboxClosedError} (as a rejection) where the store was closed
   */
  async find(lines: readonly number[]): Promise<Map<number, LineSpan | Error>> {
    const found: Map<number, LineSpan | Error> = this.#findAtHand(lines);
    const missing = lines.filter((line) => !found.has(line));
    const requests = new Map<number, PageRequest>();
    for (const pageNumber of new Set(missing.map((line) => this.#pageOf(line)))) {
      // One after the other: whoever asks for many waits with one at most where the mailbox is full.
      requests.set(pageNumber, await this.#loader.request(pageNumber));
    }
    for (const line of missing) {
      const result = await requests.get(this.#pageOf(line))!.result;
      found.set(line, result.ok ? this.#spanIn(result.page, line) : this.#tell(result.error));
    }
    return found;
  }

  /** A page that no frame has, where it can be had without waiting for the disk. */
  pageAtHand(pageNumber: number): IndexPage | undefined {
    return this.#oversize.get(pageNumber) ?? this.#loader.loadAtHand(pageNumber);
  }

  #locate(batch: LineBatch): void {
    if (this.#frames.locate(batch)) return;
    const { lines, starts, ends, count } = batch;
    // Several lines may be in one page, which no frame may be left to keep.
    const pages = new Map<number, IndexPage | undefined>();
    for (let i = 0; i < count; i++) {
      const line = lines[i]!;
      if (line === 0 || starts[i] !== NOT_LOCATED) continue;
      const pageNumber = this.#pageOf(line);
      if (!pages.has(pageNumber)) pages.set(pageNumber, this.pageAtHand(pageNumber));
      const page = pages.get(pageNumber);
      if (page === undefined) continue;
      const span = this.#spanIn(page, line);
      starts[i] = span.start;
      ends[i] = span.end;
    }
  }

  #tell(error: Error): Error {
    if (error instanceof IndexError && !this.#isIndexErrorTold) {
      this.#isIndexErrorTold = true;
      this.#onError?.(error);
    }
    return error;
  }

  #findAtHand(lines: readonly number[]): Map<number, LineSpan> {
    const found = new Map<number, LineSpan>();
    const batch = this.#findBatch;
    for (let from = 0; from < lines.length; from += BATCH_MAX_LINES) {
      const some = lines.slice(from, from + BATCH_MAX_LINES);
      batch.lines.set(some);
      batch.count = some.length;
      this.#locate(batch);
      some.forEach((line, i) => {
        const start = batch.starts[i]!;
        if (start !== NOT_LOCATED) found.set(line, { line, start, end: batch.ends[i]! });
      });
    }
    return found;
  }

  #pageOf(line: number): number {
    return pageOfLine(this.#index.header, line);
  }

  #spanIn(page: IndexPage, line: number): LineSpan {
    return spanOf(page, line, this.#index.header.linesPerPage);
  }

  #keep(pageNumber: number, page: IndexPage): void {
    if (!this.#frames.set(pageNumber, page)) this.#oversize.set(pageNumber, page);
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

  /** Reads a short line at once; see {@linkcode LineReader.read}. */
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

// The index may have been made anew since, with other pages. If it is of another text, so are the others'.
function budgetFor(header: IndexHeader, { cacheBytes, budget }: LineStoreOptions): CacheBudget {
  if (budget === undefined) return divideCache(cacheBytes, header);
  if (!sameFingerprint(budget.header.fingerprint, header.fingerprint)) {
    throw new TextError("Text changed: it is not the one in memory: start the server again");
  }
  return sameIndex(budget.header, header) ? budget : divideCache(cacheBytes, header);
}

function openIndexOf(text: TextFile, indexPath: string): IndexReader {
  const index = IndexReader.open(indexPath);
  const reason = misfit(text, index.header);
  if (reason === undefined) return index;
  index.close();
  throw stale(indexPath, reason);
}
