import { type Command, HTTP, INVALID, QUIT, SHUTDOWN } from "../command.ts";

const LOWER_CASE_BIT = 0x20;
const ZERO = 0x30;
const NINE = 0x39;
const PLUS = 0x2b;
const MINUS = 0x2d;
const SPACE = 0x20;
const TAB = 0x09;
const CR = 0x0d;

// More digits than 2^53 has; a number of that many is no line's in any case.
const DIGITS_MAX = 17;

/**
 * Reads one command of the line protocol.
 *
 * Blanks are the ASCII ones (space, TAB, VT, FF, CR). Words after those that the verb takes are ignored.
 *
 * @param bytes where the command stands
 * @param start its first byte
 * @param end behind its last byte, without its LF
 *
 * @example
 * ```ts
 * import { parseCommand } from "./parse_command.ts";
 *
 * const bytes = new TextEncoder().encode(" get  5 please\r\n");
 * console.log(parseCommand(bytes, 0, bytes.length - 1)); // { verb: "get", line: 5 }
 * ```
 */
export function parseCommand(bytes: Uint8Array, start: number, end: number): Command {
  const verb = skipBlanks(bytes, start, end);
  const verbEnd = skipWord(bytes, verb, end);
  switch (verbEnd - verb) {
    case 3:
      return isWord(bytes, verb, "get") ? parseGet(bytes, verbEnd, end) : INVALID;
    case 4:
      return isWord(bytes, verb, "quit") ? QUIT : INVALID;
    case 5:
      // Every browser sends this header, whatever a page makes it send behind it.
      return isWord(bytes, verb, "host:") ? HTTP : INVALID;
    case 8:
      return isWord(bytes, verb, "shutdown") ? SHUTDOWN : INVALID;
    default:
      return INVALID;
  }
}

function parseGet(bytes: Uint8Array, from: number, end: number): Command {
  const start = skipBlanks(bytes, from, end);
  const line = parseInteger(bytes, start, skipWord(bytes, start, end));
  return line === undefined ? INVALID : { verb: "get", line };
}

function parseInteger(bytes: Uint8Array, start: number, end: number): number | undefined {
  const sign = bytes[start];
  let at = start < end && (sign === MINUS || sign === PLUS) ? start + 1 : start;
  if (at === end) return undefined;
  let value = 0;
  let digits = 0;
  for (; at < end; at++) {
    const digit = bytes[at]!;
    if (digit < ZERO || digit > NINE) return undefined;
    if (digits === 0 && digit === ZERO) continue;
    if (++digits <= DIGITS_MAX) value = value * 10 + (digit - ZERO);
  }
  return sign === MINUS ? -value : value;
}

function isWord(bytes: Uint8Array, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) {
    if ((bytes[at + i]! | LOWER_CASE_BIT) !== word.charCodeAt(i)) return false;
  }
  return true;
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte >= TAB && byte <= CR;
}

function skipBlanks(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && isBlank(bytes[at]!)) at++;
  return at;
}

function skipWord(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && !isBlank(bytes[at]!)) at++;
  return at;
}
