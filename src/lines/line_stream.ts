import { LF } from "../source/line_feed.ts";
import { TextError } from "../source/text_error.ts";
import type { LineSpan } from "../pages/line_span.ts";

/** The size of the pieces in which a line is streamed, but the last. */
export const PIECE_BYTES = 256 * 1024;

const CR = 13;

/** A text that can be read at any position. */
export interface ReadableText {
  /** The path it was opened by. */
  readonly path: string;
  /** Its size. */
  readonly bytes: number;
  /** Reads at a position, without waiting. */
  readSync(into: Uint8Array, bytes: number, offset: number): void;
  /** Fills `into` from a position, while other work may go on. */
  read(into: Uint8Array, offset: number): Promise<void>;
}

/** A line that is read as it is taken. */
export interface LineStream {
  /** Its length without its terminator. */
  readonly lineBytes: number;
  /** Its bytes without its terminator, read as they are taken. */
  readonly bytes: ReadableStream<Uint8Array>;
}

/**
 * Opens a line of any length, to be read in pieces as the consumer takes them.
 *
 * The ends are checked before this returns, what is within as it is read.
 *
 * @param checkText called before every read; throws where the text is no longer the one it was
 * @returns the line less its terminator; `bytes` fails with a {@linkcode TextError} where a terminator
 * stands within, or the text cannot be read
 * @throws {TextError} where no line begins or ends there, or the text cannot be read
 */
export function streamLine(
  text: ReadableText,
  span: LineSpan,
  checkText: () => void,
): LineStream {
  if (span.end <= span.start || span.end > text.bytes) throw notALine(text, span);
  checkText();
  const end = contentEnd(text, span);
  let offset = span.start;
  const bytes = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      if (offset === end) return controller.close();
      const piece = new Uint8Array(Math.min(PIECE_BYTES, end - offset));
      checkText();
      await text.read(piece, offset);
      if (piece.includes(LF)) throw notALine(text, span);
      offset += piece.length;
      controller.enqueue(piece);
    },
  }, { highWaterMark: 0 });
  return { lineBytes: end - span.start, bytes };
}

// Where a line's last byte stands, plus one, after checking what stands around the line.
function contentEnd(text: ReadableText, span: LineSpan): number {
  if (span.start > 0) {
    const before = new Uint8Array(1);
    text.readSync(before, 1, span.start - 1);
    if (before[0] !== LF) throw notALine(text, span);
  }
  const last = new Uint8Array(Math.min(2, span.end - span.start));
  text.readSync(last, last.length, span.end - last.length);
  const newline = last.length - 1;
  if (last[newline] === LF) return span.end - last.length + withoutCr(last, 0, newline);
  if (span.end !== text.bytes) throw notALine(text, span);
  return span.end;
}

/** What to throw where a text has no line where its index says. */
export function notALine(text: { readonly path: string }, span: LineSpan): TextError {
  return new TextError(
    `Text does not fit its index at line ${span.line}: ${text.path}: ` +
      `it changed; make its index anew with "linesvr index --force"`,
  );
}

/**
 * Where the content of a line ends that ends with an LF.
 *
 * @param bytes where the line stands
 * @param start its first byte
 * @param newline its LF
 */
export function withoutCr(bytes: Uint8Array, start: number, newline: number): number {
  return newline > start && bytes[newline - 1] === CR ? newline - 1 : newline;
}
