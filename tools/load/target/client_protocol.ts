import { LineFramer, type ReplyFramer } from "../../../src/client/line_framer.ts";

/**
 * A protocol as its client sees it. The expected reply to a request is a head, the line's bytes and a
 * tail, so a reply can be compared with a file as it arrives.
 */
export interface ClientProtocol {
  readonly requestMaxBytes: number;
  readonly replyHeadMaxBytes: number;
  /** Must not be modified. */
  readonly replyTail: Uint8Array;
  /** Writes the request for a line, 1 to 2^53 - 1, at a position; returns the position after it. */
  encodeRequest(lineNumber: number, into: Uint8Array, at: number): number;
  /** Writes what precedes a line of this length, 0 to 2^31 - 1; returns the number of bytes written. */
  encodeReplyHead(lineByteCount: number, into: Uint8Array): number;
  /** Returns a framer for the replies of one connection. */
  createFramer(): ReplyFramer;
}

const LF = 10;
const ZERO = 48;
const GET = new TextEncoder().encode("GET ");
const OK = new TextEncoder().encode("OK\n");

/** The greatest number of digits that {@linkcode writeDecimal} writes. */
export const DECIMAL_MAX_BYTES = 16;

/** The line protocol: the reply to `GET 5` is `OK`, LF, line 5, LF. */
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
  encodeReplyHead(_lineByteCount, into) {
    into.set(OK);
    return OK.length;
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
