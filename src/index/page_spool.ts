import { MAX_WIDTH_BITS, packedBytes } from "./bit_packing.ts";
import { OVERFLOW_HEADER_BYTES, SLOT_HEADER_BYTES } from "./format.ts";
import type { PageLengths } from "./index_page.ts";
import { SequentialReader, SequentialWriter } from "./sequential_file.ts";
import { getUint53, setUint53 } from "./uint53.ts";

const RECORD_HEADER_BYTES = 24;
const AT_LINES = 0;
const AT_WIDTH = 4;
const AT_FIRST_OFFSET = 8;
const AT_MIN_LENGTH = 16;

/**
 * Keeps the pages of a text on disk until all are known, so that the width of the slots can be
 * chosen in memory that does not grow with the text.
 */
export class PageSpool {
  readonly #file: Deno.FsFile;
  readonly #writer: SequentialWriter;
  // How many pages are of each width.
  readonly #pagesByWidth: number[] = new Array(MAX_WIDTH_BITS + 1).fill(0);
  #pages = 0;
  #lines = 0;

  /**
   * Makes an empty spool.
   *
   * @param file open for reading and writing, and empty; the caller closes it
   */
  constructor(file: Deno.FsFile) {
    this.#file = file;
    this.#writer = new SequentialWriter(file);
  }

  /** How many lines the pages hold together. */
  get lines(): number {
    return this.#lines;
  }

  /** Adds a page behind those that are there. */
  append(page: PageLengths): void {
    const header = new DataView(new ArrayBuffer(RECORD_HEADER_BYTES));
    header.setUint32(AT_LINES, page.lines, true);
    header.setUint8(AT_WIDTH, page.widthBits);
    setUint53(header, AT_FIRST_OFFSET, page.firstOffset);
    setUint53(header, AT_MIN_LENGTH, page.minLength);
    this.#writer.write(new Uint8Array(header.buffer));
    this.#writer.write(page.packed);
    this.#pages++;
    this.#lines += page.lines;
    this.#pagesByWidth[page.widthBits]! += 1;
  }

  /**
   * Reads the pages in the order in which they came.
   *
   * @returns pages whose packed lengths are valid until the next is asked for
   */
  *pages(): Generator<PageLengths, void> {
    this.#writer.flush();
    this.#file.seekSync(0, Deno.SeekMode.Start);
    const reader = new SequentialReader(this.#file);
    for (let i = 0; i < this.#pages; i++) yield readRecord(reader);
  }

  /**
   * The slot width with which the index is smallest: wide enough for most pages, while the few that
   * need more go to the overflow area.
   *
   * @returns 0 to 53
   */
  bestSlotWidthBits(linesPerPage: number): number {
    let best = 0;
    let bestBytes = Infinity;
    for (let width = 0; width <= MAX_WIDTH_BITS; width++) {
      const bytes = this.#indexBytes(linesPerPage, width);
      if (bytes < bestBytes) {
        best = width;
        bestBytes = bytes;
      }
    }
    return best;
  }

  #indexBytes(linesPerPage: number, slotWidth: number): number {
    let bytes = this.#pages * (SLOT_HEADER_BYTES + packedBytes(linesPerPage, slotWidth));
    for (let width = slotWidth + 1; width <= MAX_WIDTH_BITS; width++) {
      const recordBytes = OVERFLOW_HEADER_BYTES + packedBytes(linesPerPage, width);
      bytes += this.#pagesByWidth[width]! * recordBytes;
    }
    return bytes;
  }
}

function readRecord(reader: SequentialReader): PageLengths {
  const header = reader.read(RECORD_HEADER_BYTES);
  const view = new DataView(header.buffer, header.byteOffset, RECORD_HEADER_BYTES);
  const lines = view.getUint32(AT_LINES, true);
  const widthBits = view.getUint8(AT_WIDTH);
  const firstOffset = getUint53(view, AT_FIRST_OFFSET)!;
  const minLength = getUint53(view, AT_MIN_LENGTH)!;
  const packed = reader.read(packedBytes(lines, widthBits));
  return { lines, firstOffset, minLength, widthBits, packed };
}
