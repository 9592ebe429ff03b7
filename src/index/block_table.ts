import type { BlockTable, KnownBlock } from "../source/compressed/block_table.ts";
import type { ByteSource } from "../source/text_source.ts";
import {
  blockChecksum,
  type BlockEntry,
  BLOCKS_PER_TABLE_PAGE,
  decodeTablePage,
  TABLE_PAGE_BYTES,
  tablePageCount,
  tableSeeds,
} from "./format/block_table_page.ts";
import type { CompressedLayout, IndexHeader } from "./format/header.ts";
import { damagedIndex } from "./index_error.ts";
import { nextTask, YIELD_AFTER_MS } from "./scan/next_task.ts";

/** How many pages of a table are kept in memory: about 1 MiB. */
export const TABLE_PAGES_CACHED = 64;

// Blocks have about the same size, so the page of an offset is near its place by proportion. A file may be made
// otherwise on purpose: then the range is halved.
const PROPORTIONAL_PROBES_MAX = 8;

/**
 * The block table of an index. It is searched in the file of the index: only the pages that were needed last are
 * in memory.
 */
export class IndexBlockTable implements BlockTable {
  readonly #source: ByteSource;
  readonly #layout: CompressedLayout;
  readonly #textBytes: number;
  readonly #indexBytes: number;
  readonly #pageCount: number;
  readonly #seedOf: (tablePage: number) => number;
  // In the order of their last use.
  readonly #pages = new Map<number, readonly BlockEntry[]>();

  /** @param source the file of the index; the caller closes it */
  constructor(source: ByteSource, header: IndexHeader, layout: CompressedLayout) {
    this.#source = source;
    this.#layout = layout;
    this.#textBytes = header.textBytes;
    this.#indexBytes = header.indexBytes;
    this.#pageCount = tablePageCount(layout.blocks);
    this.#seedOf = tableSeeds(header.fingerprint);
  }

  tryFind(textOffset: number): KnownBlock | undefined {
    const search = new PageSearch(textOffset, this.#pageCount, this.#textBytes);
    for (let probe = search.next(); probe !== undefined; probe = search.next()) {
      const entries = this.#pages.get(probe) ?? this.#tryReadPage(probe);
      if (entries === undefined) return undefined;
      if (search.note(probe, entries)) return this.#found(entries, textOffset, probe);
    }
    throw this.#contradicts();
  }

  async find(textOffset: number, signal?: AbortSignal): Promise<KnownBlock> {
    const search = new PageSearch(textOffset, this.#pageCount, this.#textBytes);
    for (let probe = search.next(); probe !== undefined; probe = search.next()) {
      const entries = this.#pages.get(probe) ?? await this.#readPage(probe, signal);
      if (search.note(probe, entries)) return this.#found(entries, textOffset, probe);
    }
    throw this.#contradicts();
  }

  tryReadWindow(block: KnownBlock): Uint8Array | undefined {
    const entry = block as TableBlock;
    const window = new Uint8Array(entry.windowBytes);
    return this.#source.tryRead(window, this.#windowOffset(entry)) ? window : undefined;
  }

  async readWindow(block: KnownBlock, signal?: AbortSignal): Promise<Uint8Array> {
    const entry = block as TableBlock;
    const window = new Uint8Array(entry.windowBytes);
    await this.#source.read(window, this.#windowOffset(entry), signal);
    return window;
  }

  /**
   * Reads all of the table, and verifies that its blocks are the whole text. Reading blocks the thread for some
   * milliseconds at a time.
   *
   * @throws {IndexError} (as a rejection) `damaged` or `unreadable`
   * @throws the signal's reason, if it was aborted
   */
  async verify(signal?: AbortSignal): Promise<void> {
    let textOffset = 0;
    let yieldedMs = performance.now();
    for (let page = 0; page < this.#pageCount; page++) {
      const entries = this.#tryReadPage(page)!;
      if (entries[0]!.textOffset !== textOffset) throw this.#contradicts();
      const last = entries.at(-1)!;
      textOffset = last.textOffset + last.textBytes;
      if (performance.now() - yieldedMs < YIELD_AFTER_MS) continue;
      await nextTask();
      signal?.throwIfAborted();
      yieldedMs = performance.now();
    }
    if (textOffset !== this.#textBytes) throw this.#contradicts();
  }

  #found(entries: readonly BlockEntry[], textOffset: number, page: number): KnownBlock {
    let low = 0;
    for (let high = entries.length; high - low > 1;) {
      const middle = (low + high) >> 1;
      if (entries[middle]!.textOffset <= textOffset) low = middle;
      else high = middle;
    }
    this.#pages.delete(page);
    this.#pages.set(page, entries);
    return new TableBlock(entries[low]!);
  }

  #tryReadPage(page: number): readonly BlockEntry[] | undefined {
    const bytes = new Uint8Array(TABLE_PAGE_BYTES);
    return this.#source.tryRead(bytes, this.#pageOffset(page))
      ? this.#admit(page, bytes)
      : undefined;
  }

  async #readPage(page: number, signal?: AbortSignal): Promise<readonly BlockEntry[]> {
    const bytes = new Uint8Array(TABLE_PAGE_BYTES);
    await this.#source.read(bytes, this.#pageOffset(page), signal);
    return this.#admit(page, bytes);
  }

