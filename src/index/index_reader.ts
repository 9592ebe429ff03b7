import type { FileRange } from "../source/fingerprint.ts";
import { FileEndsEarly, LocalFile, type LocalFileOptions } from "../source/local/local_file.ts";
import { NotRegularFile } from "../source/local/regular_file.ts";
import { systemErrorCode } from "../source/messages.ts";
import type { ByteSource } from "../source/text_source.ts";
import { decodeHeader, type IndexHeader } from "./format/header.ts";
import { IndexPage } from "./format/index_page.ts";
import type { PageLengths } from "./format/page_bytes.ts";
import {
  HEADER_BYTES,
  linesInPage,
  overflowOffset,
  pageCount,
  slotBytes,
  slotOffset,
} from "./format/layout.ts";
import { checksumSeeds, decodePage, decodeSlot, packedPageBytes } from "./format/page_codec.ts";
import {
  damagedIndex,
  foreignIndex,
  type IndexError,
  missingIndex,
  unreadableIndex,
} from "./index_error.ts";

/** How an index file is opened. */
export type OpenIndexOptions = Pick<LocalFileOptions, "mayBlock" | "disk">;

/** @throws {IndexError} (as a rejection) `missing`, `foreign`, `version`, `damaged` or `unreadable` */
export async function openIndex(
  path: string,
  options: OpenIndexOptions = {},
): Promise<IndexReader> {
  const file = await LocalFile.open(path, fileOptions(path, options))
    .catch((error) => Promise.reject(cannotOpen(path, error)));
  return await IndexReader.open(file);
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

  private constructor(source: ByteSource, header: IndexHeader) {
    this.header = header;
    this.#source = source;
    this.#seedOf = checksumSeeds(header.fingerprint, header.linesPerPage);
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
    const slot = this.#tryRead(this.#slotRange(pageNumber));
    const found = slot && this.#decodeSlot(slot, pageNumber);
    if (found === undefined || found instanceof IndexPage) return found;
    const overflow = this.#tryRead(found);
    return overflow && this.#decodeOverflow(overflow, pageNumber);
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
    const found = this.#decodeSlot(slot, pageNumber);
    if (found instanceof IndexPage) return found;
    return this.#decodeOverflow(await this.#read(found, signal), pageNumber);
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
  #decodeSlot(bytes: Uint8Array, pageNumber: number): IndexPage | FileRange {
    const lines = linesInPage(this.header, pageNumber);
    const slot = decodeSlot(bytes, this.#seedOf(pageNumber), lines);
    if (slot === undefined || "packed" in slot) return this.#pageOf(slot, pageNumber);
    const range = {
      offset: overflowOffset(this.header) + slot.pageOffset,
      bytes: packedPageBytes(lines, slot.widthBits),
    };
    if (range.offset + range.bytes <= this.header.indexBytes) return range;
    throw this.#damaged(`page ${pageNumber} is beyond its end`);
  }

  #decodeOverflow(bytes: Uint8Array, pageNumber: number): IndexPage {
    const lines = linesInPage(this.header, pageNumber);
    return this.#pageOf(decodePage(bytes, this.#seedOf(pageNumber), lines), pageNumber);
  }

  // The last page ends where the text ends, and the others end before.
  #pageOf(lengths: PageLengths | undefined, pageNumber: number): IndexPage {
    if (lengths === undefined) throw this.#damaged(`page ${pageNumber} fails its checksum`);
    const page = new IndexPage(lengths);
    const { textBytes } = this.header;
    const isLast = pageNumber === this.pages - 1;
    if (isLast ? page.endOffset === textBytes : page.endOffset < textBytes) return page;
    throw this.#damaged(`page ${pageNumber} ends at byte ${page.endOffset} of ${textBytes}`);
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

function checkedHeader(bytes: Uint8Array, { name, size }: ByteSource): IndexHeader {
  const header = decodeHeader(bytes, name);
  if (size === header.indexBytes) return header;
  throw damagedIndex(name, `it has ${size} bytes, not ${header.indexBytes}`);
}
