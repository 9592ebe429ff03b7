import { LF } from "../source/line_feed.ts";
import type { TextError } from "../source/text_error.ts";
import { FetchThrottle } from "../source/local/fetch_throttle.ts";
import type { LineBatch } from "../pages/line_batch.ts";
import type { LineSpan } from "../pages/line_span.ts";
import { type LineStream, notALine, streamLine, withoutCr } from "./line_stream.ts";
import type { PositionalText } from "../source/local/positional_text.ts";
import { TextCache } from "../source/block_cache.ts";

/** The longest line, its terminator included, that can be read at once. */
export const SHORT_LINE_MAX_BYTES = 64 * 1024;

/** Bytes within others. A view of their own would cost more than most lines do. */
export interface ByteRange {
  /** What they stand in. */
  readonly bytes: Uint8Array;
  /** Where the first one stands. */
  readonly start: number;
  /** Behind the last one. */
  readonly end: number;
}

/**
 * Reads lines out of a text, and checks each: a terminator or the text's start must stand before it,
 * a terminator or the text's end after it, and no terminator within. Within a line that is read at
 * once, its reader looks while copying it: see {@linkcode LineReader.readAtHand}.
 */
export class LineReader {
  readonly #text: PositionalText;
  readonly #checkText: () => void;
  readonly #cache: TextCache;
  readonly #throttle = new FetchThrottle();
  // For lines that are not in memory: the byte before the line, and the line.
  readonly #buffer = new Uint8Array(1 + SHORT_LINE_MAX_BYTES);

  /**
   * Makes a reader of one text.
   *
   * @param text the caller closes it
   * @param cache keeps blocks of it
   * @param checkText called before every read of a streamed line; throws where the text is no longer the one it was
   */
  constructor(
    text: PositionalText,
    cache: TextCache = new TextCache(text, 0),
    checkText: () => void = () => {},
  ) {
    this.#text = text;
    this.#cache = cache;
    this.#checkText = checkText;
  }

  /**
   * Reads a line at once, where that should not have to wait for the disk. Whether the text has changed
   * is for the caller to check before.
   *
   * @param span of {@linkcode SHORT_LINE_MAX_BYTES} at most
   * @returns where its bytes stand, less the terminator, until the next call. If an LF is among them, it
   * is no line: then {@linkcode notALine} is to be thrown. `undefined` where the line is to be fetched
   * first
   * @throws {TextError} where there is no such line, or the text cannot be read
   */
  readAtHand(span: LineSpan): ByteRange | undefined {
    const line = this.#read(span, false);
    if (line !== undefined) this.#throttle.noteAtHand();
    return line;
  }

  /** Has the processor fetch lines that will be read next; see {@linkcode TextCache.prefetch}. */
  prefetch({ starts, ends, count }: LineBatch): void {
    this.#cache.prefetch(starts, ends, count);
  }

  /** As `readAtHand`, whether it is at hand or not: the thread stands still until the disk answers. */
  read(span: LineSpan): ByteRange {
    return this.#read(span, true)!;
  }

  /** Whether a line can be read without waiting for the disk, as far as one can tell. */
  isAtHand(span: LineSpan): boolean {
    return this.#text.isAtHand(Math.max(0, span.start - 1), span.end);
  }

  /**
   * Has a line read into the system's memory, while other work goes on: a near disk is waited for, but
   * not so often that others are held up, see {@linkcode FetchThrottle}.
   *
   * @throws {TextError} (as a rejection) where the text cannot be read there
   */
  async fetch(span: LineSpan): Promise<void> {
    if (span.end > this.#text.bytes) throw this.notALine(span);
    const from = Math.max(0, span.start - 1);
    if (this.#text.isDiskNear) await this.#throttle.pass(() => !this.#text.wasRead(from, span.end));
    await this.#text.fetch(from, span.end);
  }

  /**
   * As `fetch`, but only where a line begins and ends: what {@linkcode LineReader.stream} looks at first.
   *
   * @throws {TextError} (as a rejection) where the text cannot be read there
   */
  async fetchEnds(span: LineSpan): Promise<void> {
    for (const end of [{ ...span, end: span.start + 1 }, { ...span, start: span.end - 1 }]) {
      if (!this.isAtHand(end)) await this.fetch(end);
    }
  }

  #read(span: LineSpan, mayWait: boolean): ByteRange | undefined {
    if (span.end <= span.start || span.end > this.#text.bytes) throw this.notALine(span);
    // The byte before the line is read too: it must be a terminator.
    const from = Math.max(0, span.start - 1);
    const at = this.#cache.locate(from, span.end);
    if (at >= 0) return this.#checkedEnds(this.#cache.bytes, at + span.start - from, span);
    if (!mayWait && !this.#text.isAtHand(from, span.end)) return undefined;
    this.#text.readSync(this.#buffer, span.end - from, from);
    return this.#checkedEnds(this.#buffer, span.start - from, span);
  }

  #checkedEnds(bytes: Uint8Array, start: number, span: LineSpan): ByteRange {
    if (span.start > 0 && bytes[start - 1] !== LF) throw this.notALine(span);
    const end = start + span.end - span.start;
    if (bytes[end - 1] === LF) return { bytes, start, end: withoutCr(bytes, start, end - 1) };
    if (span.end !== this.#text.bytes) throw this.notALine(span);
    return { bytes, start, end };
  }

  /** Opens a line of any length, to be read in pieces; see {@linkcode streamLine}. */
  stream(span: LineSpan): LineStream {
    return streamLine(this.#text, span, this.#checkText);
  }

  /** What to throw where a line that was read has a terminator within. */
  notALine(span: LineSpan): TextError {
    return notALine(this.#text, span);
  }
}
