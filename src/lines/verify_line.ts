import { CR, LF, TextError } from "../source/text_source.ts";

/** The longest line that is held in memory, its terminator included. */
export const SHORT_LINE_MAX_BYTES = 64 * 1024;

// Up to here a loop is faster than a call of `includes`.
const LOOP_MAX_BYTES = 128;

/**
 * Verifies that bytes are one line of a text: a terminator or the text's start is before it, a terminator or
 * the text's end after it, and no terminator within.
 *
 * @param bytes hold the line, and the byte before it unless `isFirst`
 * @param start index of its first byte
 * @param end index after its last byte, its terminator included; more than `start`
 * @param isFirst whether the line begins where the text begins
 * @param isLast whether the line ends where the text ends
 * @returns index after the last byte of its content, without LF or CRLF; -1 if it is not a line
 */
export function endOfContent(
  bytes: Uint8Array,
  start: number,
  end: number,
  isFirst: boolean,
  isLast: boolean,
): number {
  if (!isFirst && bytes[start - 1] !== LF) return -1;
  if (bytes[end - 1] !== LF) return isLast && !hasLf(bytes, start, end) ? end : -1;
  if (hasLf(bytes, start, end - 1)) return -1;
  return end - 2 >= start && bytes[end - 2] === CR ? end - 2 : end - 1;
}

/** The error for bytes that are not the line they should be. */
export function notALine(textName: string, lineNumber: number): TextError {
  return new TextError(
    `Index does not match its file at line ${lineNumber}: ${textName}. ` +
      `Rebuild it with "linesvr index --force".`,
  );
}

function hasLf(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > LOOP_MAX_BYTES) return bytes.subarray(start, end).includes(LF);
  for (let i = start; i < end; i++) {
    if (bytes[i] === LF) return true;
  }
  return false;
}
