import { closeSync, fstatSync, openSync, read, readSync } from "node:fs";
import { promisify } from "node:util";
import {
  HEADER_BYTES,
  linesInPage,
  overflowOffset,
  pageCount,
  slotBytes,
  slotOffset,
} from "./format.ts";
import type { IndexHeader } from "./header.ts";
import { attemptOpen, cannotRead, checkedHeader, damaged } from "./index_file.ts";
import { IndexPage, type PageLengths } from "./index_page.ts";
import {
  checksumSeeds,
  decodePage,
  decodeSlot,
  type OverflowPointer,
  packedPageBytes,
  type Slot,
} from "./page_codec.ts";

const readAsync = promisify(read);

/** A piece of the file. */
export interface FileRange {
  /** Where it begins. */
  readonly offset: number;
  /** How long it is. */
  readonly bytes: number;
}

/**
 * An open index. Opening reads the header only, and so costs the same for any number of lines.
 *
 * @example
 * ```ts
 * import { buildIndex } from "./build_index.ts";
 * import { IndexReader } from "./index_reader.ts";
 *
 * const textPath = await Deno.makeTempFile();
 * const indexPath = `${textPath}.lineidx`;
 * await Deno.writeTextFile(textPath, "one\nthree\n");
 * await buildIndex({ textPath, indexPath });
 *
 * using index = IndexReader.open(indexPath);
 * const page = await index.readPage(0);
 * console.log(page.startOf(1), page.lengthOf(1)); // 4 6
 * ```
 */
export class IndexReader {
  /** The path it was opened by. */
  readonly path: string;
  /** What the header says. */
  readonly header: IndexHeader;
  readonly #fd: number;
  readonly #seedOf: (pageNumber: number) => number;

  private constructor(path: string, fd: number, header: IndexHeader) {
    this.path = path;
    this.#fd = fd;
    this.header = header;
    this.#seedOf = checksumSeeds(header.fingerprint);
  }

  /**
   * Opens an index.
   *
   * @throws {IndexError} `missing`, `foreign`, `version`, `damaged` or `unreadable`
   */
  static open(path: string): IndexReader {
    const fd = attemptOpen(path, () => openSync(path, "r"));
    try {
      return new IndexReader(path, fd, readHeader(path, fd));
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** How many lines the text has. */
  get lines(): number {
    return this.header.lines;
  }

  /** How many pages there are. */
  get pages(): number {
    return pageCount(this.header);
  }

  /**
   * Reads a page, with one read unless its lengths stand in the overflow area.
   *
   * @param pageNumber 0 to `pages` - 1
   * @throws {IndexError} (as a rejection) `damaged` where the page does not add up
   */
  async readPage(pageNumber: number): Promise<IndexPage> {
    const bytes = await this.#read(this.slotRange(pageNumber));
    const slot = this.#decodeSlot(bytes, pageNumber);
    if (slot.kind === "page") return this.#checked(slot.page, pageNumber);
    const record = await this.#read(this.#recordRange(slot.pointer, pageNumber));
    return this.#checked(this.#decodeRecord(record, pageNumber), pageNumber);
  }

  /**
   * As `readPage`, without waiting: the thread stands still until the disk answers.
   *
   * @param pageNumber 0 to `pages` - 1
   * @throws {IndexError} `damaged` where the page does not add up
   */
  readPageSync(pageNumber: number): IndexPage {
    const bytes = this.#readSync(this.slotRange(pageNumber));
    const slot = this.#decodeSlot(bytes, pageNumber);
    if (slot.kind === "page") return this.#checked(slot.page, pageNumber);
    const record = this.#readSync(this.#recordRange(slot.pointer, pageNumber));
    return this.#checked(this.#decodeRecord(record, pageNumber), pageNumber);
  }

  /**
   * Where `readPage` reads first.
   *
   * @param pageNumber 0 to `pages` - 1
   */
  slotRange(pageNumber: number): FileRange {
    return {
      offset: slotOffset(this.header, pageNumber),
      bytes: slotBytes(this.header, pageNumber),
    };
  }

  /** Closes the file. */
  close(): void {
    closeSync(this.#fd);
  }

  /** Closes the file at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }

  #recordRange(pointer: OverflowPointer, pageNumber: number): FileRange {
    const offset = overflowOffset(this.header) + pointer.recordOffset;
    const bytes = packedPageBytes(linesInPage(this.header, pageNumber), pointer.widthBits);
    return offset + bytes <= this.header.indexBytes ? { offset, bytes } : this.#damaged(pageNumber);
  }

  #decodeSlot(bytes: Uint8Array, pageNumber: number): Slot {
    const lines = linesInPage(this.header, pageNumber);
    return decodeSlot(bytes, this.#seedOf(pageNumber), lines) ?? this.#damaged(pageNumber);
  }

  #decodeRecord(bytes: Uint8Array, pageNumber: number): PageLengths {
    const lines = linesInPage(this.header, pageNumber);
    return decodePage(bytes, this.#seedOf(pageNumber), lines) ?? this.#damaged(pageNumber);
  }

  // The last page must end where the text ends, and no page beyond it.
  #checked(lengths: PageLengths, pageNumber: number): IndexPage {
    const page = new IndexPage(lengths);
    const { textBytes } = this.header;
    const isLast = pageNumber === this.pages - 1;
    if (isLast ? page.endOffset !== textBytes : page.endOffset >= textBytes) {
      this.#damaged(pageNumber);
    }
    return page;
  }

  async #read({ offset, bytes }: FileRange): Promise<Uint8Array> {
    const into = new Uint8Array(bytes);
    for (let got = 0; got < bytes;) {
      const { bytesRead } = await readAsync(this.#fd, into, got, bytes - got, offset + got)
        .catch((error) => {
          throw cannotRead(this.path, error);
        });
      got += this.#assertSome(bytesRead);
    }
    return into;
  }

  #readSync({ offset, bytes }: FileRange): Uint8Array {
    const into = new Uint8Array(bytes);
    for (let got = 0; got < bytes;) {
      got += this.#assertSome(this.#readSome(into, got, offset + got));
    }
    return into;
  }

  #readSome(into: Uint8Array, at: number, offset: number): number {
    try {
      return readSync(this.#fd, into, at, into.length - at, offset);
    } catch (error) {
      throw cannotRead(this.path, error);
    }
  }

  #assertSome(bytesRead: number): number {
    if (bytesRead === 0) throw damaged(this.path, "it was cut off while it was open");
    return bytesRead;
  }

  #damaged(pageNumber: number): never {
    throw damaged(this.path, `its page ${pageNumber} does not add up`);
  }
}

function readHeader(path: string, fd: number): IndexHeader {
  const bytes = new Uint8Array(HEADER_BYTES);
  const got = readSync(fd, bytes, 0, HEADER_BYTES, 0);
  return checkedHeader(bytes.subarray(0, got), path, fstatSync(fd).size);
}
