/**
 * All that a protocol may know of the data. It gets verified bytes, or an error.
 *
 * @module
 */

import type { LineFile } from "./line_files.ts";

/** The lines of one or more texts, by number. */
export interface Lines {
  /** How many lines there are. */
  readonly count: number;
  /** Where the lines come from: one file or more. */
  readonly files: readonly LineFile[];
  /**
   * Hands lines to a sink, in the order of `numbers`. For each number exactly one of the sink's `line`,
   * `longLine`, `missing` and `failed` is called.
   *
   * @param numbers integers, or numbers too large to be exact; those below 1 or above `count` are missing
   * @param signal ends the reading
   * @returns undefined if everything was handed over before it returned: that costs no promise
   * @throws what the sink threw: at once, or as a rejection if there was something to await before
   * @throws (as a rejection) the signal's reason
   */
  read(
    numbers: readonly number[],
    sink: LineSink,
    signal?: AbortSignal,
  ): Promise<void> | undefined;
  /**
   * Hands consecutive lines to a sink: the fast way to read many of them. Each chunk of whole lines is verified:
   * a line begins at its start, a line ends at its end, and it has as many line ends as the index says.
   *
   * @param from 1 or more
   * @param to `from` to `count`
   * @param signal ends the reading
   * @returns resolves when all lines were handed over, or the sink's `failed` was called
   * @throws (as a rejection) what the sink threw; the signal's reason; or, after the first line was handed over,
   * the error for a line that cannot be read
   */
  range(from: number, to: number, sink: RangeSink, signal?: AbortSignal): Promise<void>;
}

/** Receives consecutive lines, in chunks. */
export interface RangeSink {
  /**
   * Whole lines as they are in their file, with their terminators (the last line of a file may lack it).
   *
   * @param bytes valid until the next call has resolved
   * @param hasCr whether there is a CR in them
   * @returns resolves once the bytes of the calls before have been used
   */
  lines(bytes: Uint8Array, hasCr: boolean): Promise<void> | undefined;
  /** As {@linkcode LineSink.longLine}. */
  longLine(byteLength: number, content: ReadableStream<Uint8Array>): Promise<void>;
  /** Nothing can be read: called instead of all the others. The error's message is one line for people. */
  failed(error: Error): void;
}

/** Receives lines. */
export interface LineSink {
  /**
   * A verified line, without its terminator.
   *
   * @param bytes valid during the call; the line is `bytes[start]` to `bytes[end - 1]`
   */
  line(bytes: Uint8Array, start: number, end: number): void;
  /**
   * A line that is too long to be held in memory.
   *
   * @param content is to be read to its end; fails with an error if the rest turns out to be wrong
   * @returns resolves when `content` has been read
   */
  longLine(byteLength: number, content: ReadableStream<Uint8Array>): Promise<void>;
  /** There is no line of that number. */
  missing(lineNumber: number): void;
  /** The line exists, but it cannot be read. The error's message is one line for people. */
  failed(lineNumber: number, error: Error): void;
  /** Called after each line: returns a promise if so much is buffered that it must be sent first. */
  flush(): Promise<void> | undefined;
}
