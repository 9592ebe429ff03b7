import type { Buffer } from "node:buffer";

/**
 * The lines of a text: what a server must answer. Made for a comparison in place: what it finds it
 * puts into its own properties, so that nothing is allocated for a line.
 *
 * - A line is what stands between terminators, less its LF or CRLF. Empty lines count, and so does a
 *   last line without a terminator. An empty text has no line.
 * - One of them serves all clients of a run: what it found holds until the next call.
 */
export interface ExpectedLines extends Disposable {
  /** How many lines there are. */
  readonly lineCount: number;
  /** How many bytes the text has. */
  readonly textBytes: number;
  /** Where the line that was last located begins in the text. */
  readonly lineStart: number;
  /** How many bytes the line has that was last located, without its terminator. */
  readonly lineBytes: number;
  /** Holds what was last viewed, from {@linkcode viewAt} on. Not to be changed. */
  readonly view: Buffer;
  /** Where in {@linkcode view} the bytes begin that were asked for. */
  readonly viewAt: number;

  /**
   * Finds a line: {@linkcode lineStart} and {@linkcode lineBytes} are then its.
   *
   * @param lineNumber 1 to `lineCount`
   * @throws {TextError} where the text can no longer be read
   */
  locate(lineNumber: number): void;

  /**
   * Has the processor fetch lines that will be located next, where that takes long and can be done for
   * many at once.
   *
   * @param lineNumbers 1 to `lineCount` each
   * @param count how many of them are meant
   */
  prefetch(lineNumbers: Float64Array, count: number): void;

  /**
   * Makes bytes of the text available in {@linkcode view}.
   *
   * @param start where in the text they begin
   * @param bytes how many are wanted, 1 or more, all within the text
   * @returns how many there are: 1 to `bytes`
   * @throws {TextError} where the text can no longer be read
   */
  viewText(start: number, bytes: number): number;
}

/** The byte that may stand before the LF of a terminator. */
export const CR = 13;
