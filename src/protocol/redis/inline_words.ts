import type { CommandArguments } from "./command_arguments.ts";

const SPACE = 0x20;
const TAB = 0x09;
const CR = 0x0d;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const BACKSLASH = 0x5c;

const ESCAPED: Readonly<Record<string, number>> = { n: 0x0a, r: 0x0d, t: 0x09, b: 0x08, a: 0x07 };

/**
 * Splits an inline command into words, by the rules of Redis.
 *
 * - Blanks separate words. A NUL ends the command.
 * - In double quotes, a backslash escapes the next character, and `\xhh` is a byte in hexadecimal digits.
 * - In single quotes, only `\'` is an escape.
 * - A blank or the end must follow a closing quote.
 *
 * @param words receives the words; its `bytes` are overwritten, and as long as the command at least
 * @returns false if the quotes are unbalanced
 */
export function splitInlineWords(
  bytes: Uint8Array,
  start: number,
  end: number,
  words: CommandArguments,
): boolean {
  const nul = bytes.subarray(start, end).indexOf(0);
  const reader = new WordReader(bytes, start, nul < 0 ? end : start + nul, words.bytes);
  while (reader.skipBlanks()) {
    const first = reader.length;
    if (!reader.readWord()) return false;
    words.add(first, reader.length);
  }
  return true;
}

/** Reads words from `at` on, without their quotes. */
class WordReader {
  at: number;
  /** How many bytes were written to `into`. */
  length = 0;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #into: Uint8Array;

  constructor(bytes: Uint8Array, start: number, end: number, into: Uint8Array) {
    this.at = start;
    this.#bytes = bytes;
    this.#end = end;
    this.#into = into;
  }

  /** Whether a word follows. */
  skipBlanks(): boolean {
    while (this.at < this.#end && isBlank(this.#bytes[this.at]!)) this.at++;
    return this.at < this.#end;
  }

  /** Returns false if a quote is not closed, or something follows it. */
  readWord(): boolean {
    for (; this.at < this.#end; this.at++) {
      const byte = this.#bytes[this.at]!;
      if (isBlank(byte)) return true;
      if (byte !== DOUBLE_QUOTE && byte !== SINGLE_QUOTE) this.#into[this.length++] = byte;
      else return this.#readQuoted(byte);
    }
    return true;
  }

  #readQuoted(quote: number): boolean {
    for (this.at++; this.at < this.#end; this.at++) {
      const byte = this.#bytes[this.at]!;
      if (byte === quote) {
        this.at++;
        return this.at === this.#end || isBlank(this.#bytes[this.at]!);
      }
      this.#into[this.length++] = byte === BACKSLASH ? this.#readEscaped(quote) : byte;
    }
    return false;
  }

  // At a backslash; leaves `at` at the last byte of what it begins.
  #readEscaped(quote: number): number {
    const next = this.at + 1 < this.#end ? this.#bytes[this.at + 1]! : undefined;
    if (quote === SINGLE_QUOTE) {
      if (next === SINGLE_QUOTE) this.at++;
      return next === SINGLE_QUOTE ? SINGLE_QUOTE : BACKSLASH;
    }
    if (next === undefined) return BACKSLASH;
    const hex = String.fromCharCode(
      ...this.#bytes.subarray(this.at + 1, Math.min(this.at + 4, this.#end)),
    );
    if (/^x[0-9a-f]{2}$/i.test(hex) && hex.startsWith("x")) {
      this.at += 3;
      return parseInt(hex.slice(1), 16);
    }
    this.at++;
    return ESCAPED[String.fromCharCode(next)] ?? next;
  }
}

/** Whether a byte separates words. */
export function isBlank(byte: number): boolean {
  return byte === SPACE || byte >= TAB && byte <= CR;
}
