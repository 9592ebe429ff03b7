import type { Buffer } from "node:buffer";

export const LF = 10;
export const CR = 13;

/**
 * The lines of the file that a server serves. Results are stored in properties instead of being
 * returned, so that locating and comparing a line allocates nothing.
 *
 * - A line is what is between terminators, without its LF or CRLF. Empty lines count, and so does a
 *   last line without a terminator. An empty file has no line.
 * - All clients of a run share one instance: a result is valid until the next call.
 */
export interface ExpectedLines extends Disposable {
  readonly lineCount: number;
  readonly textBytes: number;
  /** The offset in the file of the line that was last located. */
  readonly lineStart: number;
  /** The length of that line, without its terminator. */
  readonly lineBytes: number;
  /** Contains the bytes that were last viewed, from {@linkcode viewAt} on. Must not be modified. */
  readonly view: Buffer;
  /** The position in {@linkcode view} of the bytes that were last viewed. */
  readonly viewAt: number;

  /**
   * Locates a line: sets {@linkcode lineStart} and {@linkcode lineBytes}.
   *
   * @param lineNumber 1 to `lineCount`
   * @throws {LoadFailure} if the file cannot be read any more
   */
  locate(lineNumber: number): void;

  /** Brings the first `count` of these lines, which will be compared next, into the processor's cache. */
  prefetch(lineNumbers: Float64Array, count: number): void;

  /**
   * Makes bytes of the file available in {@linkcode view}.
   *
   * @param start the offset of the first byte
   * @param bytes 1 or more, all within the file
   * @returns how many are available: 1 to `bytes`
   * @throws {LoadFailure} if the file cannot be read any more
   */
  viewText(start: number, bytes: number): number;
}
