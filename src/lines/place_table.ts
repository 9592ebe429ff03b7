import { linesInPage, pageCount, type Paging } from "../index/format.ts";
import type { IndexPage } from "../index/index_page.ts";
import { type LineBatch, NOT_LOCATED } from "./line_batch.ts";

/** A table takes so much memory at most, whatever the budget: what an array may have on every system. */
export const PLACE_TABLE_MAX_BYTES = 2 ** 32;

/** Pages of so many bytes of text are left out: offsets within a page are kept as 32 bits. */
const PAGE_LIMIT_BYTES = 2 ** 32;

const ABSENT = -1;

/**
 * Where every line begins, as far as its page was loaded: in one array, found by arithmetic. By way of the
 * page itself, the processor waits for memory several times in a row, here once.
 *
 * @example
 * ```ts
 * import { IndexPage } from "../index/index_page.ts";
 * import { LineBatch } from "./line_batch.ts";
 * import { PlaceTable } from "./place_table.ts";
 *
 * // Three lines of 4, 6 and 5 bytes: 0, 2 and 1 above the shortest, in two bits each.
 * const packed = Uint8Array.of(0b01_10_00);
 * const table = new PlaceTable({ lines: 3, linesPerPage: 1024 });
 * table.set(0, new IndexPage({ lines: 3, firstOffset: 0, minLength: 4, widthBits: 2, packed }));
 *
 * const batch = new LineBatch();
 * batch.lines[0] = 2;
 * batch.count = 1;
 * console.log(table.locate(batch), batch.starts[0], batch.ends[0]); // true 4 10
 * ```
 */
export class PlaceTable {
  readonly #linesPerPage: number;
  // How far apart in `#offsets` the pages begin.
  readonly #stride: number;
  readonly #firstOffsets: Float64Array;
  readonly #offsets: Uint32Array;

  /**
   * Makes a table without any line. The memory is taken from the system as it is filled.
   *
   * @param paging its {@linkcode PlaceTable.sizeFor} is at most {@linkcode PLACE_TABLE_MAX_BYTES}
   */
  constructor(paging: Paging) {
    const pages = pageCount(paging);
    this.#linesPerPage = paging.linesPerPage;
    this.#stride = strideOf(paging);
    this.#firstOffsets = new Float64Array(pages).fill(ABSENT);
    this.#offsets = new Uint32Array(pages * this.#stride);
  }

  /** How much memory a table takes when it is full, in bytes. */
  static sizeFor(paging: Paging): number {
    const pageBytes = Float64Array.BYTES_PER_ELEMENT +
      strideOf(paging) * Uint32Array.BYTES_PER_ELEMENT;
    return pageCount(paging) * pageBytes;
  }

  /** Takes the lines of a page in; not those of one with 4 GiB of text or more. */
  set(pageNumber: number, page: IndexPage): void {
    if (page.endOffset - page.firstOffset >= PAGE_LIMIT_BYTES) return;
    page.writeOffsets(this.#offsets, pageNumber * this.#stride);
    this.#firstOffsets[pageNumber] = page.firstOffset;
  }

  /**
   * Says where the lines of a batch stand.
   *
   * @param batch its `lines` are 0, or 1 to the number of lines
   * @returns whether all of them are known
   */
  locate({ lines, starts, ends, count }: LineBatch): boolean {
    const linesPerPage = this.#linesPerPage;
    let isComplete = true;
    for (let i = 0; i < count; i++) {
      starts[i] = NOT_LOCATED;
      if (lines[i] === 0) continue;
      const line = lines[i]! - 1;
      const pageNumber = Math.floor(line / linesPerPage);
      const firstOffset = this.#firstOffsets[pageNumber]!;
      if (firstOffset === ABSENT) {
        isComplete = false;
        continue;
      }
      const at = pageNumber * this.#stride + line - pageNumber * linesPerPage;
      starts[i] = firstOffset + this.#offsets[at]!;
      ends[i] = firstOffset + this.#offsets[at + 1]!;
    }
    return isComplete;
  }
}

// Each page has the end of its last line too.
function strideOf(paging: Paging): number {
  return pageCount(paging) === 0 ? 0 : linesInPage(paging, 0) + 1;
}
