import { cannotRead, LoadFailure } from "../load_failure.ts";
import { LF } from "./expected_lines.ts";

/** The most anchors of a file: at 16 bytes each, they take 64 MiB. */
const ANCHORS_MAX = 2 ** 22;

/** Closer anchors would not save any reading: one read returns this much anyway. */
const SPACING_MIN_BYTES = 2 * 1024;

const CHUNK_BYTES = 1024 * 1024;

/** Options of {@linkcode LineAnchors.scan}. */
export interface ScanOptions {
  /** Aborts the scan with its reason. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((doneBytes: number, allBytes: number) => void) | undefined;
}

/**
 * The offsets of some lines of a large file: enough of them to find any line by reading a little.
 *
 * - The first line is an anchor, and then each line that starts at least `spacingBytes` after the
 *   previous anchor. So any other line starts within `spacingBytes` after an anchor, and a line that
 *   ends further away is followed by an anchor.
 * - The server's index is not used, so errors in the index are found.
 */
export class LineAnchors {
  readonly spacingBytes: number;
  readonly #numbers: Float64Array;
  readonly #starts: Float64Array;
  #count = 0;
  #lineCount = 0;
  #lastLineFeed = -1;

  private constructor(textBytes: number) {
    this.spacingBytes = Math.max(SPACING_MIN_BYTES, Math.ceil(textBytes / ANCHORS_MAX));
    // All anchors but the first are `spacingBytes` apart, and one more marks the end.
    const anchorsMax = Math.ceil(textBytes / this.spacingBytes) + 2;
    this.#numbers = new Float64Array(anchorsMax);
    this.#starts = new Float64Array(anchorsMax);
  }

  /**
   * Reads the whole file.
   *
   * @param textBytes the file's size; bytes that were appended later are ignored
   * @throws {LoadFailure} if the file cannot be read, or has become shorter
   */
  static async scan(
    path: string,
    textBytes: number,
    { signal, onProgress }: ScanOptions = {},
  ): Promise<LineAnchors> {
    const anchors = new LineAnchors(textBytes);
    using file = await Deno.open(path).catch((error) => {
      throw cannotRead(path, error);
    });
    const buffer = new Uint8Array(CHUNK_BYTES);
    if (textBytes > 0) anchors.#add(1, 0);
    for (let offset = 0; offset < textBytes;) {
      const wanted = buffer.subarray(0, Math.min(CHUNK_BYTES, textBytes - offset));
      const got = await file.read(wanted).catch((error) => {
        throw cannotRead(path, error);
      });
      if (got === null) throw fileChanged(path);
      signal?.throwIfAborted();
      anchors.#addLinesOf(buffer.subarray(0, got), offset);
      offset += got;
      onProgress?.(offset, textBytes);
    }
    anchors.#end(textBytes);
    return anchors;
  }

  get lineCount(): number {
    return this.#lineCount;
  }

  /**
   * Returns the index of the last anchor at or before a line.
   *
   * @param lineNumber 1 to `lineCount`
   */
  indexBefore(lineNumber: number): number {
    let low = 0;
    let high = this.#count - 1;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#numbers[middle]! <= lineNumber) low = middle;
      else high = middle;
    }
    return low;
  }

  /** The number of an anchor's line. The last anchor has the number after the last line's. */
  lineNumberAt(index: number): number {
    return this.#numbers[index]!;
  }

  /** The offset of an anchor's line. The last anchor is after the last LF, or where it would be. */
  startAt(index: number): number {
    return this.#starts[index]!;
  }

  #addLinesOf(chunk: Uint8Array, offset: number): void {
    let nextAnchor = this.#starts[this.#count - 1]! + this.spacingBytes;
    for (let lf = chunk.indexOf(LF); lf >= 0; lf = chunk.indexOf(LF, lf + 1)) {
      this.#lineCount++;
      this.#lastLineFeed = offset + lf;
      const start = offset + lf + 1;
      if (start < nextAnchor) continue;
      this.#add(this.#lineCount + 1, start);
      nextAnchor = start + this.spacingBytes;
    }
  }

  #end(textBytes: number): void {
    const isTerminated = this.#lastLineFeed === textBytes - 1;
    if (!isTerminated) this.#lineCount++;
    const end = isTerminated ? textBytes : textBytes + 1;
    // An anchor at the end of the file is the end's already.
    if (this.#count === 0 || this.#numbers[this.#count - 1] !== this.#lineCount + 1) {
      this.#add(this.#lineCount + 1, end);
    }
  }

  #add(lineNumber: number, start: number): void {
    this.#numbers[this.#count] = lineNumber;
    this.#starts[this.#count++] = start;
  }
}

/** Reports that a file was modified during the run. */
export function fileChanged(path: string): LoadFailure {
  return new LoadFailure(
    `File changed during the run: ${path}. Leave it alone until the run has ended.`,
  );
}
