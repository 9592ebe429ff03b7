import { LineFramer, type ReplyFramer } from "../../../src/client/line_framer.ts";

/** Encodes the requests to a server. */
export interface RequestEncoder {
  readonly requestMaxBytes: number;
  /** Writes the request for a line, 1 to 2^53 - 1, at a position; returns the position after it. */
  encodeRequest(lineNumber: number, into: Uint8Array, at: number): number;
  /** The size of the longest command for this many lines. */
  batchMaxBytes(lineCount: number): number;
  /** Writes one command for the first `count` of these lines, from position 0; returns its size. */
  encodeBatch(lineNumbers: Float64Array, count: number, into: Uint8Array): number;
}

/**
 * A protocol whose correct reply to a request is known beforehand: a head, the line's bytes and a tail.
 * So a reply is compared as it arrives, and is framed only if it differs.
 */
export interface ClientProtocol extends RequestEncoder {
  /** Of the head of a batch and of a reply together. */
  readonly replyHeadMaxBytes: number;
  /** Must not be modified. */
  readonly replyTail: Uint8Array;
  /** Writes what precedes the replies to a command for several lines, from position 0; returns its size. */
  encodeBatchHead(lineCount: number, into: Uint8Array): number;
  /**
   * Writes what precedes a line of this length, 0 to 2^31 - 1, at a position; returns the position after
   * it.
   */
  encodeReplyHead(lineByteCount: number, into: Uint8Array, at: number): number;
  /** Returns a framer for the replies of one connection. */
  createFramer(): ReplyFramer;
}

const LF = 10;
const ZERO = 48;
const SPACE = 32;
const GET = new TextEncoder().encode("GET ");
const MGET = new TextEncoder().encode("MGET");
const OK = new TextEncoder().encode("OK\n");

/** The greatest number of digits that {@linkcode writeDecimal} writes. */
export const DECIMAL_MAX_BYTES = 16;

/** The line protocol: the reply to `GET 5` is `OK`, LF, line 5, LF. `MGET` has several such replies. */
export const lineProtocol: ClientProtocol = {
  requestMaxBytes: GET.length + DECIMAL_MAX_BYTES + 1,
  replyHeadMaxBytes: OK.length,
  replyTail: new Uint8Array([LF]),
  encodeRequest(lineNumber, into, at) {
    into.set(GET, at);
    const end = writeDecimal(lineNumber, into, at + GET.length);
    into[end] = LF;
    return end + 1;
  },
  batchMaxBytes: (lineCount) => MGET.length + lineCount * (1 + DECIMAL_MAX_BYTES) + 1,
  encodeBatch(lineNumbers, count, into) {
    into.set(MGET);
    let end = MGET.length;
    for (let i = 0; i < count; i++) {
      into[end] = SPACE;
      end = writeDecimal(lineNumbers[i]!, into, end + 1);
    }
    into[end] = LF;
    return end + 1;
  },
  // The replies are those of so many GETs.
  encodeBatchHead: () => 0,
  encodeReplyHead(_lineByteCount, into, at) {
    into.set(OK, at);
    return at + OK.length;
  },
  createFramer: () => new LineFramer(),
};

/** Writes an integer from 0 to 2^53 - 1 at a position of `into`; returns the position after it. */
export function writeDecimal(value: number, into: Uint8Array, at: number): number {
  let end = at + 1;
  for (let power = 10; power <= value; power *= 10) end++;
  let i = end;
  let high = value;
  while (high >= 2 ** 31) {
    const tenth = Math.floor(high / 10);
    into[--i] = ZERO + (high - tenth * 10);
    high = tenth;
  }
  // 32-bit arithmetic is several times as fast.
  let rest = high | 0;
  while (i > at) {
    const tenth = (rest / 10) | 0;
    into[--i] = ZERO + (rest - tenth * 10);
    rest = tenth;
  }
  return end;
}
