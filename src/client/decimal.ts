const ZERO = 48;

/** The most digits {@linkcode writeDecimal} writes. */
export const DECIMAL_MAX_BYTES = 10;

/**
 * Writes a number in decimal, without making a string.
 *
 * @param value A whole number, 0 to 2^31 - 1.
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
  let end = at + 1;
  for (let rest = value; rest >= 10; rest = (rest / 10) | 0) end++;
  let rest = value;
  for (let i = end - 1; i >= at; i--) {
    const tenth = (rest / 10) | 0;
    into[i] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return end;
}
