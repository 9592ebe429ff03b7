import { type Layout, pageOfLine } from "../index/format/layout.ts";
import { IndexError } from "../index/index_error.ts";
import type { IndexPage } from "../index/format/index_page.ts";
import { BATCH_MAX_LINES, LineBatch, NOT_LOCATED } from "./line_batch.ts";
import { type LineSpan, spanOf } from "./line_span.ts";
import type { PageCache } from "./page_cache.ts";
import type { PageLoader, PageResult } from "./page_loader.ts";

/** What a locator works with. */
export interface LineLocatorOptions {
  /** The layout of the index, its header for instance. */
  readonly index: Layout;
  /** The pages in memory. */
  readonly pages: PageCache;
  /** Loads the others into `pages`; the caller stops it. */
  readonly loader: PageLoader;
  /** Called once when a page cannot be read or does not add up, though there may be more of them. */
  readonly onError?: ((error: IndexError) => void) | undefined;
}

/**
 * Says where lines stand in the text: at once, by `locate`, where their pages are at hand, else by `find`,
 * which may have to wait.
 *
 * @example
 * ```ts
 * import { ensureIndex } from "../index/build/ensure_index.ts";
 * import { LineStore } from "../lines/line_store.ts";
 *
 * const textPath = await Deno.makeTempFile();
 * const indexPath = `${textPath}.lineidx`;
 * await Deno.writeTextFile(textPath, "one\ntwo\n");
 * await ensureIndex({ textPath, indexPath });
 *
 * const store = LineStore.open({ textPath, indexPath, cacheBytes: 1024 * 1024 });
 * console.log((await store.locator.find([2])).get(2)); // { line: 2, start: 4, end: 8 }
 * await store.close();
 * ```
 */
export class LineLocator {
  /** Reads the pages that are not in memory. */
  readonly loader: PageLoader;
  readonly #index: Layout;
  readonly #pages: PageCache;
  readonly #onError: LineLocatorOptions["onError"];
  // For `find`: that of `locate` may be in use by who calls it.
  readonly #batch = new LineBatch();
  #isErrorTold = false;

  /**
   * Makes a locator of one index's lines.
   *
   * @param options what it works with
   */
  constructor({ index, pages, loader, onError }: LineLocatorOptions) {
    this.loader = loader;
    this.#index = index;
    this.#pages = pages;
    this.#onError = onError;
  }

  /**
   * Says where the lines of a batch stand, as far as that is known without waiting for the disk.
   *
   * @param batch its `lines` are 0, or 1 to the number of lines
   */
  locate(batch: LineBatch): void {
    if (this.#pages.locate(batch)) return;
    const { lines, starts, ends, count } = batch;
    // Several lines may be in one page, which no frame may be left to keep.
    const pages = new Map<number, IndexPage | undefined>();
    for (let i = 0; i < count; i++) {
      const line = lines[i]!;
      if (line === 0 || starts[i] !== NOT_LOCATED) continue;
      const pageNumber = pageOfLine(this.#index, line);
      if (!pages.has(pageNumber)) pages.set(pageNumber, this.#pageAtHand(pageNumber));
      const page = pages.get(pageNumber);
      if (page === undefined) continue;
      const span = spanOf(page, line, this.#index.linesPerPage);
      starts[i] = span.start;
      ends[i] = span.end;
    }
  }

  /**
   * Says where lines stand. Pages that are not at hand are asked of the page loader, which is waited for,
   * also while its mailbox is full.
   *
   * @param lines 1 to the number of lines each
   * @returns for each line its span, or why it could not be found
   * @throws {MailboxClosedError} (as a rejection) where the loader was stopped
   */
  async find(lines: readonly number[]): Promise<Map<number, LineSpan | Error>> {
    const found: Map<number, LineSpan | Error> = this.#findAtHand(lines);
    const missing = Map.groupBy(
      lines.filter((line) => !found.has(line)),
      (line) => pageOfLine(this.#index, line),
    );
    const waits: Promise<void>[] = [];
    for (const [pageNumber, linesOfPage] of missing) {
      // One after the other: whoever asks for many waits with one at most where the mailbox is full.
      const { result } = await this.loader.request(pageNumber);
      // At once, so that no page is kept until the last one has come.
      waits.push(result.then((result) => this.#addSpans(found, linesOfPage, result)));
    }
    await Promise.all(waits);
    return found;
  }

  #addSpans(
    found: Map<number, LineSpan | Error>,
    lines: readonly number[],
    result: PageResult,
  ): void {
    for (const line of lines) {
      found.set(
        line,
        result.ok ? spanOf(result.page, line, this.#index.linesPerPage) : this.#tell(result.error),
      );
    }
  }

  #findAtHand(lines: readonly number[]): Map<number, LineSpan> {
    const found = new Map<number, LineSpan>();
    const batch = this.#batch;
    for (let from = 0; from < lines.length; from += BATCH_MAX_LINES) {
      const some = lines.slice(from, from + BATCH_MAX_LINES);
      batch.lines.set(some);
      batch.count = some.length;
      this.locate(batch);
      some.forEach((line, i) => {
        const start = batch.starts[i]!;
        if (start !== NOT_LOCATED) found.set(line, { line, start, end: batch.ends[i]! });
      });
    }
    return found;
  }

  #pageAtHand(pageNumber: number): IndexPage | undefined {
    return this.#pages.getOversize(pageNumber) ?? this.loader.loadAtHand(pageNumber);
  }

  #tell(error: Error): Error {
    if (error instanceof IndexError && !this.#isErrorTold) {
      this.#isErrorTold = true;
      this.#onError?.(error);
    }
    return error;
  }
}