  #admit(page: number, bytes: Uint8Array): readonly BlockEntry[] {
    const entries = decodeTablePage(bytes, this.#seedOf(page));
    const { blocks, storedBytes } = this.#layout;
    const count = Math.min(BLOCKS_PER_TABLE_PAGE, blocks - page * BLOCKS_PER_TABLE_PAGE);
    const isRight = entries !== undefined && entries.length === count &&
      entries.every((entry) => entry.storedOffset + entry.storedBytes <= storedBytes) &&
      entries.at(-1)!.textOffset + entries.at(-1)!.textBytes <= this.#textBytes;
    if (!isRight) throw this.#damaged(`block table page ${page} fails its checksum`);
    this.#pages.set(page, entries);
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= TABLE_PAGES_CACHED) break;
      this.#pages.delete(oldest);
    }
    return entries;
  }

  #pageOffset(page: number): number {
    return this.#layout.tableOffset + page * TABLE_PAGE_BYTES;
  }

  #windowOffset({ windowOffset, windowBytes }: BlockEntry): number {
    const offset = this.#pageOffset(this.#pageCount) + windowOffset;
    if (offset + windowBytes <= this.#indexBytes) return offset;
    throw this.#damaged("a window is beyond its end");
  }

  #contradicts(): Error {
    return this.#damaged("its block table contradicts itself");
  }

  #damaged(reason: string): Error {
    return damagedIndex(this.#source.name, reason);
  }
}

class TableBlock implements KnownBlock, BlockEntry {
  readonly textOffset: number;
  readonly textBytes: number;
  readonly storedOffset: number;
  readonly storedBytes: number;
  readonly skippedBits: number;
  readonly checksum: number;
  readonly windowOffset: number;
  readonly windowBytes: number;

  constructor(entry: BlockEntry) {
    this.textOffset = entry.textOffset;
    this.textBytes = entry.textBytes;
    this.storedOffset = entry.storedOffset;
    this.storedBytes = entry.storedBytes;
    this.skippedBits = entry.skippedBits;
    this.checksum = entry.checksum;
    this.windowOffset = entry.windowOffset;
    this.windowBytes = entry.windowBytes;
  }

  get hasWindow(): boolean {
    return this.windowBytes > 0;
  }

  isText(text: Uint8Array): boolean {
    return blockChecksum(text) === this.checksum;
  }
}

/** Which pages of a table are looked at to find the one of a text offset. */
class PageSearch {
  readonly #textOffset: number;
  // What is left: pages `low` to `high`, and the text that begins at `from` and ends at `to`.
  #low = 0;
  #high: number;
  #from = 0;
  #to: number;
  #probes = 0;

  constructor(textOffset: number, pages: number, textBytes: number) {
    this.#textOffset = textOffset;
    this.#high = pages - 1;
    this.#to = textBytes;
  }

  /** The page to look at next; undefined if none is left. */
  next(): number | undefined {
    const pages = this.#high - this.#low + 1;
    if (pages <= 0) return undefined;
    const share = this.#probes++ < PROPORTIONAL_PROBES_MAX
      ? (this.#textOffset - this.#from) / (this.#to - this.#from)
      : 0.5;
    return this.#low + Math.min(Math.max(Math.floor(share * pages), 0), pages - 1);
  }

  /** Whether a page has the block that is searched. */
  note(page: number, entries: readonly BlockEntry[]): boolean {
    const first = entries[0]!;
    const last = entries.at(-1)!;
    if (this.#textOffset < first.textOffset) {
      this.#high = page - 1;
      this.#to = first.textOffset;
      return false;
    }
    const end = last.textOffset + last.textBytes;
    if (this.#textOffset < end) return true;
    this.#low = page + 1;
    this.#from = end;
    return false;
  }
}
