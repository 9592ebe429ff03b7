import {
  bulks,
  BULKS_MAX_BYTES,
  bulksBytes,
  encodeLines,
  lines as input,
  LINES_MAX_BYTES,
  memory,
} from "./bulk_strings.wasm";
import { concat } from "../byte_buffer.ts";
import { bytesOf } from "./resp_value.ts";

const LF = 10;
const CR = 13;

const inputBytes = new Uint8Array(memory.buffer, input, Number(LINES_MAX_BYTES));
const outputBytes = new Uint8Array(memory.buffer, bulks, Number(BULKS_MAX_BYTES));

/**
 * Encodes whole lines as bulk strings.
 *
 * @param lines as in the file: each line ends with LF or CRLF, but the last one may lack its terminator
 * @param allocate returns memory for the result, usually
 */
export function bulkStrings(
  lines: Uint8Array,
  allocate: (bytes: number) => Uint8Array = (bytes) => new Uint8Array(bytes),
): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < lines.length;) {
    const some = lines.subarray(at, at + inputBytes.length);
    inputBytes.set(some);
    let length = encodeLines(some.length);
    if (length > 0) {
      const encoded = outputBytes.subarray(0, bulksBytes());
      const part = length === lines.length
        ? allocate(encoded.length)
        : new Uint8Array(encoded.length);
      part.set(encoded);
      parts.push(part);
    } else {
      // A line that is longer than the input, or not terminated.
      const lf = lines.indexOf(LF, at);
      length = (lf < 0 ? lines.length : lf + 1) - at;
      parts.push(bulkString(lines.subarray(at, at + length)));
    }
    at += length;
  }
  return parts.length === 1 ? parts[0]! : concat(parts);
}

/** What comes after the bytes of a bulk string. */
export const BULK_TAIL: Uint8Array = bytesOf("\r\n");

function bulkString(line: Uint8Array): Uint8Array {
  let end = line.length;
  if (line[end - 1] === LF) end = line[end - 2] === CR ? end - 2 : end - 1;
  return concat([bytesOf(`$${end}\r\n`), line.subarray(0, end), BULK_TAIL]);
}
