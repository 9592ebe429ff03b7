import type { CodecName, UnpackedBlock } from "../../source/compressed/codec.ts";
import {
  blockChecksum,
  type BlockEntry,
  BLOCKS_PER_TABLE_PAGE,
  encodeTablePage,
  tableSeeds,
} from "../format/block_table_page.ts";
import type { CompressedLayout } from "../format/header.ts";
import { copyAll, SequentialWriter } from "./sequential_file.ts";
import type { IndexFiles } from "./slot_writer.ts";

/**
 * Collects the block table of a compressed file while it is scanned, in memory that does not grow with the file.
 * It is written after the pages of the index, whose size is not known before.
 */
export class BlockTableWriter implements Disposable {
  readonly #files: IndexFiles;
  readonly #codec: CodecName;
  readonly #seedOf: (tablePage: number) => number;
  // Temporary files until then.
  readonly #table: SequentialWriter;
  #windows: SequentialWriter | undefined;
  #entries: BlockEntry[] = [];
  #pages = 0;
  #blocks = 0;

  constructor(files: IndexFiles, codec: CodecName, fingerprint: Uint8Array) {
    this.#files = files;
    this.#codec = codec;
    this.#seedOf = tableSeeds(fingerprint);
    this.#table = new SequentialWriter(files.openScratch());
  }

  /** @throws {Error} what the operating system said, such as that the disk is full */
  add(block: UnpackedBlock): void {
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
  ): { readonly compressed: CompressedLayout; readonly indexBytes: number } {
    if (this.#entries.length > 0) this.#endPage();
    const index = new SequentialWriter(this.#files.file);
    for (const part of [this.#table, this.#windows]) {
      if (part === undefined) continue;
      part.flush();
      copyAll(part.file, 0, index);
    }
    index.flush();
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
    this.#table.write(encodeTablePage(this.#entries, this.#seedOf(this.#pages++)));
    this.#entries = [];
  }
}
