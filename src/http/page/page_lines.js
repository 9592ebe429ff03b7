// A page is 1,024 lines as the server sends them: the bytes of each line, then LF.

/** The number of lines of a page, except the last. */
export const LINES_PER_PAGE = 1024;

/** More bytes of a line are not kept in a page, so that 1,024 long lines fit into memory. */
export const KEPT_LINE_BYTES = 4096;

const LF = 10;

/**
 * A line of a page.
 *
 * @typedef {object} PageLine
 * @property {Uint8Array} bytes the line, or its first bytes
 * @property {boolean} isCut whether the line has more bytes than these
 */

/** @param {number} line from 1 @returns {number} the page of the line, from 0 */
export function pageOf(line) {
  return Math.floor((line - 1) / LINES_PER_PAGE);
}

/**
 * @param {number} page from 0
 * @param {number} lines the number of lines of the file
 * @returns {{ first: number, count: number }} the lines that the page has
 */
export function linesOfPage(page, lines) {
  const before = page * LINES_PER_PAGE;
  return { first: before + 1, count: Math.max(0, Math.min(LINES_PER_PAGE, lines - before)) };
}

/**
 * The pages that a window needs, the most urgent first: the visible ones, then those ahead.
 *
 * @param {{ topLine: number, bottomLine: number }} view the visible lines
 * @param {number} lines the number of lines of the file
 * @param {"up" | "down"} direction of the last movement
 * @param {number} ahead the number of pages beyond the visible ones
 * @returns {number[]}
 */
export function pagesToLoad({ topLine, bottomLine }, lines, direction, ahead) {
  const first = pageOf(topLine);
  const last = pageOf(bottomLine);
  const pages = [];
  for (let page = first; page <= last; page++) pages.push(page);
  for (let i = 1; i <= ahead; i++) {
    const page = direction === "down" ? last + i : first - i;
    if (page >= 0 && page <= pageOf(lines)) pages.push(page);
  }
  return pages;
}

/** The lines of a page. */
export class PageLines {
  #bytes;
  #ends;
  #cut;

  /**
   * @param {Uint8Array} bytes the kept bytes of all lines, without terminators
   * @param {Uint32Array} ends the end of each line in `bytes`
   * @param {ReadonlySet<number>} cut the indices of the lines that have more bytes
   */
  constructor(bytes, ends, cut) {
    this.#bytes = bytes;
    this.#ends = ends;
    this.#cut = cut;
  }

  get count() {
    return this.#ends.length;
  }

  get byteLength() {
    return this.#bytes.byteLength + this.#ends.byteLength;
  }

  /** @param {number} index from 0 @returns {PageLine} @throws {RangeError} if there is no such line */
  line(index) {
    const end = this.#ends[index];
    if (end === undefined) throw new RangeError(`The page has no line with index ${index}.`);
    const start = index === 0 ? 0 : this.#ends[index - 1] ?? 0;
    return { bytes: this.#bytes.subarray(start, end), isCut: this.#cut.has(index) };
  }
}

/** Splits the body of a page, which arrives in chunks, into lines. */
export class LineSplitter {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;
  /** @type {number[]} */
  #ends = [];
  /** @type {Set<number>} */
  #cut;
  #lineBytes = 0;
  #maxLineBytes;

  /**
   * @param {Iterable<number>} [cut] the indices of lines that the server has already cut
   * @param {number} [maxLineBytes]
   */
  constructor(cut = [], maxLineBytes = KEPT_LINE_BYTES) {
    this.#cut = new Set(cut);
    this.#maxLineBytes = maxLineBytes;
  }

  /** @param {Uint8Array} chunk */
  push(chunk) {
    for (let at = 0; at < chunk.length;) {
      const newline = chunk.indexOf(LF, at);
      const end = newline === -1 ? chunk.length : newline;
      this.#append(chunk.subarray(at, end));
      if (newline !== -1) this.#endLine();
      at = end + 1;
    }
  }

  /**
   * @param {number} count the number of lines that the page must have
   * @returns {PageLines}
   * @throws {Error} if the page has another number of lines, or ends within a line
   */
  finish(count) {
    if (this.#lineBytes > 0 || this.#ends.length !== count) {
      throw new Error(`the server sent ${this.#ends.length} lines instead of ${count}`);
    }
    const bytes = this.#bytes.slice(0, this.#length);
    return new PageLines(bytes, Uint32Array.from(this.#ends), this.#cut);
  }

  /** @param {Uint8Array} part of the current line */
  #append(part) {
    const kept = part.subarray(0, Math.max(0, this.#maxLineBytes - this.#lineBytes));
    this.#lineBytes += part.length;
    if (this.#length + kept.length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + kept.length));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(kept, this.#length);
    this.#length += kept.length;
  }

  #endLine() {
    if (this.#lineBytes > this.#maxLineBytes) this.#cut.add(this.#ends.length);
    this.#ends.push(this.#length);
    this.#lineBytes = 0;
  }
}
