import { MAX_WIDTH_BITS } from "../format/bit_packing.ts";
import {
  checksumSeeds,
  type PackedPage,
  packedPageBytes,
  packedWidthBits,
} from "../format/page_codec.ts";
import { type IndexFiles, SlotWriter } from "./slot_writer.ts";

/** What was written. */
export interface WrittenIndex {
  readonly lines: number;
  /** The width of the slots: 0 to 53. */
  readonly slotWidthBits: number;
  readonly indexBytes: number;
}

/** How many bytes of pages are collected before the width of the slots is chosen: a page, or more. */
export const TRIAL_BYTES: number = 512 * 1024;

/** By how much an index may be larger than with the best width. */
export const TOLERANCE = 1.05;

/**
 * Writes the pages of an index as they come, in memory that does not grow with the text.
 *
 * The first pages decide the width of the slots. If the pages after them turn out to need another width, the
 * index is rewritten at the end, with the width that is best for all of them.
 */
export class IndexWriter implements Disposable {
  readonly #files: IndexFiles;
  readonly #linesPerPage: number;
  readonly #seedOf: (pageNumber: number) => number;
  readonly #widths: WidthHistogram;
  // The first pages, in order, until the width is chosen.
  readonly #trial: PackedPage[] = [];
  #trialBytes = 0;
  #slotWidthBits = 0;
  #slots: SlotWriter | undefined;
  #lines = 0;

  constructor(files: IndexFiles, linesPerPage: number, fingerprint: Uint8Array) {
    this.#files = files;
    this.#linesPerPage = linesPerPage;
    this.#seedOf = checksumSeeds(fingerprint, linesPerPage);
    this.#widths = new WidthHistogram(linesPerPage);
  }

  /** @throws {Error} what the operating system said, such as that the disk is full */
  append(page: PackedPage): void {
    this.#widths.add(packedWidthBits(page.bytes));
    this.#lines += page.lines;
    if (this.#slots !== undefined) return this.#slots.write(page);
    this.#trial.push({ lines: page.lines, bytes: page.bytes.slice() });
    this.#trialBytes += page.bytes.length;
    if (this.#trialBytes >= TRIAL_BYTES) this.#endTrial();
  }

  /** Writes what is left to write. No page can be appended afterwards. */
  finish(): WrittenIndex {
    const slots = this.#slots ?? this.#endTrial();
    const best = this.#widths.bestSlotWidthBits();
    const bestBytes = this.#widths.indexBytes(best);
    if (this.#widths.indexBytes(this.#slotWidthBits) > TOLERANCE * bestBytes) {
      this.#slotWidthBits = best;
      slots.rewrite(best, this.#lines, this.#linesPerPage);
    }
    const indexBytes = slots.finish();
    return { lines: this.#lines, slotWidthBits: this.#slotWidthBits, indexBytes };
  }

  /** Discards temporary files, if `finish` was not called. */
  [Symbol.dispose](): void {
    this.#slots?.close();
  }

  #endTrial(): SlotWriter {
    this.#slotWidthBits = this.#widths.bestSlotWidthBits();
    this.#slots = new SlotWriter(this.#files, this.#slotWidthBits, this.#seedOf);
    for (const page of this.#trial.splice(0)) this.#slots.write(page);
    return this.#slots;
  }
}

/** Counts the pages of each width, and so knows how large an index is with slots of any width. */
export class WidthHistogram {
  readonly #linesPerPage: number;
  readonly #pagesByWidth: number[] = new Array(MAX_WIDTH_BITS + 1).fill(0);
  #pages = 0;

  constructor(linesPerPage: number) {
    this.#linesPerPage = linesPerPage;
  }

  /** @param widthBits the width of one more page: 0 to 53 */
  add(widthBits: number): void {
    this.#pagesByWidth[widthBits]! += 1;
    this.#pages++;
  }

  /**
   * The slot width with which the index is smallest: wide enough for most pages, while the few that are
   * wider go to the overflow area.
   */
  bestSlotWidthBits(): number {
    let best = 0;
    for (let width = 1; width <= MAX_WIDTH_BITS; width++) {
      if (this.indexBytes(width) < this.indexBytes(best)) best = width;
    }
    return best;
  }

  /** The size of the index with slots of that width, to within a header and one page. */
  indexBytes(slotWidthBits: number): number {
    let bytes = this.#pages * packedPageBytes(this.#linesPerPage, slotWidthBits);
    for (let width = slotWidthBits + 1; width <= MAX_WIDTH_BITS; width++) {
      bytes += this.#pagesByWidth[width]! * packedPageBytes(this.#linesPerPage, width);
    }
    return bytes;
  }
}
