import { BATCH_MAX_LINES, LineBatch, NOT_LOCATED } from "../pages/line_batch.ts";
import { peekPages } from "../pages/page_store.ts";
import type { BlockCache } from "../source/block_cache.ts";
import type { TextSource } from "../source/text_source.ts";
import {
  FETCH_AHEAD_LINES,
  fetchSome,
  LineFetcher,
  type LineFetcherContext,
  type WantedLine,
} from "./line_fetcher.ts";
import type { LineFile } from "./line_files.ts";
import type { Lines, LineSink, RangeSink } from "./lines.ts";
import { RangeReader } from "./range_reader.ts";
import { endOfContent, notALine, SHORT_LINE_MAX_BYTES } from "./verify_line.ts";

/** What a store reads from. */
export interface LineStoreContext extends LineFetcherContext {
  /** Disposed of with the store. */
  readonly files: AsyncDisposable;
  /**
   * What protocols call the text.
   *
   * @default {the name of `text`}
   */
  readonly name?: string | undefined;
}

/** Why reading stopped before the end. */
export type Stop =
  /** The sink is full. */
  | { readonly reason: "flush"; readonly at: number; readonly flushed: Promise<void> }
  /** The next line has to be awaited. */
  | { readonly reason: "wait"; readonly at: number };

// All stores of a thread share these: what is in them is used before another caller can be served.

/** Where the lines are that are handed over. Its content is valid until the next await. */
export const batch = new LineBatch();

// The byte before a line, and the line, if they are not cached.
const buffer = new Uint8Array(1 + SHORT_LINE_MAX_BYTES);

/**
 * The lines of a text with an index.
 *
 * - As long as lines can be read without blocking, they are handed over without a promise.
 * - Otherwise a few lines are fetched ahead; other callers are served meanwhile.
 * - Every line is verified; the text is checked once for each batch that is read without a pause.
 */
export class LineStore implements Lines, AsyncDisposable {
  readonly count: number;
  readonly files: readonly LineFile[];
  /** Fetches lines that cannot be handed over at once. */
  readonly fetcher: LineFetcher;
  readonly #context: LineStoreContext;
  readonly #text: TextSource;
  readonly #cache: BlockCache;
  readonly #ranges: RangeReader;

  constructor(context: LineStoreContext) {
    this.count = context.index.lines;
    this.#context = context;
    this.#text = context.text;
    this.#cache = context.cache;
    const { name = context.text.name, text: { size } } = context;
    this.files = [{ name, firstLine: 1, lines: this.count, bytes: size }];
    this.fetcher = new LineFetcher(context);
    this.#ranges = new RangeReader(context);
  }

  read(
    numbers: readonly number[],
    sink: LineSink,
    signal?: AbortSignal,
  ): Promise<void> | undefined {
    const stop = this.#readReady(numbers, 0, sink);
    return stop === undefined ? undefined : this.#readRest(numbers, stop, sink, signal);
  }

  range(from: number, to: number, sink: RangeSink, signal?: AbortSignal): Promise<void> {
    return this.#ranges.read(from, to, sink, signal);
  }

  /** The size of the text. */
  get textBytes(): number {
    return this.#text.size;
  }

  check(): "unchanged" {
    this.#text.check();
    return "unchanged";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.files[Symbol.asyncDispose]();
  }

  /**
   * Why no line can be read any more; undefined if they can. The error was reported.
   *
   * @param nowMs of `performance.now()`
   */
  findChange(nowMs?: number): Error | undefined {
    try {
      this.#text.check(nowMs);
      return undefined;
    } catch (error) {
      return this.#report(error);
    }
  }

  /**
   * Locates lines of {@linkcode batch} as far as that does not block: all at once, because the processor waits for memory, and
   * can wait for many lines at a time.
   *
   * @param from the first of them in the batch
   * @param to the one after the last of them
   */
  locate(from: number, to: number): void {
    const { frames, index, pages } = this.#context;
    if (!frames.locate(batch, from, to)) peekPages(batch, index, pages, from, to);
  }

