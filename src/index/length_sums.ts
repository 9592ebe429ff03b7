import {
  addUp,
  bytes as scratchAt,
  BYTES_MAX,
  LENGTHS_PER_SUM as PER_SUM,
  memory,
  sums,
} from "./page_bytes.wasm";

/** For how many lengths there is one sum. */
export const LENGTHS_PER_SUM: number = PER_SUM;

const scratch = new Uint8Array(memory.buffer, scratchAt, BYTES_MAX);

/**
 * Adds packed lengths up.
 *
 * @param packed 448 KiB at most
 * @param count how many lengths there are: 1 to 65,536
 * @param width how many bits each has: 0 to 32
 * @param least what is to be added to each; all of them together are less than 2^32
 * @returns how much comes before the lengths 0, 8, 16, …, and last what all of them are
 * @throws {RangeError} where there are more bytes
 *
 * @example
 * ```ts
 * import { lengthSums } from "./length_sums.ts";
 *
 * // Three lengths: 0, 2 and 1 above 4.
 * console.log(lengthSums(Uint8Array.of(0b01_10_00), 3, 2, 4)); // 0, 15
 * ```
 */
export function lengthSums(
  packed: Uint8Array,
  count: number,
  width: number,
  least: number,
): Uint32Array {
  scratch.set(packed);
  addUp(count, width, least);
  const sumCount = Math.ceil(count / LENGTHS_PER_SUM) + 1;
  return new Uint32Array(memory.buffer, sums, sumCount).slice();
}
