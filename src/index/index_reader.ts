import type { FileRange } from "../source/fingerprint.ts";
import { FileEndsEarly, LocalFile, type LocalFileOptions } from "../source/local/local_file.ts";
import { NotRegularFile } from "../source/local/regular_file.ts";
import { systemErrorCode } from "../source/messages.ts";
import { ReadAhead } from "../source/read_ahead.ts";
import { isRemote } from "../source/remote/remote_location.ts";
import type { ByteSource } from "../source/text_source.ts";
import { IndexBlockTable } from "./block_table.ts";
import { decodeHeader, type IndexHeader } from "./format/header.ts";
import { IndexPage } from "./format/index_page.ts";
import {
  HEADER_BYTES,
  linesInPage,
  overflowOffset,
  pageCount,
  slotBytes,
  slotOffset,
} from "./format/layout.ts";
import {
  checksumSeeds,
  type PackedPage,
  packedPageBytes,
  unpack,
  verifyPage,
  verifySlot,
} from "./format/page_codec.ts";
import {
  damagedIndex,
  foreignIndex,
  type IndexError,
  missingIndex,
  unreadableIndex,
} from "./index_error.ts";

/** How an index file is opened. */
export type OpenIndexOptions = Pick<LocalFileOptions, "mayBlock" | "disk">;

/**
 * @param path of a file, or the address of one on a server
 * @throws {IndexError} (as a rejection) `missing`, `foreign`, `version`, `damaged` or `unreadable`
 */
export async function openIndex(
  path: string,
  options: OpenIndexOptions = {},
): Promise<IndexReader> {
  const file = isRemote(path)
    ? await (await import("./remote_index.ts")).openRemoteIndex(path)
    : await LocalFile.open(path, fileOptions(path, options))
      .catch((error) => Promise.reject(cannotOpen(path, error)));
  return await IndexReader.open(file);
}

/**
 * As {@linkcode openIndex}, for a caller that may block and reads the pages in order.
 *
 * @throws {IndexError} (as a rejection) `missing`, `foreign`, `version`, `damaged` or `unreadable`
 */
export async function openIndexInOrder(path: string): Promise<IndexReader> {
  const file = isRemote(path)
    ? await (await import("./remote_index.ts")).copyRemoteIndex(path)
    : openIndexFile(path, { mayBlock: true });
  return await IndexReader.open(new ReadAhead(file));
}

/**
 * An open index. Opening it reads only the header, so it takes the same time for any number of lines.
 *
 * A page is verified when it is read: a page that is damaged, or belongs to another place or another
 * index, is an error.
 */
export class IndexReader implements AsyncDisposable {
  readonly header: IndexHeader;
  readonly #source: ByteSource;
  readonly #seedOf: (pageNumber: number) => number;
  /** Where the blocks of the file are, if it is compressed. */
  readonly blockTable: IndexBlockTable | undefined;

  private constructor(source: ByteSource, header: IndexHeader) {
    this.header = header;
    this.#source = source;
    this.#seedOf = checksumSeeds(header.fingerprint, header.linesPerPage);
    const { compressed } = header;
    this.blockTable = compressed && new IndexBlockTable(source, header, compressed);
  }

  /**
   * @param source belongs to the reader from now on: it is closed with it, or if opening fails
   * @throws {IndexError} (as a rejection) `foreign`, `version`, `damaged` or `unreadable`
   */
  static async open(source: ByteSource): Promise<IndexReader> {
    await using opened = new AsyncDisposableStack();
    opened.use(source);
    const index = new IndexReader(source, await readHeaderOf(source));
    opened.move();
    return index;
  }

  /** Its path or address, for messages. */
  get name(): string {
    return this.#source.name;
  }

  get isRemote(): boolean {
    return this.#source.isRemote === true;
  }

  /** @throws {Error} if another file has taken the place of the index on its server: pages cannot be read any more */
  check(): void {
    this.#source.check?.();
  }

  get lines(): number {
    return this.header.lines;
  }

  get pages(): number {
    return pageCount(this.header);
  }

  /**
   * Reads a page if that does not block.
   *
   * @param pageNumber 0 to `pages` - 1
   * @returns undefined if it would block: {@linkcode readPage} is to be awaited then
   * @throws {IndexError} `damaged` or `unreadable`
   */
  tryReadPage(pageNumber: number): IndexPage | undefined {
    const packed = this.tryReadPacked(pageNumber);
    return packed && this.#pageOf(packed, pageNumber);
  }

  /**
   * As {@linkcode tryReadPage}, but the page stays packed, and only its checksum is verified. The bytes belong to
   * the caller.
   */
  tryReadPacked(pageNumber: number): PackedPage | undefined {
    const slot = this.#tryRead(this.#slotRange(pageNumber));
    const found = slot && this.#verifySlot(slot, pageNumber);
    if (found === undefined || "lines" in found) return found;
    const overflow = this.#tryRead(found);
    return overflow && this.#verifyOverflow(overflow, pageNumber);
  }

