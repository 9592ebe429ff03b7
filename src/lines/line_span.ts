/** Where a line stands in the text. */
export interface LineSpan {
  /** The line's number: 1 is the first. */
  readonly line: number;
  /** Where its first byte stands. */
  readonly start: number;
  /** Where the next line would begin: the terminator stands before this offset. */
  readonly end: number;
}
