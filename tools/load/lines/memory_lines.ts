import { Buffer } from "node:buffer";
import { CR, type ExpectedLines, LF } from "./expected_lines.ts";

/** The most lines that are prefetched at a time. */
const PREFETCH_LINES_MAX = 64;

/** The lines of a file that is held in memory. Takes the file's size and four to eight bytes a line. */
export class MemoryLines implements ExpectedLines {
  readonly lineCount: number;
  /** The whole file. A `Buffer`, because its comparison is native code. */
  readonly view: Buffer;
  lineStart = 0;
  lineBytes = 0;
  viewAt = 0;
  /** The offset of each line, and of the line that would follow the last one. */
  readonly #starts: Uint32Array;
  readonly #ends = new Uint32Array(PREFETCH_LINES_MAX);
  // Keeps the compiler from removing the reads of prefetch().
  #prefetched = 0;

  /** @param text at most 1 GiB; it is not copied */
  constructor(text: Uint8Array<ArrayBuffer>) {
    this.view = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
    this.#starts = findStarts(text);
    this.lineCount = this.#starts.length - 1;
  }

  get textBytes(): number {
    return this.view.length;
  }

  locate(lineNumber: number): void {
    const start = this.#starts[lineNumber - 1]!;
    const end = this.#starts[lineNumber]! - 1;
    // Without an LF, a CR at the end of the file belongs to the line.
    const hasLf = end < this.view.length;
    const hasCr = hasLf && end > start && this.view[end - 1] === CR;
    this.lineStart = start;
    this.lineBytes = end - start - (hasCr ? 1 : 0);
  }

  // Reads bytes of all lines in one loop, so that the processor waits for their memory in parallel.
  prefetch(lineNumbers: Float64Array, count: number): void {
    const lineCount = Math.min(count, PREFETCH_LINES_MAX);
    const ends = this.#ends;
    for (let i = 0; i < lineCount; i++) ends[i] = this.#starts[lineNumbers[i]!]!;
    // The last line ends after the last byte if it has no LF.
    const last = this.view.length - 1;
    let sum = 0;
    for (let i = 0; i < lineCount; i++) {
      sum += this.view[this.#starts[lineNumbers[i]! - 1]!]! + this.view[Math.min(ends[i]!, last)]!;
    }
    this.#prefetched = sum;
  }

  viewText(start: number, bytes: number): number {
    this.viewAt = start;
    return bytes;
  }

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
