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

/** How many lines are fetched ahead for one caller at most. */
export const FETCH_AHEAD_LINES = 32;

/** How many bytes are fetched ahead for one caller, except for a single longer line. */
export const FETCH_AHEAD_BYTES: number = 512 * 1024;

/** What became of a line that was to be fetched. */
export type Fetched =
  | { readonly kind: "missing" }
  | {
    readonly kind: "line";
    readonly bytes: Uint8Array;
    readonly start: number;
    readonly end: number;
  }
  | { readonly kind: "long"; readonly line: LongLine }
  | { readonly kind: "failed"; readonly error: Error };

/** A line that is to be fetched. */
export interface WantedLine {
  /** As the sink is told. */
  readonly lineNumber: number;
  /** Its number in the text of `source`. */
  readonly lineInText: number;
  readonly source: LineSource;
}

/** Where wanted lines come from. None of its methods rejects, since several run side by side. */
export interface LineSource {
  locate(lineInText: number): Promise<Located>;
  fetch(located: Located, signal?: AbortSignal): Promise<Fetched>;
  /** Called with the error of a line that is reported to the sink as failed. */
  report(error: Error): void;
}

/**
 * Fetches some of the lines side by side, in the order of their texts, and hands them over in order.
 *
 * @param wanted one or more; {@linkcode FETCH_AHEAD_LINES} at most
 * @returns how many of them were handed over: one at least
 * @throws (as a rejection) what the sink threw
 */
export async function fetchSome(
  wanted: readonly WantedLine[],
  sink: LineSink,
  signal?: AbortSignal,
): Promise<number> {
  const located = await Promise.all(wanted.map((one) => one.source.locate(one.lineInText)));
  signal?.throwIfAborted();
  const count = fittingCount(located);
  const fetching = fetchInTextOrder(wanted.slice(0, count), located, signal);
  for (let i = 0; i < count; i++) {
    const fetched = await fetching[i]!;
    signal?.throwIfAborted();
    await handOver(wanted[i]!, fetched, sink);
    await sink.flush();
  }
  return count;
}

// Of several texts, the order does not matter.
function fetchInTextOrder(
  wanted: readonly WantedLine[],
  located: readonly Located[],
  signal?: AbortSignal,
): Promise<Fetched>[] {
  const fetching: Promise<Fetched>[] = Array(wanted.length);
  const order = wanted.map((_, i) => i).sort((a, b) => startOf(located[a]!) - startOf(located[b]!));
  for (const i of order) fetching[i] = wanted[i]!.source.fetch(located[i]!, signal);
  return fetching;
}

async function handOver(
  { lineNumber, source }: WantedLine,
  fetched: Fetched,
  sink: LineSink,
): Promise<void> {
  switch (fetched.kind) {
    case "missing":
      return sink.missing(lineNumber);
    case "line":
      return sink.line(fetched.bytes, fetched.start, fetched.end);
    case "long":
      return await sink.longLine(fetched.line.byteLength, fetched.line.content);
    case "failed":
      source.report(fetched.error);
      return sink.failed(lineNumber, fetched.error);
  }
}

/** The lines of a text that could not be opened. */
export function failedSource(error: Error): LineSource {
  const failure = Promise.resolve({ kind: "failed", error } as const);
  return {
    locate: () => failure,
    fetch: () => failure,
    // It was reported when the text could not be opened.
    report() {},
  };
}

/** Fetches lines that have to be awaited: index pages through the page loader, the text by other threads. */
export class LineFetcher implements LineSource {
  readonly #context: LineFetcherContext;
  readonly #text: TextSource;
  readonly #locator: LineLocator;
  // Blocks that are being read: lines that are near each other share a read.
  readonly #reading = new Map<number, Promise<Uint8Array>>();

  constructor(context: LineFetcherContext) {
    this.#context = context;
    this.#text = context.text;
    this.#locator = new LineLocator(context);
  }

  report(error: Error): void {
    this.#context.onError(error);
  }

  async locate(lineNumber: number): Promise<Located> {
    const { lines } = this.#context.index;
    if (!(lineNumber >= 1 && lineNumber <= lines)) return { kind: "missing" };
    try {
      const located = await this.#locator.locate(lineNumber);
      // As in `LineStore`: the last line may have been continued.
      const span = { ...located, end: Math.min(located.end, this.#text.size) };
      if (span.start >= span.end) throw notALine(this.#text.name, lineNumber);
      return { kind: "span", span };
    } catch (error) {
      return failed(error);
    }
  }

  async fetch(located: Located, signal?: AbortSignal): Promise<Fetched> {
    if (located.kind !== "span") return located;
    const { span } = located;
    try {
      this.#text.check();
      if (span.end - span.start <= SHORT_LINE_MAX_BYTES) return await this.#read(span, signal);
      return { kind: "long", line: await openLongLine(this.#text, span, signal) };
    } catch (error) {
      return failed(error);
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
    const { blockBytes } = this.#text;
    const part = new Uint8Array(to - from);
    for (let block = Math.floor(from / blockBytes); block * blockBytes < to; block++) {
      const offset = block * blockBytes;
      const bytes = await this.#readBlock(block);
      signal?.throwIfAborted();
      // The text may have changed while it was awaited.
      this.#text.check();
      const first = Math.max(0, from - offset);
      part.set(bytes.subarray(first, Math.min(bytes.length, to - offset)), offset + first - from);
    }
    return part;
  }

  // Without a signal, since several callers may wait for it.
  #readBlock(block: number): Promise<Uint8Array> {
    const shared = this.#reading.get(block);
    if (shared !== undefined) return shared;
    const { blockBytes, size } = this.#text;
    const offset = block * blockBytes;
    const bytes = new Uint8Array(Math.min(blockBytes, size - offset));
    const reading = readInto(this.#text, bytes, offset).then(() => {
      this.#text.check();
      this.#context.cache.store(block, bytes);
      return bytes;
    }).finally(() => this.#reading.delete(block));
    this.#reading.set(block, reading);
    return reading;
  }
}

/** Where a line is, if it can be fetched. */
export type Located =
  | { readonly kind: "missing" }
  | { readonly kind: "span"; readonly span: LineSpan }
  | { readonly kind: "failed"; readonly error: Error };

function failed(thrown: unknown): { readonly kind: "failed"; readonly error: Error } {
  return { kind: "failed", error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
}

function startOf(located: Located): number {
  return located.kind === "span" ? located.span.start : 0;
}

// How many of the lines are fetched together: one at least.
function fittingCount(located: readonly Located[]): number {
  let bytes = 0;
  for (let i = 0; i < located.length; i++) {
    const one = located[i]!;
    if (one.kind !== "span") continue;
    bytes += Math.min(one.span.end - one.span.start, SHORT_LINE_MAX_BYTES);
    if (bytes > FETCH_AHEAD_BYTES) return Math.max(i, 1);
  }
  return located.length;
}
