import type { IndexPage } from "../index/format/index_page.ts";

/** The most lines in a batch. */
export const BATCH_MAX_LINES = 64;

/** Start of a line whose page is not available. */
export const NOT_LOCATED: number = -1;

/**
 * Lines that are looked up together, and where they are in the text. The arrays are reused: an object for
 * each line would cost as much as looking it up.
 */
export class LineBatch {
  /** Line numbers; 0 for none. */
  readonly lines: Float64Array = new Float64Array(BATCH_MAX_LINES);
  /** Offset of each line's first byte, or {@linkcode NOT_LOCATED}. */
  readonly starts: Float64Array = new Float64Array(BATCH_MAX_LINES);
  /** Offset after each line's terminator: where the next line begins. */
  readonly ends: Float64Array = new Float64Array(BATCH_MAX_LINES);
  /** How many lines there are: 0 to {@linkcode BATCH_MAX_LINES}. */
  count = 0;
}

/** Where a line is in the text. */
export interface LineSpan {
  readonly lineNumber: number;
  /** Offset of the first byte. */
  readonly start: number;
  /** Offset after the terminator: where the next line begins. */
  readonly end: number;
}

/**
 * Where a line of a page is.
 *
 * @param page the line's page
 * @param linesPerPage lines in every page but the last
 */
export function spanInPage(page: IndexPage, lineNumber: number, linesPerPage: number): LineSpan {
  const lineInPage = (lineNumber - 1) % linesPerPage;
  const start = page.startOf(lineInPage);
  return { lineNumber, start, end: start + page.lengthOf(lineInPage) };
}
