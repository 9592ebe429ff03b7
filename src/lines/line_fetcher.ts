import { type Layout, pageOfLine } from "../index/format/layout.ts";
import { LineBatch, type LineSpan, NOT_LOCATED, spanInPage } from "../pages/line_batch.ts";
import type { PageFrames } from "../pages/page_frames.ts";
import { type PageStore, peekPages } from "../pages/page_store.ts";
import type { BlockCache } from "../source/block_cache.ts";
import type { TextSource } from "../source/text_source.ts";
import type { LineSink } from "./lines.ts";
import { type LongLine, openLongLine, readInto } from "./long_line.ts";
import { endOfContent, notALine, SHORT_LINE_MAX_BYTES } from "./verify_line.ts";

/** What lines are fetched from. */
export interface LineFetcherContext {
  readonly index: Pick<Layout, "lines" | "linesPerPage">;
  readonly text: TextSource;
  /** The pages in memory. */
  readonly frames: Pick<PageFrames, "locate">;
  /** The other pages. */
  readonly pages: PageStore;
  readonly cache: BlockCache;
  /** Called with errors that people should see. */
  readonly onError: (error: Error) => void;
}

// How many lines are fetched ahead for one caller: at most this many short lines are held for it.
const FETCH_AHEAD_LINES = 8;

type Fetched =
  | { readonly kind: "missing" }
  | {
    readonly kind: "line";
    readonly bytes: Uint8Array;
    readonly start: number;
    readonly end: number;
  }
  | { readonly kind: "long"; readonly line: LongLine }
  | { readonly kind: "failed"; readonly error: Error };

/** Fetches lines that have to be awaited: index pages through the page loader, the text by other threads. */
export class LineFetcher {
  readonly #context: LineFetcherContext;
  readonly #text: TextSource;
  readonly #single = new LineBatch();

  constructor(context: LineFetcherContext) {
    this.#context = context;
    this.#text = context.text;
    this.#single.count = 1;
  }

  /**
   * Fetches a few lines side by side, and hands them over in order.
   *
   * @param from index of the first of them in `numbers`
   * @returns index after the last of them
   * @throws (as a rejection) what the sink threw
   */
  async fetchSome(
    numbers: readonly number[],
    from: number,
    sink: LineSink,
    signal?: AbortSignal,
  ): Promise<number> {
    const some = numbers.slice(from, from + FETCH_AHEAD_LINES);
    const fetching = some.map((lineNumber) => this.#fetch(lineNumber, signal));
    for (const [i, lineNumber] of some.entries()) {
      const fetched = await fetching[i]!;
      signal?.throwIfAborted();
      await this.#handOver(lineNumber, fetched, sink);
      await sink.flush();
    }
    return from + some.length;
  }

  async #handOver(lineNumber: number, fetched: Fetched, sink: LineSink): Promise<void> {
    switch (fetched.kind) {
      case "missing":
        return sink.missing(lineNumber);
      case "line":
        return sink.line(fetched.bytes, fetched.start, fetched.end);
      case "long":
        return await sink.longLine(fetched.line.byteLength, fetched.line.content);
      case "failed":
        this.#context.onError(fetched.error);
        return sink.failed(lineNumber, fetched.error);
    }
  }

  // Never rejects, since several run side by side.
  async #fetch(lineNumber: number, signal?: AbortSignal): Promise<Fetched> {
    const { lines } = this.#context.index;
    if (!(lineNumber >= 1 && lineNumber <= lines)) return { kind: "missing" };
    try {
      const located = this.#locate(lineNumber) ?? await this.#loadSpan(lineNumber);
      // As in `LineStore`: the last line may have been continued.
      const span = { ...located, end: Math.min(located.end, this.#text.size) };
      if (span.start >= span.end) throw notALine(this.#text.name, lineNumber);
      this.#text.check();
      if (span.end - span.start <= SHORT_LINE_MAX_BYTES) return await this.#read(span, signal);
      return { kind: "long", line: await openLongLine(this.#text, span, signal) };
    } catch (error) {
      return { kind: "failed", error: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  // As far as that takes no read that blocks.
  #locate(lineNumber: number): LineSpan | undefined {
    const { frames, index, pages } = this.#context;
    const batch = this.#single;
    batch.lines[0] = lineNumber;
    if (!frames.locate(batch)) peekPages(batch, index, pages);
    const start = batch.starts[0]!;
    return start === NOT_LOCATED ? undefined : { lineNumber, start, end: batch.ends[0]! };
  }

  async #loadSpan(lineNumber: number): Promise<LineSpan> {
    const { index, pages } = this.#context;
    const page = await pages.load(pageOfLine(index, lineNumber));
    return spanInPage(page, lineNumber, index.linesPerPage);
  }

  async #read(span: LineSpan, signal?: AbortSignal): Promise<Fetched> {
    const isFirst = span.start === 0;
    const from = isFirst ? 0 : span.start - 1;
    const bytes = await this.#readBlocks(from, span.end, signal);
    const start = span.start - from;
    const end = endOfContent(bytes, start, bytes.length, isFirst, span.end === this.#text.size);
    if (end < 0) throw notALine(this.#text.name, span.lineNumber);
    return { kind: "line", bytes, start, end };
  }

  // Whole blocks are read and cached; returns a copy of the part from `from` to `to`.
  async #readBlocks(from: number, to: number, signal?: AbortSignal): Promise<Uint8Array> {
    const { blockBytes, size } = this.#text;
    const part = new Uint8Array(to - from);
    for (let block = Math.floor(from / blockBytes); block * blockBytes < to; block++) {
      const offset = block * blockBytes;
      const bytes = new Uint8Array(Math.min(blockBytes, size - offset));
      await readInto(this.#text, bytes, offset, signal);
      // The text may have changed while it was awaited.
      this.#text.check();
      this.#context.cache.store(block, bytes);
      const first = Math.max(0, from - offset);
      part.set(bytes.subarray(first, Math.min(bytes.length, to - offset)), offset + first - from);
    }
    return part;
  }
}
