import type { Block, CodecName, UnpackedBlock } from "../../source/compressed/codec.ts";
import {
  blockChecksum,
  type BlockEntry,
  BLOCKS_PER_TABLE_PAGE,
  encodeTablePage,
  sealTablePage,
  TABLE_PAGE_BYTES,
  tableSeeds,
} from "../format/block_table_page.ts";
import type { CompressedLayout } from "../format/header.ts";
import { copyAll, SequentialReader, SequentialWriter } from "./sequential_file.ts";
import type { IndexFiles } from "./slot_writer.ts";

/**
 * Collects the block table of a compressed file while it is scanned, in memory that does not grow with the file.
 * It is written after the pages of the index, whose size is not known before.
 */
export class BlockTableWriter implements Disposable {
  readonly #files: IndexFiles;
  readonly #codec: CodecName;
  // Temporary files until then.
  readonly #table: SequentialWriter;
  #windows: SequentialWriter | undefined;
  #entries: BlockEntry[] = [];
  #pages = 0;
  #blocks = 0;

  constructor(files: IndexFiles, codec: CodecName) {
    this.#files = files;
    this.#codec = codec;
    this.#table = new SequentialWriter(files.openScratch());
  }

  /** @throws {Error} what the operating system said, such as that the disk is full */
  add(block: Block & Pick<UnpackedBlock, "text" | "window">): void {
    const { window } = block;
    const windowOffset = this.#windows?.bytes ?? 0;
    if (window !== undefined) {
      this.#windows ??= new SequentialWriter(this.#files.openScratch());
      this.#windows.write(window);
    }
    this.#entries.push({
      textOffset: block.textOffset,
      textBytes: block.textBytes,
      storedOffset: block.storedOffset,
      storedBytes: block.storedBytes,
      skippedBits: block.skippedBits,
      checksum: blockChecksum(block.text),
      windowOffset,
      windowBytes: window?.length ?? 0,
    });
    this.#blocks++;
    if (this.#entries.length === BLOCKS_PER_TABLE_PAGE) this.#endPage();
  }

  /**
   * Writes the table and the windows to the end of the index. Nothing can be added afterwards.
   *
   * @param pagesEnd the size of the index so far, whose file is positioned there
   * @returns the size of the index
   */
  finish(
    pagesEnd: number,
    storedBytes: number,
    fingerprint: Uint8Array,
  ): { readonly compressed: CompressedLayout; readonly indexBytes: number } {
    if (this.#entries.length > 0) this.#endPage();
    const index = new SequentialWriter(this.#files.file);
    this.#table.flush();
    const table = new SequentialReader(this.#table.file);
    const seedOf = tableSeeds(fingerprint);
    for (let page = 0; page < this.#pages; page++) {
      const bytes = table.read(TABLE_PAGE_BYTES);
      sealTablePage(bytes, seedOf(page));
      index.write(bytes);
    }
    index.flush();
    if (this.#windows !== undefined) {
      this.#windows.flush();
      copyAll(this.#windows.file, 0, index);
    }
    const compressed = {
      codec: this.#codec,
      storedBytes,
      tableOffset: pagesEnd,
      blocks: this.#blocks,
    };
    return { compressed, indexBytes: pagesEnd + index.bytes };
  }

  /** Discards the temporary files. */
  [Symbol.dispose](): void {
    this.#table.file.close();
    this.#windows?.file.close();
  }

  #endPage(): void {
    this.#table.write(encodeTablePage(this.#entries));
    this.#pages++;
    this.#entries = [];
  }
}
