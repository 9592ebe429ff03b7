import { HEADER_BYTES, SLOT_HEADER_BYTES } from "../format/layout.ts";
import {
  encodePointer,
  isPointer,
  type PackedPage,
  packedPageBytes,
  packedWidthBits,
} from "../format/page_codec.ts";
import { copyAll, SequentialReader, SequentialWriter } from "./sequential_file.ts";

/** The files that an index is written to. */
export interface IndexFiles {
  /** Becomes the index: open for reading and writing; the caller closes it. */
  readonly file: Deno.FsFile;
  /** Opens an empty file for reading and writing. It is gone when it is closed. */
  openScratch(): Deno.FsFile;
}

/** Writes pages into slots of one width, and those that do not fit into the overflow area. */
export class SlotWriter {
  readonly #files: IndexFiles;
  readonly #seedOf: (pageNumber: number) => number;
  #widthBits: number;
  #slots: SequentialWriter;
  // Writes the overflow area to another file until all slots are written.
  #overflow: SequentialWriter | undefined;
  #pages = 0;

  /**
   * Discards what the file contains after the header.
   *
   * @param seedOf what `checksumSeeds` returns for the index
   */
  constructor(files: IndexFiles, widthBits: number, seedOf: (pageNumber: number) => number) {
    this.#files = files;
    this.#seedOf = seedOf;
    this.#widthBits = widthBits;
    this.#slots = this.#emptySlots();
  }

  /** Writes the next page. */
  write({ lines, bytes }: PackedPage): void {
    const slotBytes = packedPageBytes(lines, this.#widthBits);
    if (bytes.length <= slotBytes) {
      this.#slots.write(bytes);
      this.#slots.writeZeros(slotBytes - bytes.length);
    } else {
      this.#overflow ??= new SequentialWriter(this.#files.openScratch());
      const pointer = { widthBits: packedWidthBits(bytes), pageOffset: this.#overflow.bytes };
      this.#slots.write(encodePointer(pointer, this.#seedOf(this.#pages)));
      this.#slots.writeZeros(slotBytes - SLOT_HEADER_BYTES);
      this.#overflow.write(bytes);
    }
    this.#pages++;
  }

  /** Writes all pages again, into slots of another width. */
  rewrite(widthBits: number, lines: number, linesPerPage: number): void {
    this.#slots.flush();
    this.#overflow?.flush();
    // The new slots may be larger than the old ones, so those are copied to another file first.
    using slotFile = this.#files.openScratch();
    using overflowFile = this.#overflow?.file;
    this.#overflow = undefined;
    copyAll(this.#files.file, HEADER_BYTES, new SequentialWriter(slotFile));
    const slots = new SequentialReader(slotFile);
    const overflow = overflowFile && new SequentialReader(overflowFile);
    const oldWidthBits = this.#widthBits;
    this.#widthBits = widthBits;
    this.#slots = this.#emptySlots();
    this.#pages = 0;
    for (let left = lines; left > 0; left -= linesPerPage) {
      const lines = Math.min(left, linesPerPage);
      const slot = slots.read(packedPageBytes(lines, oldWidthBits));
      const pageBytes = packedPageBytes(lines, packedWidthBits(slot));
      const bytes = isPointer(slot) ? overflow!.read(pageBytes) : slot.subarray(0, pageBytes);
      this.write({ lines, bytes });
    }
  }

  /**
   * Writes the overflow area after the slots. Nothing can be written afterwards.
   *
   * @returns the size of the file
   */
  finish(): number {
    if (this.#overflow !== undefined) {
      this.#overflow.flush();
      copyAll(this.#overflow.file, 0, this.#slots);
    }
    this.#slots.flush();
    this.close();
    return HEADER_BYTES + this.#slots.bytes;
  }

  /** Discards the overflow area, if `finish` was not called. */
  close(): void {
    this.#overflow?.file.close();
    this.#overflow = undefined;
  }

  #emptySlots(): SequentialWriter {
    const { file } = this.#files;
    file.truncateSync(HEADER_BYTES);
    file.seekSync(HEADER_BYTES, Deno.SeekMode.Start);
    return new SequentialWriter(file);
  }
}