  /**
   * Reads a page: with one read, or two if its lengths are in the overflow area. Several may be read
   * concurrently.
   *
   * @param pageNumber 0 to `pages` - 1
   * @throws {IndexError} (as a rejection) `damaged` or `unreadable`
   */
  async readPage(pageNumber: number, signal?: AbortSignal): Promise<IndexPage> {
    const slot = await this.#read(this.#slotRange(pageNumber), signal);
    const found = this.#verifySlot(slot, pageNumber);
    const packed = "lines" in found
      ? found
      : this.#verifyOverflow(await this.#read(found, signal), pageNumber);
    return this.#pageOf(packed, pageNumber);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source[Symbol.asyncDispose]();
  }

  #tryRead({ offset, bytes }: FileRange): Uint8Array | undefined {
    const into = new Uint8Array(bytes);
    return this.#source.tryRead(into, offset) ? into : undefined;
  }

  async #read({ offset, bytes }: FileRange, signal?: AbortSignal): Promise<Uint8Array> {
    const into = new Uint8Array(bytes);
    await this.#source.read(into, offset, signal);
    return into;
  }

  #slotRange(page: number): FileRange {
    return { offset: slotOffset(this.header, page), bytes: slotBytes(this.header, page) };
  }

  // The page, or where it is in the overflow area.
  #verifySlot(bytes: Uint8Array, pageNumber: number): PackedPage | FileRange {
    const lines = linesInPage(this.header, pageNumber);
    const slot = verifySlot(bytes, this.#seedOf(pageNumber), lines);
    if (slot === undefined) throw this.#failsChecksum(pageNumber);
    if ("lines" in slot) return slot;
    const range = {
      offset: overflowOffset(this.header) + slot.pageOffset,
      bytes: packedPageBytes(lines, slot.widthBits),
    };
    if (range.offset + range.bytes <= pagesEnd(this.header)) return range;
    throw this.#damaged(`page ${pageNumber} is beyond its end`);
  }

  #verifyOverflow(bytes: Uint8Array, pageNumber: number): PackedPage {
    const lines = linesInPage(this.header, pageNumber);
    const page = verifyPage(bytes, this.#seedOf(pageNumber), lines);
    if (page === undefined) throw this.#failsChecksum(pageNumber);
    return page;
  }

  // The last page ends where the text ends, and the others end before.
  #pageOf(packed: PackedPage, pageNumber: number): IndexPage {
    const lengths = unpack(packed);
    if (lengths === undefined) throw this.#failsChecksum(pageNumber);
    const page = new IndexPage(lengths);
    const { textBytes } = this.header;
    const isLast = pageNumber === this.pages - 1;
    if (isLast ? page.endOffset === textBytes : page.endOffset < textBytes) return page;
    throw this.#damaged(`page ${pageNumber} ends at byte ${page.endOffset} of ${textBytes}`);
  }

  #failsChecksum(pageNumber: number): Error {
    return this.#damaged(`page ${pageNumber} fails its checksum`);
  }

  #damaged(reason: string): Error {
    return damagedIndex(this.name, reason);
  }
}

/**
 * Opens the file of an index, for reading at once. If a FIFO is put at the path at this moment, the thread is
 * blocked. Its errors are {@linkcode IndexError}s.
 *
 * @throws {IndexError} `missing`, `foreign` if it is not a regular file, or `unreadable`
 */
export function openIndexFile(path: string, options: OpenIndexOptions): LocalFile {
  try {
    return LocalFile.openSync(path, fileOptions(path, options));
  } catch (error) {
    throw cannotOpen(path, error);
  }
}

function fileOptions(path: string, options: OpenIndexOptions): LocalFileOptions {
  return {
    ...options,
    toError: (cause) =>
      cause instanceof FileEndsEarly
        ? damagedIndex(path, cause.message)
        : unreadableIndex(path, cause),
  };
}

function cannotOpen(path: string, error: unknown): IndexError {
  if (error instanceof NotRegularFile) return foreignIndex(path);
  if (systemErrorCode(error) === "ENOENT") return missingIndex(path);
  return unreadableIndex(path, error);
}

/** @throws {IndexError} `missing`, `foreign`, `version`, `damaged` or `unreadable` */
export function readHeader(path: string): IndexHeader {
  using file = openIndexFile(path, { mayBlock: true });
  const bytes = new Uint8Array(Math.min(HEADER_BYTES, file.size));
  file.tryRead(bytes, 0);
  return checkedHeader(bytes, file);
}

/** @throws {IndexError} (as a rejection) `foreign`, `version`, `damaged` or `unreadable` */
export async function readHeaderOf(source: ByteSource): Promise<IndexHeader> {
  const bytes = new Uint8Array(Math.min(HEADER_BYTES, source.size));
  if (!source.tryRead(bytes, 0)) await source.read(bytes, 0);
  return checkedHeader(bytes, source);
}

// What follows the overflow area.
function pagesEnd({ compressed, indexBytes }: IndexHeader): number {
  return compressed?.tableOffset ?? indexBytes;
}

function checkedHeader(bytes: Uint8Array, { name, size }: ByteSource): IndexHeader {
  const header = decodeHeader(bytes, name);
  if (size === header.indexBytes) return header;
  throw damagedIndex(name, `it has ${size} bytes, not ${header.indexBytes}`);
}
