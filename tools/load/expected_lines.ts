import { Buffer } from "node:buffer";
import { LoadFailure } from "./load_failure.ts";

/** The largest file held in memory, in bytes: 1 GiB. */
export const FILE_MAX_BYTES = 2 ** 30;

const LF = 10;
const CR = 13;

/**
 * The lines of a text file, held in memory: what a server must answer.
 *
 * - A line is what stands between terminators, less its LF or CRLF. Empty lines count, and so does a
 *   last line without a terminator. An empty text has no line.
 * - Takes the text's bytes and four to eight bytes a line.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { ExpectedLines } from "./expected_lines.ts";
 *
 * const lines = new ExpectedLines(new TextEncoder().encode("one\r\nthree"));
 * assertEquals(lines.lineCount, 2);
 * assertEquals([lines.startOf(2), lines.byteCountOf(2)], [5, 5]);
 * ```
 */
export class ExpectedLines {
  /** The whole text; a `Buffer`, because that compares natively. Not to be changed. */
  readonly text: Buffer;
  /** How many lines there are, 0 to 2^30. */
  readonly lineCount: number;
  // Where each line starts, and where one more would start if the last line had a terminator.
  readonly #starts: Uint32Array;

  /**
   * Finds the lines of a text.
   *
   * @param text At most {@linkcode FILE_MAX_BYTES} bytes; it is kept, not copied.
   */
  constructor(text: Uint8Array<ArrayBuffer>) {
    this.text = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
    this.#starts = findStarts(text);
    this.lineCount = this.#starts.length - 1;
  }

  /**
   * Reads a file.
   *
   * @param path A regular file of at most {@linkcode FILE_MAX_BYTES} bytes, with one line or more.
   * @throws {LoadFailure} It cannot be read, is too large, or has no line.
   */
  static async read(path: string): Promise<ExpectedLines> {
    const lines = new ExpectedLines(await readBytes(path));
    if (lines.lineCount > 0) return lines;
    throw new LoadFailure(`File without a line: ${path}: name one that has lines to ask for`);
  }

  /**
   * Where a line's first byte is.
   *
   * @param lineNumber 1 to `lineCount`.
   * @returns A position in `text`.
   */
  startOf(lineNumber: number): number {
    return this.#starts[lineNumber - 1]!;
  }

  /**
   * How many bytes a line has, without its terminator.
   *
   * @param lineNumber 1 to `lineCount`.
   */
  byteCountOf(lineNumber: number): number {
    const start = this.#starts[lineNumber - 1]!;
    const end = this.#starts[lineNumber]! - 1;
    // Where no LF follows, a CR at the end of the file belongs to the line.
    const hasLf = end < this.text.length;
    return hasLf && end > start && this.text[end - 1] === CR ? end - 1 - start : end - start;
  }
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

async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    using file = await Deno.open(path);
    const { isFile, size: fileBytes } = await file.stat();
    if (!isFile) throw new LoadFailure(`Not a file: ${path}: name a text file`);
    if (fileBytes > FILE_MAX_BYTES) throw new LoadFailure(tooLarge(path, fileBytes));
    const text = new Uint8Array(fileBytes);
    for (let filled = 0; filled < fileBytes;) {
      const count = await file.read(text.subarray(filled));
      if (count === null) throw new LoadFailure(`File became shorter: ${path}: try again`);
      filled += count;
    }
    return text;
  } catch (error) {
    throw error instanceof LoadFailure ? error : new LoadFailure(cannotRead(path, error));
  }
}

function tooLarge(path: string, fileBytes: number): string {
  return `File too large: ${path}: ${fileBytes} bytes, but the load program holds it in memory: ` +
    `take one of ${FILE_MAX_BYTES} bytes (1 GiB) at most`;
}

function cannotRead(path: string, error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return `No such file: ${path}: correct --file`;
  const [what] = (error instanceof Error ? error.message : String(error)).split(/[\r\n]/);
  return `Cannot read file: ${path}: ${what}: name a file that you may read`;
}
