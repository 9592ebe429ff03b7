import { HEADER_BYTES, SLOT_HEADER_BYTES } from "../format/layout.ts";
import {
  encodePointer,
  isPointer,
  type PackedPage,
  packedPageBytes,
  packedWidthBits,
} from "../format/page_codec.ts";
import { SequentialReader, SequentialWriter } from "./sequential_file.ts";

/** Where an index is written to. */
export interface IndexFiles {
  /** Becomes the index: open for reading and writing; the caller closes it. */
  readonly file: Deno.FsFile;
  /** Opens an empty file for reading and writing that is gone when it is closed. */
  openScratch(): Deno.FsFile;
}

/** Writes pages into slots of one width, and those that do not fit into the overflow area. */
export class SlotWriter {
  readonly #files: IndexFiles;
  readonly #widthBits: number;
  readonly #seedOf: (pageNumber: number) => number;
  readonly #slots: SequentialWriter;
  // Holds the overflow area until all slots are written.
  #overflowFile: Deno.FsFile | undefined;
  #overflow: SequentialWriter | undefined;
  #pages = 0;

  /**
   * Makes a writer that stands before the first slot, and cuts off what the file held there.
   *
   * @param widthBits the slots' width: 0 to 53
   * @param seedOf what {@linkcode checksumSeeds} gives for the index
   */
  constructor(files: IndexFiles, widthBits: number, seedOf: (pageNumber: number) => number) {
    this.#files = files;
    this.#widthBits = widthBits;
    this.#seedOf = seedOf;
    files.file.truncateSync(HEADER_BYTES);
    files.file.seekSync(HEADER_BYTES, Deno.SeekMode.Start);
    this.#slots = new SequentialWriter(files.file);
  }

  /** How much was written so far, or is about to be. */
  get bytes(): number {
    return this.#slots.bytes;
  }

  /** Writes the next page. */
  write({ lines, bytes }: PackedPage): void {
    const slotBytes = packedPageBytes(lines, this.#widthBits);
    if (bytes.length <= slotBytes) {
      this.#slots.write(bytes);
      this.#slots.writeZeros(slotBytes - bytes.length);
    } else {
      const pageOffset = this.#overflowWriter().bytes;
      const pointer = { widthBits: packedWidthBits(bytes), pageOffset };
      this.#slots.write(encodePointer(pointer, this.#seedOf(this.#pages)));
      this.#slots.writeZeros(slotBytes - SLOT_HEADER_BYTES);
      this.#overflowWriter().write(bytes);
    }
    this.#pages++;
  }

  /**
   * Writes the overflow area behind the slots, and closes the writer.
   *
   * @returns the size of the file
   */
  finish(): number {
    this.#overflow?.flush();
    if (this.#overflowFile !== undefined) copyAll(this.#overflowFile, this.#slots);
    this.#slots.flush();
    this.close();
    return HEADER_BYTES + this.#slots.bytes;
  }

  /**
   * Gives back what was written, before `finish`.
   *
   * @param lines in all pages together
   * @param linesPerPage in every page but the last
   * @returns pages that are valid until the next is asked for
   */
  *pages(lines: number, linesPerPage: number): Generator<PackedPage, void> {
    this.#slots.flush();
    this.#overflow?.flush();
    this.#files.file.seekSync(HEADER_BYTES, Deno.SeekMode.Start);
    this.#overflowFile?.seekSync(0, Deno.SeekMode.Start);
    const slots = new SequentialReader(this.#files.file);
    const overflow = this.#overflowFile && new SequentialReader(this.#overflowFile);
    for (let left = lines; left > 0; left -= linesPerPage) {
      const lines = Math.min(left, linesPerPage);
      const slot = slots.read(packedPageBytes(lines, this.#widthBits));
      const pageBytes = packedPageBytes(lines, packedWidthBits(slot));
      const bytes = isPointer(slot) ? overflow!.read(pageBytes) : slot.subarray(0, pageBytes);
      yield { lines, bytes };
    }
  }

  /** Lets go of what was written and not finished. */
  close(): void {
    this.#overflowFile?.close();
    this.#overflowFile = undefined;
  }

  #overflowWriter(): SequentialWriter {
    this.#overflowFile ??= this.#files.openScratch();
    this.#overflow ??= new SequentialWriter(this.#overflowFile);
    return this.#overflow;
  }
}

function copyAll(from: Deno.FsFile, to: SequentialWriter): void {
  from.seekSync(0, Deno.SeekMode.Start);
  const chunk = new Uint8Array(256 * 1024);
  for (let got = from.readSync(chunk); got !== null; got = from.readSync(chunk)) {
    to.write(chunk.subarray(0, got));
  }
}
