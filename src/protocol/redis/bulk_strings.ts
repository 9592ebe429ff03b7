import {
  bulks,
  BULKS_MAX_BYTES,
  bulksBytes,
  encodeLines,
  lines as input,
  LINES_MAX_BYTES,
  memory,
} from "./bulk_strings.wasm";
import { bytesOf } from "./resp_value.ts";

const LF = 10;
const CR = 13;

const inputBytes = new Uint8Array(memory.buffer, input, Number(LINES_MAX_BYTES));
const outputBytes = new Uint8Array(memory.buffer, bulks, Number(BULKS_MAX_BYTES));

/**
 * Encodes whole lines as bulk strings.
 *
 * @param lines as in the file: each line ends with LF or CRLF, but the last one may lack its terminator
 */
export function bulkStrings(lines: Uint8Array): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < lines.length;) {
    const some = lines.subarray(at, at + inputBytes.length);
    inputBytes.set(some);
    let length = encodeLines(some.length);
    if (length > 0) parts.push(outputBytes.slice(0, bulksBytes()));
    // A line that is longer than the input, or not terminated.
    else {
      const lf = lines.indexOf(LF, at);
      length = (lf < 0 ? lines.length : lf + 1) - at;
      parts.push(bulkString(lines.subarray(at, at + length)));
    }
    at += length;
  }
  return parts.length === 1 ? parts[0]! : concat(parts);
}

/** What comes before the bytes of a bulk string, and what comes after them. */
export function bulkHead(byteLength: number): Uint8Array {
  return bytesOf(`$${byteLength}\r\n`);
}

/** What comes after the bytes of a bulk string. */
export const BULK_TAIL: Uint8Array = bytesOf("\r\n");

function bulkString(line: Uint8Array): Uint8Array<ArrayBuffer> {
  let end = line.length;
  if (line[end - 1] === LF) end = line[end - 2] === CR ? end - 2 : end - 1;
  return concat([bulkHead(end), line.subarray(0, end), BULK_TAIL]);
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
