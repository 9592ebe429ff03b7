import { packedBytes, widthBits, writeBits } from "./bit_packing.ts";
import type { PageLengths } from "./index_page.ts";

/**
 * Collects the lengths of lines into pages.
 *
 * @example
 * ```ts
 * import { PageBuilder } from "./page_builder.ts";
 *
 * const builder = new PageBuilder(2, (page) => console.log(page.firstOffset, page.lines));
 * builder.add(5);
 * builder.add(7); // "0 2"
 * builder.add(6);
 * builder.finish(); // "12 1"
 * ```
 */
export class PageBuilder {
  readonly #lengths: Float64Array;
  readonly #onPage: (page: PageLengths) => void;
  #count = 0;
  #firstOffset = 0;

  /**
   * Makes a builder that stands before the first line.
   *
   * @param linesPerPage 1 or more
   * @param onPage called with each page as soon as it is full
   */
  constructor(linesPerPage: number, onPage: (page: PageLengths) => void) {
    this.#lengths = new Float64Array(linesPerPage);
    this.#onPage = onPage;
  }

  /**
   * Adds the next line.
   *
   * @param lengthBytes its length with its terminator, 1 or more
   */
  add(lengthBytes: number): void {
    this.#lengths[this.#count++] = lengthBytes;
    if (this.#count === this.#lengths.length) this.#emit();
  }

  /** Hands over the last page, where one was begun. */
  finish(): void {
    if (this.#count > 0) this.#emit();
  }

  #emit(): void {
    const lengths = this.#lengths.subarray(0, this.#count);
    let minLength = Infinity;
    let maxLength = 0;
    let totalBytes = 0;
    for (const length of lengths) {
      if (length < minLength) minLength = length;
      if (length > maxLength) maxLength = length;
      totalBytes += length;
    }
    const width = widthBits(maxLength - minLength);
    this.#onPage({
      lines: this.#count,
      firstOffset: this.#firstOffset,
      minLength,
      widthBits: width,
      packed: pack(lengths, minLength, width),
    });
    this.#firstOffset += totalBytes;
    this.#count = 0;
  }
}

function pack(lengths: Float64Array, minLength: number, width: number): Uint8Array {
  const packed = new Uint8Array(packedBytes(lengths.length, width));
  if (width === 0) return packed;
  for (let i = 0; i < lengths.length; i++) {
    writeBits(packed, i * width, width, lengths[i]! - minLength);
  }
  return packed;
}
