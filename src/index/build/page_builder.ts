import {
  addLines,
  lengths as lengthsAt,
  memory,
  newlines as newlinesAt,
  NEWLINES_MAX as SCRATCH_NEWLINES,
  pack,
  page as pageAt,
} from "../format/page_packer.wasm";
import { LINES_PER_PAGE_MAX } from "../format/layout.ts";
import { checksumSeeds, type PackedPage, packLengths } from "../format/page_codec.ts";

// A longer line does not fit in the packer's 32 bits; such pages are rare, and packed here.
const PACKER_MAX_BYTES = 2 ** 32 - 1;

// A number in any case: older runtimes import the global itself.
const NEWLINES_MAX = Number(SCRATCH_NEWLINES);

// Scratch memory: whatever is to outlast a call of a builder is copied out of it.
const scratchNewlines = new Uint32Array(memory.buffer, newlinesAt, NEWLINES_MAX);
const scratchLengths = new Uint32Array(memory.buffer, lengthsAt, LINES_PER_PAGE_MAX);
const scratchPage = new Uint8Array(memory.buffer, pageAt);

/**
 * Makes pages out of the newlines of a text. The lengths are packed by WebAssembly.
 *
 * @example
 * ```ts
 * import { PageBuilder } from "./page_builder.ts";
 *
 * const fingerprint = new Uint8Array(32);
 * const builder = new PageBuilder(2, fingerprint, ({ lines }) => console.log(lines));
 * builder.addNewlines(0, Uint32Array.of(4, 11, 17)); // 2
 * builder.finish(18); // 1
 * ```
 */
export class PageBuilder {
  readonly #linesPerPage: number;
  // By the page's number.
  readonly #seedOf: (pageNumber: number) => number;
  readonly #onPage: (page: PackedPage) => void;
  // The lengths of the lines of the page that is begun, and apart from them those that are too long.
  readonly #lengths: Uint32Array;
  readonly #longLengths = new Map<number, number>();
  #count = 0;
  #pages = 0;
  #pageStart = 0;
  #lineStart = 0;

  /**
   * Makes a builder that stands before the first line.
   *
   * @param linesPerPage 1 to 65,536
   * @param fingerprint the text's
   * @param onPage called with each page as soon as it is full; the page is valid until it returns
   */
  constructor(
    linesPerPage: number,
    fingerprint: Uint8Array,
    onPage: (page: PackedPage) => void,
  ) {
    this.#linesPerPage = linesPerPage;
    this.#seedOf = checksumSeeds(fingerprint, linesPerPage);
    this.#onPage = onPage;
    this.#lengths = new Uint32Array(linesPerPage);
  }

  /**
   * Adds the lines that end with these newlines.
   *
   * @param offset what the newlines are counted from: a place in the text
   * @param newlines in rising order, all behind those that were added before
   */
  addNewlines(offset: number, newlines: Uint32Array): void {
    scratchLengths.set(this.#lengths.subarray(0, this.#count));
    for (let from = 0; from < newlines.length; from += NEWLINES_MAX) {
      this.#addSome(offset, newlines.subarray(from, from + NEWLINES_MAX));
    }
    this.#lengths.set(scratchLengths.subarray(0, this.#count));
  }

  /**
   * Adds the last line, where it has no newline, and hands over the last page, where one was begun.
   *
   * @param textBytes where the text ends
   */
  finish(textBytes: number): void {
    scratchLengths.set(this.#lengths.subarray(0, this.#count));
    if (this.#lineStart < textBytes) this.#addLines(0, 1, textBytes, textBytes);
    if (this.#count > 0) this.#emit();
  }

  #addSome(offset: number, newlines: Uint32Array): void {
    scratchNewlines.set(newlines);
    for (let from = 0; from < newlines.length;) {
      const to = Math.min(newlines.length, from + this.#linesPerPage - this.#count);
      const firstEnd = offset + newlines[from]! + 1;
      const lastEnd = offset + newlines[to - 1]! + 1;
      this.#addLines(from, to - from, firstEnd, lastEnd);
      from = to;
    }
  }

  #addLines(from: number, count: number, firstEnd: number, lastEnd: number): void {
    const firstLength = firstEnd - this.#lineStart;
    if (firstLength > PACKER_MAX_BYTES) this.#longLengths.set(this.#count, firstLength);
    addLines(this.#count, from, count, Math.min(firstLength, PACKER_MAX_BYTES));
    this.#count += count;
    this.#lineStart = lastEnd;
    if (this.#count === this.#linesPerPage) this.#emit();
  }

  #emit(): void {
    const seed = this.#seedOf(this.#pages++);
    const page = { lines: this.#count, bytes: this.#pack(seed) };
    this.#pageStart = this.#lineStart;
    this.#count = 0;
    this.#longLengths.clear();
    this.#onPage(page);
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
