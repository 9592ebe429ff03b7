import { LINES_PER_PAGE_MAX } from "../format/layout.ts";
import { checksumSeeds, type PackedPage, packLengths } from "../format/page_codec.ts";
import {
  addLines,
  lengths as lengthsAt,
  memory,
  newlines as newlinesAt,
  NEWLINES_MAX as SCRATCH_NEWLINES,
  pack,
  page as pageAt,
} from "../format/page_packer.wasm";

// A longer line does not fit in the packer's 32 bits; such pages are rare, and packed here.
const PACKER_MAX_BYTES = 2 ** 32 - 1;

// A number in any case: older runtimes import the global itself.
const NEWLINES_MAX = Number(SCRATCH_NEWLINES);

// Shared by all builders of a thread: what outlasts a call of a builder is copied out of it.
const scratchNewlines = new Uint32Array(memory.buffer, newlinesAt, NEWLINES_MAX);
const scratchLengths = new Uint32Array(memory.buffer, lengthsAt, LINES_PER_PAGE_MAX);
const scratchPage = new Uint8Array(memory.buffer, pageAt);

/** Where a page begins. */
export interface PageStart {
  /** The number of the page. */
  readonly page: number;
  /** Offset of its first line in the text. */
  readonly offset: number;
}

/**
 * Turns the newlines of a text into pages. WebAssembly packs the lengths.
 *
 * Pages are made as they are taken: take all of what a call returns before the next call of any builder in
 * this thread. A page is valid until the next is taken.
 */
export class PageBuilder {
  readonly #linesPerPage: number;
  readonly #seedOf: (pageNumber: number) => number;
  // The lengths of the lines of the unfinished page; apart from them those that are too long.
  readonly #lengths: Uint32Array;
  readonly #longLengths = new Map<number, number>();
  #count = 0;
  #pages: number;
  #pageStart: number;
  #lineStart: number;

  /** @param start where the first page begins that it makes, if not at the beginning of the text */
  constructor(
    linesPerPage: number,
    fingerprint: Uint8Array,
    start: PageStart = { page: 0, offset: 0 },
  ) {
    this.#linesPerPage = linesPerPage;
    this.#seedOf = checksumSeeds(fingerprint, linesPerPage);
    this.#lengths = new Uint32Array(linesPerPage);
    this.#pages = start.page;
    this.#pageStart = start.offset;
    this.#lineStart = start.offset;
  }

  /**
   * Adds the lines that end with these newlines, and returns the pages that are full now.
   *
   * @param offset what the newlines are counted from, in the text
   * @param newlines ascending, after all those that were added before
   */
  *add(offset: number, newlines: Uint32Array): Generator<PackedPage, void> {
    scratchLengths.set(this.#lengths.subarray(0, this.#count));
    for (let done = 0; done < newlines.length; done += NEWLINES_MAX) {
      const some = newlines.subarray(done, done + NEWLINES_MAX);
      scratchNewlines.set(some);
      for (let from = 0; from < some.length;) {
        const to = Math.min(some.length, from + this.#linesPerPage - this.#count);
        this.#addLines(from, to - from, offset + some[from]! + 1, offset + some[to - 1]! + 1);
        if (this.#count === this.#linesPerPage) yield this.#takePage();
        from = to;
      }
    }
    this.#lengths.set(scratchLengths.subarray(0, this.#count));
  }

  /** Adds the last line, if it has no newline, and returns the last page, if it has a line. */
  *finish(textBytes: number): Generator<PackedPage, void> {
    scratchLengths.set(this.#lengths.subarray(0, this.#count));
    if (this.#lineStart < textBytes) this.#addLines(0, 1, textBytes, textBytes);
    if (this.#count > 0) yield this.#takePage();
  }

  #addLines(from: number, count: number, firstEnd: number, lastEnd: number): void {
    const firstLength = firstEnd - this.#lineStart;
    if (firstLength > PACKER_MAX_BYTES) this.#longLengths.set(this.#count, firstLength);
    addLines(this.#count, from, count, Math.min(firstLength, PACKER_MAX_BYTES));
    this.#count += count;
    this.#lineStart = lastEnd;
  }

  #takePage(): PackedPage {
    const seed = this.#seedOf(this.#pages++);
    const page = { lines: this.#count, bytes: this.#pack(seed) };
    this.#pageStart = this.#lineStart;
    this.#count = 0;
    this.#longLengths.clear();
    return page;
  }

  #pack(seed: number): Uint8Array {
    if (this.#longLengths.size === 0) {
      return scratchPage.subarray(0, pack(this.#count, this.#pageStart, seed));
    }
    const lengths = Float64Array.from(scratchLengths.subarray(0, this.#count));
    for (const [place, length] of this.#longLengths) lengths[place] = length;
    return packLengths(lengths, this.#pageStart, seed);
  }
}
