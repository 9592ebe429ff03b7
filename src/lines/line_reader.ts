import { TextError } from "../text/text_error.ts";
import type { PositionalText } from "./positional_text.ts";
import { LF } from "../text/line_feed.ts";
import type { LineSpan } from "./line_span.ts";
import { TextCache } from "./text_cache.ts";

/** The longest line, its terminator included, that can be read at once. */
export const SHORT_LINE_MAX_BYTES = 64 * 1024;

/** The size of the pieces in which a line is streamed, but the last. */
export const PIECE_BYTES = 256 * 1024;

const CR = 13;

/** Bytes within others. A view of their own would cost more than most lines do. */
export interface ByteRange {
  /** What they stand in. */
  readonly bytes: Uint8Array;
  /** Where the first one stands. */
  readonly start: number;
  /** Behind the last one. */
  readonly end: number;
}

/** A line that is read as it is taken. */
export interface LineStream {
  /** Its length without its terminator. */
  readonly lineBytes: number;
  /** Its bytes without its terminator, read as they are taken. */
  readonly bytes: ReadableStream<Uint8Array>;
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
  // For lines that are not in memory: the byte before the line, and the line.
  readonly #buffer = new Uint8Array(1 + SHORT_LINE_MAX_BYTES);

  /**
   * Makes a reader of one text.
   *
   * @param text the caller closes it
   * @param cacheBytes memory for blocks of the text
   * @param checkText called before every read of a streamed line; throws where the text is no longer the one it was
   */
  constructor(text: PositionalText, cacheBytes: number = 0, checkText: () => void = () => {}) {
    this.#text = text;
    this.#cache = new TextCache(text, cacheBytes);
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
    return this.#read(span, false);
  }

  /** As `readAtHand`, of any line: the thread stands still until the disk answers. */
  read(span: LineSpan): ByteRange {
    return this.#read(span, true)!;
  }

  /**
   * Has a line read into the system's memory, while other work goes on.
   *
   * @throws {TextError} (as a rejection) where the text cannot be read there
   */
  async fetch(span: LineSpan): Promise<void> {
    if (span.end > this.#text.bytes) throw this.notALine(span);
    await this.#text.fetch(Math.max(0, span.start - 1), span.end);
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

  /**
   * Opens a line of any length, to be read in pieces as the consumer takes them.
   *
   * The ends are checked before this returns, what is within as it is read.
   *
   * @returns the line less its terminator; `bytes` fails with a {@linkcode TextError} where a
   * terminator stands within, or the text cannot be read
   * @throws {TextError} where no line begins or ends there, or the text cannot be read
   */
  stream(span: LineSpan): LineStream {
    const end = this.#contentEnd(span);
    let offset = span.start;
    const bytes = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        if (offset === end) return controller.close();
        const piece = new Uint8Array(Math.min(PIECE_BYTES, end - offset));
        this.#checkText();
        await this.#text.read(piece, offset);
        if (piece.includes(LF)) throw this.notALine(span);
        offset += piece.length;
        controller.enqueue(piece);
      },
    }, { highWaterMark: 0 });
    return { lineBytes: end - span.start, bytes };
  }

  // Where a line's last byte stands, plus one, after checking what stands around the line.
  #contentEnd(span: LineSpan): number {
    if (span.end <= span.start || span.end > this.#text.bytes) throw this.notALine(span);
    this.#checkText();
    if (span.start > 0) {
      const before = new Uint8Array(1);
      this.#text.readSync(before, 1, span.start - 1);
      if (before[0] !== LF) throw this.notALine(span);
    }
    const last = new Uint8Array(Math.min(2, span.end - span.start));
    this.#text.readSync(last, last.length, span.end - last.length);
    const newline = last.length - 1;
    if (last[newline] === LF) return span.end - last.length + withoutCr(last, 0, newline);
    if (span.end !== this.#text.bytes) throw this.notALine(span);
    return span.end;
  }

  /** What to throw where a line that was read has a terminator within. */
  notALine(span: LineSpan): TextError {
    return new TextError(
      `Text does not fit its index at line ${span.line}: ${this.#text.path}: ` +
        `it changed; make its index anew with "linesvr index --force"`,
    );
  }
}

// Where the content of a line ends whose LF stands at `newline`.
function withoutCr(bytes: Uint8Array, start: number, newline: number): number {
  return newline > start && bytes[newline - 1] === CR ? newline - 1 : newline;
}
