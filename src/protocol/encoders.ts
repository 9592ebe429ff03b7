import type { ByteBuffer } from "./byte_buffer.ts";

/** Encodes the replies to a request for single lines. Appends to a buffer. */
export interface LineEncoder {
  /** A line that is held in memory: `bytes[start]` to `bytes[end - 1]`, without its terminator. */
  line(bytes: Uint8Array, start: number, end: number, out: ByteBuffer): void;
  /**
   * What comes before the bytes of a line that is too long to be held in memory.
   *
   * @returns which of its bytes are sent
   */
  longLine(byteLength: number, out: ByteBuffer): BytePart;
  /** What comes after the bytes of a long line. */
  longLineTail(out: ByteBuffer): void;
  /** There is no such line. */
  missing(out: ByteBuffer): void;
  /** The server failed; the message may contain anything. */
  error(message: string, out: ByteBuffer): void;
}

/** The bytes from `start` to `end` - 1 of something. */
export interface BytePart {
  readonly start: number;
  readonly end: number;
}

/** Encodes the reply to a request for a range of lines. */
export interface RangeEncoder {
  /** What comes before all lines. */
  rangeHead(lineCount: number, out: ByteBuffer): void;
  /**
   * Whole lines.
   *
   * @param lines as in the file: each line ends with LF or CRLF, but the last line of the file may lack its
   * terminator
   * @param hasCr whether there is a CR in them
   * @returns the encoded lines, which may be `lines` itself; anything else stays valid until the second call
   * after this one, which is made when these bytes have been used
   */
  rangeLines(lines: Uint8Array, hasCr: boolean): Uint8Array;
  /** What comes before the bytes of a line that is too long to be held in memory. */
  rangeLongLine(byteLength: number, out: ByteBuffer): void;
  /** What comes after the bytes of a long line. */
  rangeLongLineTail(out: ByteBuffer): void;
  /** The server failed before the head was sent; the message may contain anything. */
  error(message: string, out: ByteBuffer): void;
}
