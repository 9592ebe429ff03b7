import type { IndexPage } from "../index/format/index_page.ts";
import type { IndexReader } from "../index/index_reader.ts";
import type { FileRange } from "../source/file_range.ts";
import { ResidentBlocks } from "../source/local/resident_blocks.ts";

/** Where pages come from. */
export interface PageSource {
  /** Reads a page; throws or rejects where it cannot be read or does not add up. */
  readPage(pageNumber: number): IndexPage | Promise<IndexPage>;
  /** Reads a page where that should not have to wait, else gives `undefined`; throws as `readPage` does. */
  readAtHand(pageNumber: number): IndexPage | undefined;
}

/** Reads pages of an index: at once where they should be in the system's memory. */
export class IndexPageSource implements PageSource {
  readonly #index: IndexReader;
  readonly #resident: ResidentBlocks;
  readonly #noteRead = ({ offset, bytes }: FileRange, tookMs: number) =>
    this.#resident.note(offset, offset + bytes, tookMs);

  /**
   * Makes a source of one index's pages.
   *
   * @param index the caller closes it
   */
  constructor(index: IndexReader) {
    this.#index = index;
    this.#resident = new ResidentBlocks(index.header.indexBytes);
  }

  /** Reads a page. */
  readPage(pageNumber: number): IndexPage | Promise<IndexPage> {
    return this.readAtHand(pageNumber) ?? this.#fetchPage(pageNumber);
  }

  /** Reads a page where that should not have to wait for the disk. */
  readAtHand(pageNumber: number): IndexPage | undefined {
    const { offset, bytes } = this.#index.slotRange(pageNumber);
    if (!this.#resident.expects(offset, offset + bytes)) return undefined;
    return this.#index.readPageSync(pageNumber, this.#noteRead);
  }

  async #fetchPage(pageNumber: number): Promise<IndexPage> {
    const { offset, bytes } = this.#index.slotRange(pageNumber);
    const page = await this.#index.readPage(pageNumber);
    this.#resident.add(offset, offset + bytes);
    return page;
  }
}
