import { Buffer } from "node:buffer";
import { LF } from "../../src/source/line_feed.ts";
import { CR, type ExpectedLines } from "./expected_lines.ts";

/** For how many lines at a time memory is fetched. */
const PREFETCH_MAX_LINES = 64;

/**
 * The lines of a text that is held in memory. Takes the text's bytes and four to eight bytes a line.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { MemoryLines } from "./memory_lines.ts";
 *
 * const lines = new MemoryLines(new TextEncoder().encode("one\r\nthree"));
 * lines.locate(2);
 * assertEquals([lines.lineCount, lines.lineStart, lines.lineBytes], [2, 5, 5]);
 * ```
 */
export class MemoryLines implements ExpectedLines {
  /** How many lines there are, 0 to 2^30. */
  readonly lineCount: number;
  /** The whole text; a `Buffer`, because that compares natively. */
  readonly view: Buffer;
  /** Where the line that was last located begins. */
  lineStart = 0;
  /** How many bytes it has. */
  lineBytes = 0;
  /** Where the bytes begin that were last viewed. */
  viewAt = 0;
  // Where each line starts, and where one more would start if the last line had a terminator.
  readonly #starts: Uint32Array;
  readonly #ends = new Uint32Array(PREFETCH_MAX_LINES);
  // Keeps what `prefetch` reads from being thought useless, and left out.
  #prefetched = 0;

  /**
   * Finds the lines of a text.
   *
   * @param text at most 1 GiB; it is kept, not copied
   */
  constructor(text: Uint8Array<ArrayBuffer>) {
    this.view = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
    this.#starts = findStarts(text);
    this.lineCount = this.#starts.length - 1;
  }

  /** How many bytes the text has. */
  get textBytes(): number {
    return this.view.length;
  }

  /** Finds a line. */
  locate(lineNumber: number): void {
    const start = this.#starts[lineNumber - 1]!;
    const end = this.#starts[lineNumber]! - 1;
    // Where no LF follows, a CR at the end of the text belongs to the line.
    const hasLf = end < this.view.length;
    const hasCr = hasLf && end > start && this.view[end - 1] === CR;
    this.lineStart = start;
    this.lineBytes = end - start - (hasCr ? 1 : 0);
  }

  /** Reads a byte of each line: the processor waits for many places in memory at once. */
  prefetch(lineNumbers: Float64Array, count: number): void {
    const some = Math.min(count, PREFETCH_MAX_LINES);
    const ends = this.#ends;
    for (let i = 0; i < some; i++) ends[i] = this.#starts[lineNumbers[i]!]!;
    // Where the text has no LF at its end, its last line ends behind it.
    const last = this.view.length - 1;
    let sum = 0;
    for (let i = 0; i < some; i++) {
      sum += this.view[this.#starts[lineNumbers[i]! - 1]!]! + this.view[Math.min(ends[i]!, last)]!;
    }
    this.#prefetched = sum;
  }

  /** Makes bytes available: they are all there. */
  viewText(start: number, bytes: number): number {
    this.viewAt = start;
    return bytes;
  }

  /** Has nothing to close. */
  [Symbol.dispose](): void {}
}

function findStarts(text: Uint8Array): Uint32Array {
  let starts = new Uint32Array(Math.ceil(text.length / 32) + 2);
  let count = 1;
  for (let lf = text.indexOf(LF); lf >= 0; lf = text.indexOf(LF, lf + 1)) {
    if (count + 2 > starts.length) starts = grow(starts);
    starts[count++] = lf + 1;
  }
  const isTerminated = starts[count - 1] === text.length;
  if (!isTerminated) starts[count++] = text.length + 1;
  return starts.subarray(0, count);
}

function grow(starts: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(starts.length * 2);
  larger.set(starts);
  return larger;
}
