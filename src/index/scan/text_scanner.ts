/** The newlines of one segment of a text. */
export interface SegmentNewlines {
  /** Offset of the segment in the text. */
  readonly offset: number;
  /** The positions of the newlines in the segment, ascending; valid until the next segment is asked for. */
  readonly newlines: Uint32Array;
  /** How much of the file has been read, in bytes. */
  readonly doneBytes: number;
}

/** Finds the newlines of a text from its beginning to its end, segment by segment. */
export interface TextScanner extends Disposable {
  /** How much of the file there is to read, in bytes. */
  readonly allBytes: number;
  /** The size of the text; of a compressed one, as far as it has been scanned. */
  readonly textBytes: number;
  /**
   * The segments in order. Can be iterated once. Timers, signals and messages are handled in between.
   *
   * @throws {Error} if the text cannot be read, is damaged, or is shorter than when it was opened
   */
  segments(): AsyncGenerator<SegmentNewlines, void>;
}
