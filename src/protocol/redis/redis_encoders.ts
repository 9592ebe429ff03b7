import type { ByteBuffer } from "../byte_buffer.ts";
import { oneLine } from "../one_line.ts";
import type { BytePart, LineEncoder, RangeEncoder } from "../encoders.ts";
import { BULK_TAIL, bulkHead, bulkStrings } from "./bulk_strings.ts";
import { bytesOf, encodeResp, respError, respNull, type RespVersion, utf8 } from "./resp_value.ts";

const DOLLAR = 0x24;
const CR = 0x0d;
const LF = 0x0a;
const ZERO = 0x30;

/** Encodes lines as bulk strings, and ranges as arrays of them. */
export class BulkEncoder implements LineEncoder, RangeEncoder {
  readonly #missing: Uint8Array;

  constructor(version: RespVersion) {
    this.#missing = bytesOf(respNull(version));
  }

  line(bytes: Uint8Array, start: number, end: number, out: ByteBuffer): void {
    appendHead(end - start, out);
    out.append(bytes, start, end);
    out.append(BULK_TAIL);
  }

  longLine(byteLength: number, out: ByteBuffer): BytePart {
    appendHead(byteLength, out);
    return { start: 0, end: byteLength };
  }

  longLineTail(out: ByteBuffer): void {
    out.append(BULK_TAIL);
  }

  missing(out: ByteBuffer): void {
    out.append(this.#missing);
  }

  error(message: string, out: ByteBuffer): void {
    appendError(message, out);
  }

  rangeHead(lineCount: number, out: ByteBuffer): void {
    out.append(arrayHead(lineCount));
  }

  rangeLines(lines: Uint8Array): Uint8Array {
    return bulkStrings(lines);
  }

  rangeLongLine(byteLength: number, out: ByteBuffer): void {
    out.append(bulkHead(byteLength));
  }

  rangeLongLineTail(out: ByteBuffer): void {
    out.append(BULK_TAIL);
  }
}

/** Encodes the lengths of lines, in bytes. */
export const LENGTH_ENCODER: LineEncoder = {
  line: (_bytes, start, end, out) => out.append(integer(end - start)),
  longLine(byteLength, out) {
    out.append(integer(byteLength));
    return { start: 0, end: 0 };
  },
  longLineTail() {},
  missing: (out) => out.append(integer(0)),
  error: appendError,
};

/** Encodes a part of a line, which both ends belong to. Negative positions count from the end of the line. */
export class PartEncoder implements LineEncoder {
  readonly #first: number;
  readonly #last: number;

  constructor(first: number, last: number) {
    this.#first = first;
    this.#last = last;
  }

  line(bytes: Uint8Array, start: number, end: number, out: ByteBuffer): void {
    const part = this.longLine(end - start, out);
    out.append(bytes, start + part.start, start + part.end);
    this.longLineTail(out);
  }

  longLine(byteLength: number, out: ByteBuffer): BytePart {
    const part = this.#partOf(byteLength);
    appendHead(part.end - part.start, out);
    return part;
  }

  longLineTail(out: ByteBuffer): void {
    out.append(BULK_TAIL);
  }

  missing(out: ByteBuffer): void {
    this.longLineTail((appendHead(0, out), out));
  }

  error(message: string, out: ByteBuffer): void {
    appendError(message, out);
  }

  #partOf(byteLength: number): BytePart {
    const positionOf = (at: number) => Math.max(at < 0 ? byteLength + at : at, 0);
    const start = positionOf(this.#first);
    const end = Math.min(positionOf(this.#last) + 1, byteLength);
    // As in Redis: a negative last position before the line is its first byte, unless the first one is after it.
    const isReversed = this.#first < 0 && this.#last < 0 && this.#first > this.#last;
    return isReversed || start >= end ? { start: 0, end: 0 } : { start, end };
  }
}

/** The beginning of an array. */
export function arrayHead(length: number): Uint8Array {
  return bytesOf(`*${length}\r\n`);
}

function integer(value: number): Uint8Array {
  return encodeResp(value, 2);
}

function appendError(message: string, out: ByteBuffer): void {
  out.append(encodeResp(respError(`ERR ${utf8(oneLine(message))}`), 2));
}

// `$`, a number of up to 16 digits, CR and LF: without a string, which would be garbage.
const head = new Uint8Array(19);
const HEAD_END = head.length - 2;
head.set([CR, LF], HEAD_END);

function appendHead(byteLength: number, out: ByteBuffer): void {
  let at = HEAD_END;
  let rest = byteLength;
  do {
    const tenth = Math.floor(rest / 10);
    head[--at] = ZERO + rest - 10 * tenth;
    rest = tenth;
  } while (rest > 0);
  head[--at] = DOLLAR;
  out.append(head, at, head.length);
}
