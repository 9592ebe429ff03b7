/**
 * The layout of an index file. docs/index-format.md describes it byte by byte.
 *
 * ```
 * header          128 bytes
 * slot 0          SLOT_HEADER_BYTES + packedBytes(linesPerPage, slotWidthBits)
 * slot 1          the same size
 * …
 * the last slot   as large as its lines need
 * overflow        the pages that are wider than a slot
 * ```
 *
 * @module
 */
import { packedBytes } from "./bit_packing.ts";

/** The version of the format that this program reads and writes. */
export const FORMAT_VERSION = 4;

export const HEADER_BYTES = 128;

/** The size of a page without its packed lengths, and of a pointer to a page in the overflow area. */
export const SLOT_HEADER_BYTES = 24;

export const LINES_PER_PAGE_DEFAULT = 1024;

/** The most lines in a page: a page of the widest lengths stays under 512 KiB. */
export const LINES_PER_PAGE_MAX = 65_536;

/** Appended to the path of a text unless another path is chosen for the index. */
export const INDEX_SUFFIX = ".lineidx";

/** The numbers from which the position of everything in an index file is computed. */
export interface Layout {
  /** Lines in the text: 0 to 2^53 - 1. */
  readonly lines: number;
  /** Lines in every page but the last: 1 to {@linkcode LINES_PER_PAGE_MAX}. */
  readonly linesPerPage: number;
  /** The widest lengths that fit in a slot, in bits: 0 to 53. */
  readonly slotWidthBits: number;
}

/** How lines are divided among pages. */
export type Paging = Pick<Layout, "lines" | "linesPerPage">;

export function pageCount(layout: Paging): number {
  return Math.ceil(layout.lines / layout.linesPerPage);
}

export function linesInPage(layout: Paging, page: number): number {
  return Math.min(layout.linesPerPage, layout.lines - page * layout.linesPerPage);
}

export function slotOffset(layout: Layout, page: number): number {
  const slotBytes = SLOT_HEADER_BYTES + packedBytes(layout.linesPerPage, layout.slotWidthBits);
  return HEADER_BYTES + page * slotBytes;
}

export function slotBytes(layout: Layout, page: number): number {
  return SLOT_HEADER_BYTES + packedBytes(linesInPage(layout, page), layout.slotWidthBits);
}

export function overflowOffset(layout: Layout): number {
  const last = pageCount(layout) - 1;
  return last < 0 ? HEADER_BYTES : slotOffset(layout, last) + slotBytes(layout, last);
}

/** @param line its number: 1 or more */
export function pageOfLine(layout: Pick<Paging, "linesPerPage">, line: number): number {
  return Math.floor((line - 1) / layout.linesPerPage);
}
