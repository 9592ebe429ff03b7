import { NewlineScanner } from "../../src/index/scan/newline_scanner.ts";
import type { TextFile } from "../../src/source/local/text_file.ts";

/** How many anchors a text has at most: they take 16 bytes each, so 64 MiB. */
const ANCHORS_MAX = 2 ** 22;

/** Anchors nearer to each other would save no reading: so much comes in one read anyway. */
const SPACING_MIN_BYTES = 2 * 1024;

/** How anchors are set. */
export interface AnchorOptions {
  /**
   * How many bytes lie between anchors at least.
   *
   * @default {2 KiB, and more from 8 GiB on}
   */
  readonly spacingBytes?: number;
  /** Ends the reading: its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Called as the text is read. */
  readonly onProgress?: ((doneBytes: number, allBytes: number) => void) | undefined;
}

/**
 * Where some of the lines of a large text begin: enough of them to find any line by reading a little.
 *
 * - The first line is an anchor, and then every line that begins `spacingBytes` or more behind the
 *   anchor before. So a line that is no anchor begins less than that behind one, and where it is so
 *   long that it ends further on, the next line is an anchor.
 * - Made from the text alone. The server's index has no part in it: an error there shows.
 */
export class LineAnchors {
  /** How many bytes lie between anchors at least. */
  readonly spacingBytes: number;
  readonly #numbers: Float64Array;
  readonly #starts: Float64Array;
  #count = 0;
  #lineCount = 0;
  #lastLineFeed = -1;

  private constructor(textBytes: number, spacingBytes: number) {
    this.spacingBytes = spacingBytes;
    // Every anchor but the first lies `spacingBytes` behind another, and one stands for the end.
    const anchorsMax = Math.ceil(textBytes / spacingBytes) + 2;
    this.#numbers = new Float64Array(anchorsMax);
    this.#starts = new Float64Array(anchorsMax);
  }

  /**
   * Reads a text through.
   *
   * @throws {TextError} where it cannot be read
   */
  static async scan(text: TextFile, options: AnchorOptions = {}): Promise<LineAnchors> {
    const spacing = options.spacingBytes ??
      Math.max(SPACING_MIN_BYTES, Math.ceil(text.bytes / ANCHORS_MAX));
    const anchors = new LineAnchors(text.bytes, spacing);
    using scanner = new NewlineScanner(text);
    anchors.#begin(text.bytes);
    for await (const { offset, end, newlines } of scanner.segments()) {
      options.signal?.throwIfAborted();
      anchors.#take(offset, newlines);
      options.onProgress?.(end, text.bytes);
    }
    anchors.#end(text.bytes);
    return anchors;
  }

  /** How many lines the text has. */
  get lineCount(): number {
    return this.#lineCount;
  }

  /**
   * Finds the last anchor that is not behind a line.
   *
   * @param lineNumber 1 to `lineCount`
   * @returns its index
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

  /** The number of the line at an anchor; behind the last line's, one that would follow it. */
  lineNumberAt(index: number): number {
    return this.#numbers[index]!;
  }

  /** Where the line at an anchor begins; behind the last line's, where its LF ends or would end. */
  startAt(index: number): number {
    return this.#starts[index]!;
  }

  #begin(textBytes: number): void {
    if (textBytes > 0) this.#add(1, 0);
  }

  #take(offset: number, newlines: Uint32Array): void {
    let nextAnchor = this.#starts[this.#count - 1]! + this.spacingBytes;
    let lineNumber = this.#lineCount + 1;
    for (let i = 0; i < newlines.length; i++) {
      const start = offset + newlines[i]! + 1;
      lineNumber++;
      if (start < nextAnchor) continue;
      this.#add(lineNumber, start);
      nextAnchor = start + this.spacingBytes;
    }
    this.#lineCount += newlines.length;
    if (newlines.length > 0) this.#lastLineFeed = offset + newlines.at(-1)!;
  }

  #end(textBytes: number): void {
    const isTerminated = this.#lastLineFeed === textBytes - 1;
    if (!isTerminated) this.#lineCount++;
    const end = isTerminated ? textBytes : textBytes + 1;
    // A line that would begin at the text's end is none: its anchor is the one for the end.
    if (this.#count === 0 || this.#numbers[this.#count - 1] !== this.#lineCount + 1) {
      this.#add(this.#lineCount + 1, end);
    }
  }

  #add(lineNumber: number, start: number): void {
    this.#numbers[this.#count] = lineNumber;
    this.#starts[this.#count++] = start;
  }
}
