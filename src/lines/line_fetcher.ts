import type { LineSpan } from "../pages/line_batch.ts";
import type { BlockCache } from "../source/block_cache.ts";
import type { TextSource } from "../source/text_source.ts";
import { LineLocator, type LineLocatorContext } from "./line_locator.ts";
import type { LineSink } from "./lines.ts";
import { type LongLine, openLongLine, readInto } from "./long_line.ts";
import { endOfContent, notALine, SHORT_LINE_MAX_BYTES } from "./verify_line.ts";

/** What lines are fetched from. */
export interface LineFetcherContext extends LineLocatorContext {
  readonly text: TextSource;
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
  readonly #locator: LineLocator;

  constructor(context: LineFetcherContext) {
    this.#context = context;
    this.#text = context.text;
    this.#locator = new LineLocator(context);
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
      const span = await this.#locator.locate(lineNumber);
      if (span.end > this.#text.size) throw notALine(this.#text.name, lineNumber);
      this.#text.check();
      if (span.end - span.start <= SHORT_LINE_MAX_BYTES) return await this.#read(span, signal);
      return { kind: "long", line: await openLongLine(this.#text, span, signal) };
    } catch (error) {
      return { kind: "failed", error: error instanceof Error ? error : new Error(String(error)) };
    }
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
