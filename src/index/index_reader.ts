import { closeSync, fstatSync, openSync, read, readSync, statSync } from "node:fs";
import { promisify } from "node:util";
import {
  HEADER_BYTES,
  linesInPage,
  overflowOffset,
  pageCount,
  slotBytes,
  slotOffset,
} from "./format.ts";
import { decodeHeader, type IndexHeader } from "./header.ts";
import { IndexError } from "./index_error.ts";
import { IndexPage, type PageLengths } from "./index_page.ts";
import {
  checksumSeed,
  decodeOverflow,
  decodeSlot,
  type OverflowPointer,
  overflowRecordBytes,
} from "./page_codec.ts";
import { describeSystemError, systemErrorCode } from "../text/system_error.ts";

const readAsync = promisify(read);

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

  private constructor(path: string, fd: number, header: IndexHeader) {
    this.path = path;
    this.#fd = fd;
    this.header = header;
  }

  /**
   * Opens an index.
   *
   * @throws {IndexError} `missing`, `foreign`, `version`, `damaged` or `unreadable`
   */
  static open(path: string): IndexReader {
    const fd = openIndex(path);
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
    const lines = linesInPage(this.header, pageNumber);
    const slot = await this.#read(
      slotOffset(this.header, pageNumber),
      slotBytes(this.header, pageNumber),
    );
    const found = decodeSlot(slot, this.#seed(pageNumber), lines) ?? this.#damaged(pageNumber);
    return found.kind === "page"
      ? this.#checked(found.page, pageNumber)
      : this.#checked(await this.#readOverflow(found.pointer, pageNumber, lines), pageNumber);
  }

  /** Closes the file. */
  close(): void {
    closeSync(this.#fd);
  }

  /** Closes the file at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }

  #seed(pageNumber: number): number {
    return checksumSeed(this.header.fingerprint, pageNumber);
  }

  async #readOverflow(
    pointer: OverflowPointer,
    pageNumber: number,
    lines: number,
  ): Promise<PageLengths> {
    const bytes = overflowRecordBytes(lines, pointer.widthBits);
    const { indexBytes } = this.header;
    const isInside = pointer.recordOffset >= overflowOffset(this.header) &&
      pointer.recordOffset + bytes <= indexBytes;
    if (!isInside) this.#damaged(pageNumber);
    const record = await this.#read(pointer.recordOffset, bytes);
    return decodeOverflow(record, pointer, this.#seed(pageNumber), lines) ??
      this.#damaged(pageNumber);
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

  async #read(offset: number, bytes: number): Promise<Uint8Array> {
    const into = new Uint8Array(bytes);
    for (let got = 0; got < bytes;) {
      const { bytesRead } = await readAsync(this.#fd, into, got, bytes - got, offset + got)
        .catch((error) => {
          throw cannotRead(this.path, error);
        });
      if (bytesRead === 0) throw damaged(this.path, "it was cut off while it was open");
      got += bytesRead;
    }
    return into;
  }

  #damaged(pageNumber: number): never {
    throw damaged(this.path, `its page ${pageNumber} does not add up`);
  }
}

function openIndex(path: string): number {
  try {
    // Before opening: opening a pipe would wait for its writer.
    if (!statSync(path).isFile()) {
      throw new IndexError("foreign", `Not an index: ${path}: name another place with --index`);
    }
    return openSync(path, "r");
  } catch (error) {
    if (error instanceof IndexError) throw error;
    if (systemErrorCode(error) === "ENOENT") {
      throw new IndexError("missing", `No index: ${path}: make it with "linesvr index"`);
    }
    throw cannotRead(path, error);
  }
}

function readHeader(path: string, fd: number): IndexHeader {
  const fileBytes = fstatSync(fd).size;
  const bytes = new Uint8Array(HEADER_BYTES);
  const header = decodeHeader(bytes.subarray(0, readSync(fd, bytes, 0, HEADER_BYTES, 0)), path);
  if (fileBytes !== header.indexBytes) {
    throw damaged(path, `it has ${fileBytes} bytes, not ${header.indexBytes}`);
  }
  return header;
}

function damaged(path: string, what: string): IndexError {
  return new IndexError(
    "damaged",
    `Index damaged: ${path}: ${what}: make it anew with "linesvr index --force"`,
  );
}

function cannotRead(path: string, error: unknown): IndexError {
  return new IndexError("unreadable", `Cannot read index: ${describeSystemError(error)}: ${path}`, {
    cause: error,
  });
}
