import type { ByteBuffer } from "../byte_buffer.ts";
import { oneLine } from "../one_line.ts";
import type { BytePart, LineEncoder, RangeEncoder } from "../encoders.ts";
import { BULK_TAIL, bulkStrings } from "./bulk_strings.ts";
import { bytesOf, encodeResp, respError, respNull, type RespVersion, utf8 } from "./resp_value.ts";

const DOLLAR = 0x24;
const CR = 0x0d;
const LF = 0x0a;
const ZERO = 0x30;

/** Encodes lines as bulk strings. It has no state, so all connections share one for each version. */
export class BulkEncoder implements LineEncoder {
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
}

/**
 * Encodes one range of lines as an array of bulk strings. While a chunk is being sent, the next one is encoded: so
 * there are two buffers in turn. New memory for each chunk would take longer than encoding it.
 */
export class ArrayEncoder implements RangeEncoder {
  #buffers: readonly [Uint8Array, Uint8Array] = [new Uint8Array(), new Uint8Array()];

  rangeHead(lineCount: number, out: ByteBuffer): void {
    out.append(arrayHead(lineCount));
  }

  rangeLines(lines: Uint8Array): Uint8Array {
    return bulkStrings(lines, (bytes) => this.#nextBuffer(bytes));
  }

  rangeLongLine(byteLength: number, out: ByteBuffer): void {
    appendHead(byteLength, out);
  }

  rangeLongLineTail(out: ByteBuffer): void {
    out.append(BULK_TAIL);
  }

  error(message: string, out: ByteBuffer): void {
    appendError(message, out);
  }

  // Chunks have about the same length: a little more fits most of them.
  #nextBuffer(bytes: number): Uint8Array {
    const [older, newer] = this.#buffers;
    const buffer = older.length >= bytes ? older : new Uint8Array(bytes + bytes / 8);
    this.#buffers = [newer, buffer];
    return buffer.subarray(0, bytes);
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
