import type { ByteBuffer } from "./byte_buffer.ts";
import type { Request } from "./request.ts";

/** A byte protocol: how clients ask, and how replies look. */
export interface Protocol {
  /** For people. */
  readonly name: string;
  /**
   * Whether a connection that begins with these bytes speaks the protocol. It is asked again with a longer
   * head while the answer is "need more", for {@linkcode HEAD_MAX_BYTES} at most. Every other answer holds
   * for all longer heads too.
   */
  detect(head: Uint8Array): Detection;
  /** Opens a decoder for one connection. What a client has agreed on, such as a protocol version, lives in it. */
  open(): Decoder;
}

/** A protocol recognizes a head of this length, or refuses it. */
export const HEAD_MAX_BYTES = 1024;

/** An answer to whether a connection speaks a protocol. */
export type Detection = "yes" | "no" | "need more";

/** Turns what a client sends into requests. */
export interface Decoder {
  /**
   * The requests that end in this chunk.
   *
   * @param chunk null at the end of the stream; not used after the call
   */
  decode(chunk: Uint8Array | null): Request[];
}

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
   * terminator. Not used by the caller any more
   * @returns the encoded lines, which may be `lines` itself
   */
  rangeLines(lines: Uint8Array): Uint8Array;
  /** What comes before the bytes of a line that is too long to be held in memory. */
  rangeLongLine(byteLength: number, out: ByteBuffer): void;
  /** What comes after the bytes of a long line. */
  rangeLongLineTail(out: ByteBuffer): void;
  /** The server failed before the head was sent; the message may contain anything. */
  error(message: string, out: ByteBuffer): void;
}

/**
 * Finds the protocol of a connection.
 *
 * @param protocols tried in order
 * @param head the first bytes of the connection
 * @param isComplete whether no further bytes will come: then a protocol that needs more does not accept them
 * @returns undefined if more bytes are needed to tell
 * @throws {Error} if no protocol accepts the bytes
 */
export function detectProtocol(
  protocols: readonly Protocol[],
  head: Uint8Array,
  isComplete: boolean,
): Protocol | undefined {
  for (const protocol of protocols) {
    const detection = protocol.detect(head);
    if (detection === "yes") return protocol;
    if (detection === "need more" && !isComplete) return undefined;
  }
  throw new Error("Unknown protocol: the client's first bytes are of none.");
}
