import { textOf } from "./resp_value.ts";

const ZERO = 0x30;
const NINE = 0x39;

// More digits than 2^53 has: no line has such a number in any case.
const DIGITS_MAX = 17;

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

// Numbers of up to this many characters are exact.
const EXACT_MAX_CHARACTERS = 15;

// Longer lists are dropped after use: many connections may have needed one once.
const KEPT_MAX_WORDS = 64;

/**
 * The words of one command, the first of which is its name: ranges of bytes in a buffer, so that a command costs
 * no strings unless it needs them. Valid until the next command is read.
 */
export class CommandArguments {
  /** What the words are in. */
  bytes: Uint8Array = new Uint8Array();
  /** How many words there are. */
  count = 0;
  #starts: number[] = [];
  #ends: number[] = [];

  /** Removes all words. */
  clear(): void {
    this.count = 0;
    if (this.#starts.length <= KEPT_MAX_WORDS) return;
    this.#starts = [];
    this.#ends = [];
  }

  /** Adds the word `bytes[start]` to `bytes[end - 1]`. */
  add(start: number, end: number): void {
    this.#starts[this.count] = start;
    this.#ends[this.count++] = end;
  }

  /** Adjusts the words after their bytes have moved to the front by `distance`. */
  shift(distance: number): void {
    for (let i = 0; i < this.count; i++) {
      this.#starts[i]! -= distance;
      this.#ends[i]! -= distance;
    }
  }

  /** A word, with a character for each byte. */
  text(i: number): string {
    return textOf(this.bytes, this.#starts[i]!, this.#ends[i]!);
  }

  /** All words from `from` on. */
  texts(from: number): string[] {
    return Array.from({ length: Math.max(this.count - from, 0) }, (_, i) => this.text(from + i));
  }

  /** Whether a word is `name`, in upper or lower case. */
  is(i: number, name: string): boolean {
    const start = this.#starts[i]!;
    return this.#ends[i]! - start === name.length && isName(this.bytes, start, name);
  }

  /** The line whose key a word is, in decimal digits. 0, which no line has, if it is no such key. */
  lineNumber(i: number): number {
    const { bytes } = this;
    const end = this.#ends[i]!;
    let value = 0;
    let digits = 0;
    for (let at = this.#starts[i]!; at < end; at++) {
      const digit = bytes[at]!;
      if (digit < ZERO || digit > NINE) return 0;
      if (digits === 0 && digit === ZERO) continue;
      if (++digits <= DIGITS_MAX) value = value * 10 + (digit - ZERO);
    }
    return value;
  }

  /** The number that a word is; undefined if it is none that Redis accepts. Large ones may be inexact. */
  integer(i: number): number | undefined {
    // Longer ones are not in the range; they are not worth a string.
    if (this.#ends[i]! - this.#starts[i]! > `${INT64_MIN}`.length) return undefined;
    const text = this.text(i);
    if (!/^(0|-?[1-9][0-9]*)$/.test(text)) return undefined;
    if (text.length > EXACT_MAX_CHARACTERS) {
      const exact = BigInt(text);
      if (exact > INT64_MAX || exact < INT64_MIN) return undefined;
    }
    return Number(text);
  }
}

/** @param name in lower case */
function isName(bytes: Uint8Array, at: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const byte = bytes[at + i]!;
    const isUpperCase = byte >= 0x41 && byte <= 0x5a;
    if ((isUpperCase ? byte + 0x20 : byte) !== name.charCodeAt(i)) return false;
  }
  return true;
}
