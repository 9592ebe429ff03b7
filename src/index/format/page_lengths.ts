/** What a page says of its lines, as it stands in the index. */
export interface PageLengths {
  /** How many lines the page holds: 1 or more. */
  readonly lines: number;
  /** Where the page's first line begins in the text. */
  readonly firstOffset: number;
  /** The length in bytes of the page's shortest line, its terminator included. */
  readonly minLength: number;
  /** The width in bits of each packed value: 0 to 53. */
  readonly widthBits: number;
  /** Each line's length less `minLength`, packed. */
  readonly packed: Uint8Array;
}
