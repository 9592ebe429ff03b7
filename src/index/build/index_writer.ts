import {
  checksumSeeds,
  type PackedPage,
  packedPageBytes,
  packedWidthBits,
} from "../format/page_codec.ts";
import { SequentialReader, SequentialWriter } from "./sequential_file.ts";
import { type IndexFiles, SlotWriter } from "./slot_writer.ts";
import { WidthHistogram } from "./width_histogram.ts";

/** What was written. */
export interface WrittenIndex {
  /** Lines in all pages together. */
  readonly lines: number;
  /** The width of the slots: 0 to 53. */
  readonly slotWidthBits: number;
  /** The size of the index. */
  readonly indexBytes: number;
}

/** How many bytes of pages are looked at before the width of the slots is chosen: a page, or more. */
export const TRIAL_BYTES: number = 512 * 1024;

/** By how much an index may be larger than with the best width. */
export const TOLERANCE = 1.05;

/**
 * Writes the pages of an index as they come, in memory that does not grow with the text.
 *
 * The width of the slots is chosen by the first pages. Where those behind them turn out to be others,
 * the index is written anew at the end, with the width that is best for all.
 */
export class IndexWriter {
  readonly #files: IndexFiles;
  readonly #linesPerPage: number;
  readonly #fingerprint: Uint8Array;
  readonly #widths: WidthHistogram;
  // The first pages, one behind the other, until the width is chosen.
  readonly #trial: PackedPage[] = [];
  #trialBytes = 0;
  #slotWidthBits = 0;
  #slots: SlotWriter | undefined;
  #lines = 0;

  /**
   * Makes a writer that has written nothing.
   *
   * @param linesPerPage lines in every page but the last
   * @param fingerprint the text's
   */
  constructor(files: IndexFiles, linesPerPage: number, fingerprint: Uint8Array) {
    this.#files = files;
    this.#linesPerPage = linesPerPage;
    this.#fingerprint = fingerprint;
    this.#widths = new WidthHistogram(linesPerPage);
  }

  /**
   * Writes the next page.
   *
   * @throws {Error} what the system says where it cannot write, such as that the disk is full
   */
  append(page: PackedPage): void {
    this.#widths.add(packedWidthBits(page.bytes));
    this.#lines += page.lines;
    if (this.#slots !== undefined) return this.#slots.write(page);
    this.#trial.push({ lines: page.lines, bytes: page.bytes.slice() });
    this.#trialBytes += page.bytes.length;
    if (this.#trialBytes >= TRIAL_BYTES) this.#choose(this.#trial.splice(0));
  }

  /** How much was written so far, or is about to be. */
  get bytes(): number {
    return this.#slots?.bytes ?? 0;
  }

  /**
   * Writes what is left to write.
   *
   * @throws {Error} what the system says where it cannot write
   */
  finish(): WrittenIndex {
    const slots = this.#slots ?? this.#choose(this.#trial.splice(0));
    const best = this.#widths.bestSlotWidthBits();
    const isGood = this.#widths.indexBytes(this.#slotWidthBits) <=
      TOLERANCE * this.#widths.indexBytes(best);
    const indexBytes = (isGood ? slots : this.#rewrite(slots, best)).finish();
    return { lines: this.#lines, slotWidthBits: this.#slotWidthBits, indexBytes };
  }

  /** Lets go of what was not finished. */
  [Symbol.dispose](): void {
    this.#slots?.close();
  }

  #choose(pages: Iterable<PackedPage>): SlotWriter {
    return this.#writeAll(pages, this.#widths.bestSlotWidthBits());
  }

  // By way of another file: the slots are not where they were, and may be larger.
  #rewrite(slots: SlotWriter, widthBits: number): SlotWriter {
    using scratch = this.#files.openScratch();
    const writer = new SequentialWriter(scratch);
    for (const { bytes } of slots.pages(this.#lines, this.#linesPerPage)) writer.write(bytes);
    writer.flush();
    slots.close();
    return this.#writeAll(this.#pagesOf(scratch), widthBits);
  }

  #writeAll(pages: Iterable<PackedPage>, widthBits: number): SlotWriter {
    this.#slotWidthBits = widthBits;
    const seedOf = checksumSeeds(this.#fingerprint, this.#linesPerPage);
    this.#slots = new SlotWriter(this.#files, widthBits, seedOf);
    for (const page of pages) this.#slots.write(page);
    return this.#slots;
  }

  *#pagesOf(scratch: Deno.FsFile): Generator<PackedPage, void> {
    scratch.seekSync(0, Deno.SeekMode.Start);
    const reader = new SequentialReader(scratch);
    for (let left = this.#lines; left > 0; left -= this.#linesPerPage) {
      const lines = Math.min(left, this.#linesPerPage);
      const widthBits = packedWidthBits(reader.peek(packedPageBytes(lines, 0)));
      yield { lines, bytes: reader.read(packedPageBytes(lines, widthBits)) };
    }
  }
}
