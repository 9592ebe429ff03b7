import { type ClientProtocol, DECIMAL_MAX_BYTES, writeDecimal } from "./client_protocol.ts";
import type { ReplyFramer } from "../../../src/client/line_framer.ts";

const LF = 10;
const DOLLAR = 36;
const DASH = "-";
const COMMAND = new TextEncoder().encode("*2\r\n$3\r\nGET\r\n");
const CRLF = new TextEncoder().encode("\r\n");

/** How much of a reply's first line is kept: a length, or the start of an error. */
const HEADER_KEPT_BYTES = 32;

/** The Redis protocol (RESP): the reply to `GET` with the line number as the key is a bulk string. */
export const redisProtocol: ClientProtocol = {
  requestMaxBytes: COMMAND.length + writeBulkHead(DECIMAL_MAX_BYTES, new Uint8Array(8), 0) +
    DECIMAL_MAX_BYTES + CRLF.length,
  replyHeadMaxBytes: 1 + DECIMAL_MAX_BYTES + CRLF.length,
  replyTail: CRLF,
  encodeRequest(lineNumber, into, at) {
    into.set(COMMAND, at);
    return writeBulkDecimal(lineNumber, into, at + COMMAND.length);
  },
  encodeReplyHead: (lineByteCount, into) => writeBulkHead(lineByteCount, into, 0),
  createFramer: () => new RedisFramer(),
};

/**
 * Writes what precedes the bytes of a RESP bulk string.
 *
 * @param byteCount the string's length, 0 to 2^31 - 1
 * @param into has room for 13 bytes
 * @param at the position of the first byte
 * @returns the position after the last byte
 */
export function writeBulkHead(byteCount: number, into: Uint8Array, at: number): number {
  into[at] = DOLLAR;
  const end = writeDecimal(byteCount, into, at + 1);
  into.set(CRLF, end);
  return end + CRLF.length;
}

/**
 * Writes a number in decimal as a RESP bulk string.
 *
 * @param value an integer from 0 to 2^53 - 1
 * @param into has room for 23 bytes
 * @param at the position of the first byte
 * @returns the position after the last byte
 */
export function writeBulkDecimal(value: number, into: Uint8Array, at: number): number {
  let digitCount = 1;
  for (let power = 10; power <= value; power *= 10) digitCount++;
  const end = writeDecimal(value, into, writeBulkHead(digitCount, into, at));
  into.set(CRLF, end);
  return end + CRLF.length;
}

/** A reply is one line; if that is a length, that many bytes and a CRLF follow. */
class RedisFramer implements ReplyFramer {
  isComplete = false;
  isError = false;
  isLine = false;
  #header = "";
  #bodyBytesLeft = 0;

  reset(): void {
    this.isComplete = this.isError = this.isLine = false;
    this.#header = "";
    this.#bodyBytesLeft = 0;
  }

  feed(received: Uint8Array, at: number, end: number): number {
    let next = at;
    while (next < end && !this.isComplete) {
      if (this.#bodyBytesLeft > 0) next = this.#skipBody(next, end);
      else this.#takeHeaderByte(received[next++]!);
    }
    return next;
  }

  #skipBody(at: number, end: number): number {
    const byteCount = Math.min(this.#bodyBytesLeft, end - at);
    this.#bodyBytesLeft -= byteCount;
    this.isComplete = this.isLine = this.#bodyBytesLeft === 0;
    return at + byteCount;
  }

  #takeHeaderByte(byte: number): void {
    if (byte !== LF) {
      if (this.#header.length < HEADER_KEPT_BYTES) this.#header += String.fromCharCode(byte);
      return;
    }
    const length = /^\$(\d{1,10})\r$/.exec(this.#header)?.[1];
    if (length !== undefined) this.#bodyBytesLeft = Number(length) + CRLF.length;
    this.isComplete = length === undefined;
    this.isError = this.#header.startsWith(DASH);
  }
}
