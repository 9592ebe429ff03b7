import { MAX_WIDTH_BITS } from "../format/bit_packing.ts";
import { packedPageBytes } from "../format/page_codec.ts";

/** How many pages need which width, and so how large an index is with slots of one width or another. */
export class WidthHistogram {
  readonly #linesPerPage: number;
  readonly #pagesByWidth: number[] = new Array(MAX_WIDTH_BITS + 1).fill(0);
  #pages = 0;

  /**
   * Makes an empty histogram.
   *
   * @param linesPerPage 1 or more
   */
  constructor(linesPerPage: number) {
    this.#linesPerPage = linesPerPage;
  }

  /**
   * Adds a page.
   *
   * @param widthBits 0 to 53
   */
  add(widthBits: number): void {
    this.#pagesByWidth[widthBits]! += 1;
    this.#pages++;
  }

  /**
   * The slot width with which the index is smallest: wide enough for most pages, while the few that
   * need more go to the overflow area.
   *
   * @returns 0 to 53
   */
  bestSlotWidthBits(): number {
    let best = 0;
    for (let width = 1; width <= MAX_WIDTH_BITS; width++) {
      if (this.indexBytes(width) < this.indexBytes(best)) best = width;
    }
    return best;
  }

  /** About how large the index is with slots of that width. */
  indexBytes(slotWidthBits: number): number {
    let bytes = this.#pages * packedPageBytes(this.#linesPerPage, slotWidthBits);
    for (let width = slotWidthBits + 1; width <= MAX_WIDTH_BITS; width++) {
      bytes += this.#pagesByWidth[width]! * packedPageBytes(this.#linesPerPage, width);
    }
    return bytes;
  }
}
