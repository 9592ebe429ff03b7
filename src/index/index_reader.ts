import { linesInPage, overflowOffset, pageCount, slotBytes, slotOffset } from "./format/layout.ts";
import type { IndexHeader } from "./format/header.ts";
import type { FileRange } from "../source/file_range.ts";
import { damagedIndex, unreadableIndex } from "./index_error.ts";
import { attemptOpen, headerOf } from "./index_file.ts";
import { IndexPage } from "./format/index_page.ts";
import type { PageLengths } from "./format/page_lengths.ts";
import {
  checksumSeeds,
  decodePage,
  decodeSlot,
  type OverflowPointer,
  packedPageBytes,
  type Slot,
} from "./format/page_codec.ts";

/** Told of a read: which piece of the file it was, and how many milliseconds it took. */
export type NoteRead = (range: FileRange, tookMs: number) => void;

/**
 * An open index. Opening reads the header only, and so costs the same for any number of lines.
 *
 * Pages that are asked for at the same time are read one after the other. Nothing of `node:` is needed,
 * which takes longer to load than a line to find.
 *
 * @example
 * ```ts
 * import { buildIndex } from "./build/build_index.ts";
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
  // One for each way of reading: a file has one position.
  readonly #file: Deno.FsFile;
  readonly #syncFile: Deno.FsFile;
  readonly #seedOf: (pageNumber: number) => number;

  // Settles when no page is being read in `#file`; never rejects.
  #idle: Promise<unknown> = Promise.resolve();

  private constructor(
    path: string,
    [file, syncFile]: readonly [Deno.FsFile, Deno.FsFile],
    header: IndexHeader,
  ) {
    this.path = path;
    this.#file = file;
    this.#syncFile = syncFile;
    this.header = header;
    this.#seedOf = checksumSeeds(header.fingerprint, header.linesPerPage);
  }

  /**
   * Opens an index.
   *
   * @throws {IndexError} `missing`, `foreign`, `version`, `damaged` or `unreadable`
   */
  static open(path: string): IndexReader {
    using opened = new DisposableStack();
    const file = opened.use(attemptOpen(path, () => Deno.openSync(path)));
    const header = headerOf(file, path);
    // Should it lead to another index by now, no page of that would pass: a page is bound to its own.
    const syncFile = opened.use(attemptOpen(path, () => Deno.openSync(path)));
    // From here on they are the index's to close.
    opened.move();
    return new IndexReader(path, [file, syncFile], header);
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
    const overflow = await this.#read(this.#overflowRange(slot.pointer, pageNumber));
    return this.#checked(this.#decodePage(overflow, pageNumber), pageNumber);
  }

  /**
   * As `readPage`, without waiting: the thread stands still until the disk answers.
   *
   * @param pageNumber 0 to `pages` - 1
   * @param noteRead called after each read of the file
   * @throws {IndexError} `damaged` where the page does not add up
   */
  readPageSync(pageNumber: number, noteRead?: NoteRead): IndexPage {
    const bytes = this.#readSync(this.slotRange(pageNumber), noteRead);
    const slot = this.#decodeSlot(bytes, pageNumber);
    if (slot.kind === "page") return this.#checked(slot.page, pageNumber);
    const overflow = this.#readSync(this.#overflowRange(slot.pointer, pageNumber), noteRead);
    return this.#checked(this.#decodePage(overflow, pageNumber), pageNumber);
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
    this.#file.close();
    this.#syncFile.close();
  }

  /** Closes the file at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }

  #overflowRange(pointer: OverflowPointer, pageNumber: number): FileRange {
    const offset = overflowOffset(this.header) + pointer.pageOffset;
    const bytes = packedPageBytes(linesInPage(this.header, pageNumber), pointer.widthBits);
    return offset + bytes <= this.header.indexBytes ? { offset, bytes } : this.#damaged(pageNumber);
  }

  #decodeSlot(bytes: Uint8Array, pageNumber: number): Slot {
    const lines = linesInPage(this.header, pageNumber);
    return decodeSlot(bytes, this.#seedOf(pageNumber), lines) ?? this.#damaged(pageNumber);
  }

  #decodePage(bytes: Uint8Array, pageNumber: number): PageLengths {
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

  #read(range: FileRange): Promise<Uint8Array> {
    const reading = this.#idle.then(() => this.#readAlone(range));
    this.#idle = reading.catch(() => {});
    return reading;
  }

  async #readAlone({ offset, bytes }: FileRange): Promise<Uint8Array> {
    const into = new Uint8Array(bytes);
    this.#attempt(() => this.#file.seekSync(offset, Deno.SeekMode.Start));
    for (let got = 0; got < bytes;) {
      const bytesRead = await this.#file.read(into.subarray(got)).catch((error) => {
        throw unreadableIndex(this.path, error);
      });
      got += this.#assertSome(bytesRead);
    }
    return into;
  }

  #readSync(range: FileRange, noteRead?: NoteRead): Uint8Array {
    const { offset, bytes } = range;
    const into = new Uint8Array(bytes);
    const startMs = performance.now();
    this.#attempt(() => this.#syncFile.seekSync(offset, Deno.SeekMode.Start));
    for (let got = 0; got < bytes;) {
      got += this.#assertSome(this.#attempt(() => this.#syncFile.readSync(into.subarray(got))));
    }
    noteRead?.(range, performance.now() - startMs);
    return into;
  }

  #attempt<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw unreadableIndex(this.path, error);
    }
  }

  #assertSome(bytesRead: number | null): number {
    if (bytesRead === null) throw damagedIndex(this.path, "it was cut off while it was open");
    return bytesRead;
  }

  #damaged(pageNumber: number): never {
    throw damagedIndex(this.path, `its page ${pageNumber} does not add up`);
  }
}
