/** @import { PageLines } from "./page_lines.js" */

/**
 * Pages by their numbers.
 *
 * - The cache drops the pages that were not read for the longest time.
 * - It never holds more than `maxBytes`, except for one page that alone is larger.
 */
export class PageCache {
  /** The least recently read first. @type {Map<number, PageLines>} */
  #pages = new Map();
  #bytes = 0;
  #maxBytes;

  /** @param {number} maxBytes */
  constructor(maxBytes) {
    this.#maxBytes = maxBytes;
  }

  /** The memory that the pages take. */
  get bytes() {
    return this.#bytes;
  }

  /** @param {number} number @returns {PageLines | undefined} */
  get(number) {
    const page = this.#pages.get(number);
    if (page !== undefined) {
      this.#pages.delete(number);
      this.#pages.set(number, page);
    }
    return page;
  }

  /** @param {number} number @param {PageLines} page */
  set(number, page) {
    this.#drop(number);
    this.#pages.set(number, page);
    this.#bytes += page.byteLength;
    for (const oldest of this.#pages.keys()) {
      if (this.#bytes <= this.#maxBytes || oldest === number) break;
      this.#drop(oldest);
    }
  }

  /** @param {number} number */
  #drop(number) {
    this.#bytes -= this.#pages.get(number)?.byteLength ?? 0;
    this.#pages.delete(number);
  }
}
