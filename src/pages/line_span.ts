import type { IndexPage } from "../index/format/index_page.ts";

/** Where a line stands in the text. */
export interface LineSpan {
  /** The line's number: 1 is the first. */
  readonly line: number;
  /** Where its first byte stands. */
  readonly start: number;
  /** Where the next line would begin: the terminator stands before this offset. */
  readonly end: number;
}

/**
 * Where a line stands, by its page.
 *
 * @param page the line's page
 * @param line its number, 1 or more
 * @param linesPerPage lines in every page but the last
 */
export function spanOf(page: IndexPage, line: number, linesPerPage: number): LineSpan {
  const place = (line - 1) % linesPerPage;
  const start = page.startOf(place);
  return { line, start, end: start + page.lengthOf(place) };
}
