import { type ClientProtocol, DECIMAL_MAX_BYTES, writeDecimal } from "./client_protocol.ts";
import type { ReplyFramer } from "../../../src/client/line_framer.ts";

const LF = 10;
const STAR = 42;
const DOLLAR = 36;
const DASH = "-";
const COMMAND = new TextEncoder().encode("*2\r\n$3\r\nGET\r\n");
const MGET = new TextEncoder().encode("$4\r\nMGET\r\n");
const CRLF = new TextEncoder().encode("\r\n");

/** How much of a reply's first line is kept: a length, or the start of an error. */
const HEADER_KEPT_BYTES = 32;

/** The size of the longest head of a bulk string or an array. */
const HEAD_MAX_BYTES = 1 + DECIMAL_MAX_BYTES + CRLF.length;

/** The size of the longest line number as a bulk string. */
const KEY_MAX_BYTES = writeBulkDecimal(Number.MAX_SAFE_INTEGER, new Uint8Array(32), 0);

/**
 * The Redis protocol (RESP): the reply to `GET` with the line number as the key is a bulk string, the reply
 * to `MGET` an array of them.
 */
export const redisProtocol: ClientProtocol = {
  requestMaxBytes: COMMAND.length + KEY_MAX_BYTES,
  replyHeadMaxBytes: 2 * HEAD_MAX_BYTES,
  replyTail: CRLF,
  encodeRequest(lineNumber, into, at) {
    into.set(COMMAND, at);
    return writeBulkDecimal(lineNumber, into, at + COMMAND.length);
  },
  batchMaxBytes: (lineCount) => HEAD_MAX_BYTES + MGET.length + lineCount * KEY_MAX_BYTES,
  encodeBatch(lineNumbers, count, into) {
    let end = writeHead(STAR, 1 + count, into, 0);
    into.set(MGET, end);
    end += MGET.length;
    for (let i = 0; i < count; i++) end = writeBulkDecimal(lineNumbers[i]!, into, end);
    return end;
  },
  encodeBatchHead: (lineCount, into) => writeHead(STAR, lineCount, into, 0),
  encodeReplyHead: writeBulkHead,
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
  return writeHead(DOLLAR, byteCount, into, at);
}

function writeHead(type: number, count: number, into: Uint8Array, at: number): number {
  into[at] = type;
  const end = writeDecimal(count, into, at + 1);
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

/**
 * A reply is one line; if that is a length, that many bytes and a CRLF follow. The head of an array belongs
 * to the reply after it.
 */
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
    if (/^\*\d{1,10}\r$/.test(this.#header)) {
      this.#header = "";
      return;
    }
    const length = /^\$(\d{1,10})\r$/.exec(this.#header)?.[1];
    if (length !== undefined) this.#bodyBytesLeft = Number(length) + CRLF.length;
    this.isComplete = length === undefined;
    this.isError = this.#header.startsWith(DASH);
  }
}
