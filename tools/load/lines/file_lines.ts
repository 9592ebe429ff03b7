import { Buffer } from "node:buffer";
import { closeSync, openSync, readSync } from "node:fs";
import { cannotRead } from "../load_failure.ts";
import { CR, type ExpectedLines, LF } from "./expected_lines.ts";
import { fileChanged, LineAnchors, type ScanOptions } from "./line_anchors.ts";

/** The size of the part of the file in memory, unless anchors are further apart. */
const WINDOW_BYTES = 64 * 1024;

/** Read in addition to the block of a line: most lines end there. */
const AHEAD_BYTES = 2 * 1024;

/**
 * The lines of a file that is too large for memory: a few KiB are read for each comparison.
 *
 * Takes at most 64 MiB for the anchors, and one window, whatever the length of the lines.
 */
export class FileLines implements ExpectedLines {
  readonly lineCount: number;
  readonly textBytes: number;
  /** The window. */
  readonly view: Buffer;
  lineStart = 0;
  lineBytes = 0;
  viewAt = 0;
  readonly #path: string;
  readonly #descriptor: number;
  readonly #anchors: LineAnchors;
  // The part of the file that is in the window.
  #windowStart = 0;
  #windowEnd = 0;

  private constructor(path: string, textBytes: number, anchors: LineAnchors) {
    this.#path = path;
    this.textBytes = textBytes;
    this.#anchors = anchors;
    this.lineCount = anchors.lineCount;
    this.view = Buffer.alloc(Math.max(WINDOW_BYTES, anchors.spacingBytes + AHEAD_BYTES));
    this.#descriptor = this.#attempt(() => openSync(path, "r"));
  }

  /**
   * Reads the whole file once.
   *
   * @throws {LoadFailure} if the file cannot be read
   */
  static async open(path: string, options?: ScanOptions): Promise<FileLines> {
    const { size } = await Deno.stat(path);
    return new FileLines(path, size, await LineAnchors.scan(path, size, options));
  }

  locate(lineNumber: number): void {
    const anchors = this.#anchors;
    const index = anchors.indexBefore(lineNumber);
    const anchor = anchors.startAt(index);
    const nextAnchor = anchors.startAt(index + 1);
    const blockEnd = Math.min(nextAnchor, anchor + anchors.spacingBytes, this.textBytes);
    this.#loadBlock(anchor, blockEnd);
    let start = anchor;
    for (let line = anchors.lineNumberAt(index); line < lineNumber; line++) {
      start = this.#findLineFeed(start, blockEnd) + 1;
    }
    const isLastOfBlock = lineNumber + 1 === anchors.lineNumberAt(index + 1);
    const end = isLastOfBlock ? nextAnchor - 1 : this.#findLineFeed(start, blockEnd);
    this.lineStart = start;
    this.lineBytes = end - start - (this.#hasCr(start, end) ? 1 : 0);
  }

  // Only the system knows which parts of the file are in memory.
  prefetch(): void {}

  viewText(start: number, bytes: number): number {
    if (start < this.#windowStart || start >= this.#windowEnd) this.#load(start, bytes);
    this.viewAt = start - this.#windowStart;
    return Math.min(bytes, this.#windowEnd - start);
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }

  #loadBlock(start: number, end: number): void {
    if (start >= this.#windowStart && end <= this.#windowEnd) return;
    this.#load(start, Math.min(end + AHEAD_BYTES, this.textBytes) - start);
  }

  // Finds the next LF of the block that was loaded.
  #findLineFeed(start: number, blockEnd: number): number {
    const found = this.view.indexOf(LF, start - this.#windowStart) + this.#windowStart;
    if (found >= start && found < blockEnd) return found;
    throw fileChanged(this.#path);
  }

  // Without an LF, a CR at the end of the file belongs to the line.
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
      const got = this.#attempt(() =>
        readSync(this.#descriptor, this.view, at, bytes - at, this.#windowEnd)
      );
      if (got === 0) throw fileChanged(this.#path);
      this.#windowEnd += got;
    }
  }

  #attempt<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw cannotRead(this.#path, error);
    }
  }
}
