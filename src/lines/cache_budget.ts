import { linesInPage, pageCount, slotBytes } from "../index/format.ts";
import type { IndexHeader } from "../index/header.ts";
import { pageMemoryBytes } from "../index/index_page.ts";
import { PLACE_TABLE_MAX_BYTES, PlaceTable } from "./place_table.ts";
import { SharedText } from "./shared_text.ts";
import { TEXT_BLOCK_BYTES, textBlockCount } from "./text_block.ts";

/** How a budget is divided, in bytes. */
export interface CacheBudget {
  /** For pages of the index. */
  readonly pageBytes: number;
  /** For blocks of the text. */
  readonly textBytes: number;
}

/** What each of several stores of one text may take. */
export interface StoreBudget {
  /** For pages and blocks of its own. */
  readonly cacheBytes: number;
  /** Memory for the whole text that all of them share; `undefined` where it would not fit. */
  readonly sharedText: SharedArrayBuffer | undefined;
}

/** The share of a budget that pages may take where the text does not fit beside them. */
export const PAGE_SHARE_MAX = 7 / 8;

/**
 * Divides the budget of one store. Pages go first, up to {@linkcode PAGE_SHARE_MAX} of it: one of them
 * stands for many blocks of the text, and costs twenty times as much to read again as a line does.
 */
export function divideCache(cacheBytes: number, header: IndexHeader): CacheBudget {
  const pageBytes = Math.min(allPagesBytes(header), cacheBytes * PAGE_SHARE_MAX);
  const allTextBytes = textBlockCount(header.textBytes) * TEXT_BLOCK_BYTES;
  const textBytes = Math.min(allTextBytes, cacheBytes - pageBytes);
  return { pageBytes: cacheBytes - textBytes, textBytes };
}

/**
 * How much of what there is for pages a {@linkcode PlaceTable} may take.
 *
 * @returns all that it takes, or 0 where that does not leave room for all pages
 */
export function placeTableBytes(pageBytes: number, header: IndexHeader): number {
  const bytes = PlaceTable.sizeFor(header);
  const hasRoom = bytes <= PLACE_TABLE_MAX_BYTES && allPagesBytes(header) + bytes <= pageBytes;
  return hasRoom ? bytes : 0;
}

/**
 * Divides a budget among stores of one text, each in a thread of its own. A text that fits into it,
 * beside all pages in each thread, is kept once for all of them.
 *
 * @param stores how many there are: 1 or more
 */
export function divideAmongStores(
  cacheBytes: number,
  header: IndexHeader,
  stores: number,
): StoreBudget {
  const sharedBytes = SharedText.sizeFor(header.textBytes);
  if (stores === 1 || sharedBytes + stores * allPagesBytes(header) > cacheBytes) {
    return { cacheBytes: Math.floor(cacheBytes / stores), sharedText: undefined };
  }
  return {
    cacheBytes: Math.floor((cacheBytes - sharedBytes) / stores),
    sharedText: SharedText.create(header).buffer,
  };
}

function allPagesBytes(header: IndexHeader): number {
  const pages = pageCount(header);
  if (pages === 0) return 0;
  return pages * pageMemoryBytes(linesInPage(header, 0), slotBytes(header, 0));
}