  /** Makes the processor load lines of {@linkcode batch} that were located. */
  prefetch(from: number, to: number): void {
    this.#cache.prefetch(batch.starts, batch.ends, from, to);
  }

  /**
   * Hands over a line of {@linkcode batch} that was located, or reports it as failed.
   *
   * @param i which of the batch
   * @param lineNumber what the sink is told
   * @returns false if that would block: then `fetcher` fetches it
   */
  handOver(i: number, lineNumber: number, sink: LineSink): boolean {
    const start = batch.starts[i]!;
    // The index may be of the file after it has grown, when its last line was continued.
    const end = Math.min(batch.ends[i]!, this.#text.size);
    if (start === NOT_LOCATED || end - start > SHORT_LINE_MAX_BYTES) return false;
    const lineInText = batch.lines[i]!;
    const isFirst = start === 0;
    const from = isFirst ? 0 : start - 1;
    let { bytes } = this.#cache;
    let at = -1;
    try {
      if (start >= end) throw notALine(this.#text.name, lineInText);
      at = this.#cache.locate(from, end);
      if (at < 0) {
        bytes = buffer;
        at = 0;
        if (!this.#text.tryRead(bytes.subarray(0, end - from), from)) return false;
      }
    } catch (error) {
      this.#fail(lineNumber, error, sink);
      return true;
    }
    const first = at + start - from;
    const last = at + end - from;
    const contentEnd = endOfContent(bytes, first, last, isFirst, end === this.#text.size);
    if (contentEnd >= 0) sink.line(bytes, first, contentEnd);
    else this.#fail(lineNumber, notALine(this.#text.name, lineInText), sink);
    return true;
  }

  // Hands over lines until the end, or until something has to be awaited.
  #readReady(numbers: readonly number[], from: number, sink: LineSink): Stop | undefined {
    const change = this.findChange();
    for (let start = from; start < numbers.length; start += BATCH_MAX_LINES) {
      const count = this.#fill(numbers, start);
      this.locate(0, count);
      if (count > 1) this.prefetch(0, count);
      for (let i = 0; i < count; i++) {
        const lineNumber = numbers[start + i]!;
        if (change !== undefined) sink.failed(lineNumber, change);
        else if (batch.lines[i] === 0) sink.missing(lineNumber);
        else if (!this.handOver(i, lineNumber, sink)) return { reason: "wait", at: start + i };
        const flushed = sink.flush();
        if (flushed !== undefined) return { reason: "flush", at: start + i + 1, flushed };
      }
    }
    return undefined;
  }

  #fill(numbers: readonly number[], from: number): number {
    batch.count = Math.min(numbers.length - from, BATCH_MAX_LINES);
    for (let i = 0; i < batch.count; i++) {
      const lineNumber = numbers[from + i]!;
      batch.lines[i] = this.#has(lineNumber) ? lineNumber : 0;
    }
    return batch.count;
  }

  async #readRest(
    numbers: readonly number[],
    first: Stop,
    sink: LineSink,
    signal?: AbortSignal,
  ): Promise<void> {
    for (let stop: Stop | undefined = first; stop !== undefined;) {
      let { at } = stop;
      if (stop.reason === "flush") await stop.flushed;
      else at += await fetchSome(this.#wanted(numbers, at), sink, signal);
      signal?.throwIfAborted();
      stop = this.#readReady(numbers, at, sink);
    }
  }

  #wanted(numbers: readonly number[], from: number): WantedLine[] {
    return numbers.slice(from, from + FETCH_AHEAD_LINES)
      .map((lineNumber) => ({ lineNumber, lineInText: lineNumber, source: this.fetcher }));
  }

  #has(lineNumber: number): boolean {
    return lineNumber >= 1 && lineNumber <= this.count;
  }

  #fail(lineNumber: number, error: unknown, sink: LineSink): void {
    sink.failed(lineNumber, this.#report(error));
  }

  #report(thrown: unknown): Error {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    this.#context.onError(error);
    return error;
  }
}
