/**
 * The layout of an index file. ARCHITECTURE.md draws it byte by byte.
 *
 * ```
 * header          128 bytes
 * slot 0          SLOT_HEADER_BYTES + packedBytes(linesPerPage, slotWidthBits)
 * slot 1          as large
 * …
 * the last slot   as large as its lines need
 * overflow        the pages that are wider than a slot
 * ```
 *
 * @module
 */
import { packedBytes } from "./bit_packing.ts";

/** The version of the format that this program writes and reads. */
export const FORMAT_VERSION = 4;

/** The header's size. */
export const HEADER_BYTES = 128;

/** What stands in a page before the packed lengths; the whole slot of a page that does not fit. */
export const SLOT_HEADER_BYTES = 24;

/** Lines in a page where nothing else is asked for. */
export const LINES_PER_PAGE_DEFAULT = 1024;

/** Lines in a page at most: a page of the widest lengths stays under 512 KiB. */
export const LINES_PER_PAGE_MAX = 65_536;

/** Appended to the text's path where no other path is asked for. */
export const INDEX_SUFFIX = ".lineidx";

/** The facts from which every place in an index file follows by arithmetic. */
export interface Layout {
  /** Lines in the text: 0 to 2^53 - 1. */
  readonly lines: number;
  /** Lines in every page but the last: 1 to {@linkcode LINES_PER_PAGE_MAX}. */
  readonly linesPerPage: number;
  /** The widest lengths that stand in a slot, in bits: 0 to 53. */
  readonly slotWidthBits: number;
}

/** How lines are divided among pages. */
export type Paging = Pick<Layout, "lines" | "linesPerPage">;

/** How many pages there are. */
export function pageCount(layout: Paging): number {
  return Math.ceil(layout.lines / layout.linesPerPage);
}

/** How many lines the page holds: `linesPerPage`, fewer in the last. */
export function linesInPage(layout: Paging, page: number): number {
  return Math.min(layout.linesPerPage, layout.lines - page * layout.linesPerPage);
}

/** Where the page's slot begins in the index file. */
export function slotOffset(layout: Layout, page: number): number {
  const slotBytes = SLOT_HEADER_BYTES + packedBytes(layout.linesPerPage, layout.slotWidthBits);
  return HEADER_BYTES + page * slotBytes;
}

/** The size of the page's slot. */
export function slotBytes(layout: Layout, page: number): number {
  return SLOT_HEADER_BYTES + packedBytes(linesInPage(layout, page), layout.slotWidthBits);
}

/** Where the overflow area begins in the index file. */
export function overflowOffset(layout: Layout): number {
  const last = pageCount(layout) - 1;
  return last < 0 ? HEADER_BYTES : slotOffset(layout, last) + slotBytes(layout, last);
}

/**
 * Which page a line is in.
 *
 * @param line its number: 1 or more
 */
export function pageOfLine(layout: Pick<Paging, "linesPerPage">, line: number): number {
  return Math.floor((line - 1) / layout.linesPerPage);
}
