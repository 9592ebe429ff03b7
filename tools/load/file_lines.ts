import { Buffer } from "node:buffer";
import { closeSync, openSync, readSync } from "node:fs";
import { LF } from "../../src/source/line_feed.ts";
import { TextError } from "../../src/source/text_error.ts";
import { attemptRead, endsEarly, TextFile } from "../../src/source/local/text_file.ts";
import { CR, type ExpectedLines } from "./expected_lines.ts";
import { type AnchorOptions, LineAnchors } from "./line_anchors.ts";

/** How much of the text is in memory at a time, if not more lies between anchors. */
const WINDOW_BYTES = 64 * 1024;

/** So much is read behind the place where a line was searched for: most lines end there. */
const AHEAD_BYTES = 2 * 1024;

/**
 * The lines of a text too large for memory: read when they are compared, a few KB at a time.
 *
 * Takes 64 MiB at most for the anchors, and one window on the text, whatever the lines' length.
 */
export class FileLines implements ExpectedLines {
  /** How many lines there are. */
  readonly lineCount: number;
  /** How many bytes the text has. */
  readonly textBytes: number;
  /** What was last read. */
  readonly view: Buffer;
  /** Where the line that was last located begins. */
  lineStart = 0;
  /** How many bytes it has. */
  lineBytes = 0;
  /** Where the bytes begin that were last viewed. */
  viewAt = 0;
  readonly #path: string;
  readonly #descriptor: number;
  readonly #anchors: LineAnchors;
  // What part of the text is in the window.
  #windowStart = 0;
  #windowEnd = 0;

  private constructor(text: TextFile, anchors: LineAnchors) {
    this.#path = text.path;
    this.textBytes = text.bytes;
    this.#anchors = anchors;
    this.lineCount = anchors.lineCount;
    this.view = Buffer.alloc(Math.max(WINDOW_BYTES, anchors.spacingBytes + AHEAD_BYTES));
    this.#descriptor = attemptRead(text.path, () => openSync(text.path, "r"));
  }

  /**
   * Reads a text through once.
   *
   * @throws {TextError} where it cannot be read
   */
  static async open(path: string, options: AnchorOptions = {}): Promise<FileLines> {
    using text = TextFile.open(path);
    return new FileLines(text, await LineAnchors.scan(text, options));
  }

  /** Finds a line. */
  locate(lineNumber: number): void {
    const anchors = this.#anchors;
    const index = anchors.indexBefore(lineNumber);
    const anchor = anchors.startAt(index);
    const nextAnchor = anchors.startAt(index + 1);
    const blockEnd = Math.min(nextAnchor, anchor + anchors.spacingBytes, this.textBytes);
    this.#loadBlock(anchor, blockEnd);
    let start = anchor;
    for (let line = anchors.lineNumberAt(index); line < lineNumber; line++) {
      start = this.#find(start, blockEnd) + 1;
    }
    const isLastOfBlock = lineNumber + 1 === anchors.lineNumberAt(index + 1);
    const end = isLastOfBlock ? nextAnchor - 1 : this.#find(start, blockEnd);
    this.lineStart = start;
    this.lineBytes = end - start - (this.#hasCr(start, end) ? 1 : 0);
  }

  /** Does nothing: only the system knows what of the text is in memory. */
  prefetch(): void {}

  /** Makes bytes available. */
  viewText(start: number, bytes: number): number {
    if (start < this.#windowStart || start >= this.#windowEnd) this.#load(start, bytes);
    this.viewAt = start - this.#windowStart;
    return Math.min(bytes, this.#windowEnd - start);
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }

  #loadBlock(start: number, end: number): void {
    if (start >= this.#windowStart && end <= this.#windowEnd) return;
    this.#load(start, Math.min(end + AHEAD_BYTES, this.textBytes) - start);
  }

  // Where the next LF of the block is that was loaded.
  #find(start: number, blockEnd: number): number {
    const found = this.view.indexOf(LF, start - this.#windowStart) + this.#windowStart;
    if (found >= start && found < blockEnd) return found;
    throw new TextError(`Text changed while it was read: ${this.#path}: leave it alone meanwhile`);
  }

  // Where no LF follows, a CR at the end of the text belongs to the line.
  #hasCr(start: number, end: number): boolean {
    if (end === start || end >= this.textBytes) return false;
    this.viewText(end - 1, 1);
    return this.view[this.viewAt] === CR;
  }

  #load(start: number, wanted: number): void {
    const bytes = Math.min(wanted, this.view.length);
    this.#windowStart = start;
    this.#windowEnd = start;
    while (this.#windowEnd < start + bytes) {
      const at = this.#windowEnd - start;
      const got = attemptRead(
        this.#path,
        () => readSync(this.#descriptor, this.view, at, bytes - at, this.#windowEnd),
      );
      if (got === 0) throw endsEarly({ path: this.#path, bytes: this.textBytes }, this.#windowEnd);
      this.#windowEnd += got;
    }
  }
}
