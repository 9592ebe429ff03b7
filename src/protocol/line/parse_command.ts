const CR = 13;
const LOWER_CASE_BIT = 0x20;
const ZERO = 0x30;
const NINE = 0x39;
const PLUS = 0x2b;
const MINUS = 0x2d;
const SPACE = 0x20;
const TAB = 0x09;

// More digits than 2^53 has: no line has such a number in any case.
const DIGITS_MAX = 17;

/** What a command of the line protocol can be. A number stands for `GET` of that line. */
export type Command =
  | number
  | { readonly kind: "mget"; readonly numbers: readonly number[] }
  | { readonly kind: "range"; readonly from: number; readonly to: number }
  | "count"
  | "quit"
  | "shutdown"
  | "shutdown with more words"
  | "invalid";

/**
 * Parses one command of the line protocol.
 *
 * Blanks are the ASCII ones (space, TAB, VT, FF, CR). Words after those of the command are ignored.
 *
 * @param bytes contain the command from `start` to `end`, without its LF
 */
export function parseCommand(bytes: Uint8Array, start: number, end: number): Command {
  const verb = skipBlanks(bytes, start, end);
  const verbEnd = skipWord(bytes, verb, end);
  switch (verbEnd - verb) {
    case 3:
      return isWord(bytes, verb, "get") ? parseGet(bytes, verbEnd, end) : "invalid";
    case 4:
      if (isWord(bytes, verb, "mget")) return parseMget(bytes, verbEnd, end);
      return isWord(bytes, verb, "quit") ? "quit" : "invalid";
    case 5:
      if (isWord(bytes, verb, "range")) return parseRange(bytes, verbEnd, end);
      return isWord(bytes, verb, "count") ? "count" : "invalid";
    case 8:
      return isWord(bytes, verb, "shutdown") ? parseShutdown(bytes, verbEnd, end) : "invalid";
    default:
      return "invalid";
  }
}

/** Whether a command, which may be incomplete, begins with `MGET` and a blank. */
export function isMget(bytes: Uint8Array, start: number, end: number): boolean {
  const verb = skipBlanks(bytes, start, end);
  const verbEnd = skipWord(bytes, verb, end);
  return verbEnd - verb === 4 && verbEnd < end && isWord(bytes, verb, "mget");
}

function parseGet(bytes: Uint8Array, from: number, end: number): Command {
  const start = skipBlanks(bytes, from, end);
  return parseInteger(bytes, start, skipWord(bytes, start, end)) ?? "invalid";
}

function parseMget(bytes: Uint8Array, from: number, end: number): Command {
  const numbers: number[] = [];
  for (let start = skipBlanks(bytes, from, end); start < end;) {
    const wordEnd = skipWord(bytes, start, end);
    const number = parseInteger(bytes, start, wordEnd);
    if (number === undefined) return "invalid";
    numbers.push(number);
    start = skipBlanks(bytes, wordEnd, end);
  }
  return numbers.length === 0 ? "invalid" : { kind: "mget", numbers };
}

function parseRange(bytes: Uint8Array, at: number, end: number): Command {
  const start = skipBlanks(bytes, at, end);
  const startEnd = skipWord(bytes, start, end);
  const from = parseInteger(bytes, start, startEnd);
  const second = skipBlanks(bytes, startEnd, end);
  const to = parseInteger(bytes, second, skipWord(bytes, second, end));
  return from === undefined || to === undefined ? "invalid" : { kind: "range", from, to };
}

function parseShutdown(bytes: Uint8Array, from: number, end: number): Command {
  return skipBlanks(bytes, from, end) === end ? "shutdown" : "shutdown with more words";
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
