const ZERO = 48;

/** Low enough for 32-bit arithmetic, which is several times as fast. */
const LOW_DIGITS = 9;
const LOW_LIMIT = 10 ** LOW_DIGITS;

/** The most digits {@linkcode writeDecimal} writes. */
export const DECIMAL_MAX_BYTES = 16;

/**
 * Writes a number in decimal, without making a string.
 *
 * @param value A whole number, 0 to 2^53 - 1.
 * @param into Has room for its digits.
 * @param at Where the first digit goes.
 * @returns The position behind the last digit.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { writeDecimal } from "./decimal.ts";
 *
 * const bytes = new Uint8Array(3);
 * assertEquals(writeDecimal(42, bytes, 1), 3);
 * assertEquals(bytes, new Uint8Array([0, 52, 50]));
 * ```
 */
export function writeDecimal(value: number, into: Uint8Array, at: number): number {
  if (value < LOW_LIMIT) return writeDigits(value, digitCountOf(value), into, at);
  const high = Math.floor(value / LOW_LIMIT);
  const lowAt = writeDigits(high, digitCountOf(high), into, at);
  return writeDigits(value - high * LOW_LIMIT, LOW_DIGITS, into, lowAt);
}

function digitCountOf(value: number): number {
  let count = 1;
  for (let rest = value; rest >= 10; rest = (rest / 10) | 0) count++;
  return count;
}

function writeDigits(value: number, digitCount: number, into: Uint8Array, at: number): number {
  const end = at + digitCount;
  let rest = value;
  for (let i = end - 1; i >= at; i--) {
    const tenth = (rest / 10) | 0;
    into[i] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return end;
}
