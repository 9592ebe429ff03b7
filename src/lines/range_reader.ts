import { LF, type TextSource } from "../source/text_source.ts";
import { chunk, CHUNK_MAX_BYTES, countNewlines, hasCr, memory } from "./line_ends.wasm";
import { LineLocator, type LineLocatorContext } from "./line_locator.ts";
import type { RangeSink } from "./lines.ts";
import { type LongLine, openLongLine, readInto } from "./long_line.ts";
import { notALine } from "./verify_line.ts";

/** What ranges are read from. */
export interface RangeReaderContext extends LineLocatorContext {
  readonly text: TextSource;
  /** Called with errors that people should see. */
  readonly onError: (error: Error) => void;
}

/** The most bytes of whole lines that are read and handed over at a time. A longer line counts as long. */
// A number in any case: older runtimes import the global itself.
export const RANGE_CHUNK_BYTES: number = Number(CHUNK_MAX_BYTES);

const chunkBytes = new Uint8Array(memory.buffer, chunk, RANGE_CHUNK_BYTES);

/** Consecutive lines, and where they are in the text. */
interface LinesSpan {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
}

/** Verified lines, up to line `to`. */
type Found =
  | {
    readonly kind: "lines";
    readonly to: number;
    readonly bytes: Uint8Array;
    readonly hasCr: boolean;
  }
  | { readonly kind: "long"; readonly to: number; readonly line: LongLine };

/**
 * The memory for the chunks of one range. While a chunk is being sent, the next one is read: so there are two
 * buffers in turn. New memory for each chunk would take longer than reading it.
 */
class ChunkBuffers {
  readonly #buffers: Uint8Array[] = [];
  #chunks = 0;

  /** @param isLast whether no further chunk follows */
  next(bytes: number, isLast: boolean): Uint8Array {
    const i = this.#chunks++ % 2;
    // The byte before the lines is read too.
    if (this.#buffers[i] === undefined && isLast) return new Uint8Array(bytes);
    return (this.#buffers[i] ??= new Uint8Array(RANGE_CHUNK_BYTES + 1)).subarray(0, bytes);
  }
}

/**
 * Reads consecutive lines, chunk by chunk. A chunk ends where the index says that a line ends, and is verified as a
 * whole, which costs much less than verifying each line.
 */
export class RangeReader {
  readonly #text: TextSource;
  readonly #locator: LineLocator;
  readonly #onError: (error: Error) => void;

  constructor(context: RangeReaderContext) {
    this.#text = context.text;
    this.#locator = new LineLocator(context);
    this.#onError = context.onError;
  }

  /** See `Lines.range`. */
  async read(from: number, to: number, sink: RangeSink, signal?: AbortSignal): Promise<void> {
    const buffers = new ChunkBuffers();
    for (let next = from; next <= to;) {
      const found = await this.#tryNext(next, to, buffers, signal);
      signal?.throwIfAborted();
      if (found instanceof Error) {
        this.#onError(found);
        if (next > from) throw found;
        return sink.failed(found);
      }
      if (found.kind === "lines") await sink.lines(found.bytes, found.hasCr);
      else await sink.longLine(found.line.byteLength, found.line.content);
      next = found.to + 1;
    }
  }

  async #tryNext(
    from: number,
    to: number,
    buffers: ChunkBuffers,
    signal?: AbortSignal,
  ): Promise<Found | Error> {
    try {
      const span = await this.#spanFrom(from, to);
      if (span.start >= span.end) throw notALine(this.#text.name, from);
      this.#text.check();
      if (span.end - span.start <= RANGE_CHUNK_BYTES) {
        return await this.#readLines(span, buffers, span.to === to, signal);
      }
      const line = await openLongLine(this.#text, { ...span, lineNumber: from }, signal);
      return { kind: "long", to: from, line };
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  // As many lines as fit into a chunk, or a single one that does not. The step to the next end that is looked at
  // doubles while it fits, then halves: lines far ahead, whose pages may not be in memory, are not looked at.
  async #spanFrom(from: number, to: number): Promise<LinesSpan> {
    const { start, end: firstEnd } = await this.#locator.locate(from);
    let last = { lineNumber: from, end: firstEnd };
    let step = 1;
    for (let grows = true; step >= 1;) {
      const lineNumber = last.lineNumber + step;
      const end = lineNumber <= to ? (await this.#locator.locate(lineNumber)).end : Infinity;
      const fits = end - start <= RANGE_CHUNK_BYTES;
      if (fits) last = { lineNumber, end };
      grows &&= fits;
      step = grows ? step * 2 : step / 2;
    }
    // As in `LineStore`: the last line may have been continued.
    return { from, to: last.lineNumber, start, end: Math.min(last.end, this.#text.size) };
  }

  async #readLines(
    span: LinesSpan,
    buffers: ChunkBuffers,
    isLast: boolean,
    signal?: AbortSignal,
  ): Promise<Found> {
    const isFirst = span.start === 0;
    const offset = isFirst ? 0 : span.start - 1;
    const buffer = buffers.next(span.end - offset, isLast);
    await readInto(this.#text, buffer, offset, signal);
    // The text may have changed while it was awaited.
    this.#text.check();
    const bytes = isFirst ? buffer : buffer.subarray(1);
    if (!isFirst && buffer[0] !== LF || !this.#areLines(bytes, span)) {
      throw notALine(this.#text.name, span.from);
    }
    return { kind: "lines", to: span.to, bytes, hasCr: Boolean(hasCr()) };
  }

  #areLines(bytes: Uint8Array, { from, to, end }: LinesSpan): boolean {
    const isTerminated = bytes[bytes.length - 1] === LF;
    if (!isTerminated && end !== this.#text.size) return false;
    chunkBytes.set(bytes);
    return countNewlines(bytes.length) === to - from + (isTerminated ? 1 : 0);
  }
}
