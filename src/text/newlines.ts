/** The byte that ends a line. */
export const LF = 10;

/**
 * Finds the newlines in a chunk.
 *
 * @param chunk what is searched
 * @param positions receives where each newline stands in the chunk, in rising order; as long as the
 * chunk, or longer
 * @returns how many were found
 *
 * @example
 * ```ts
 * import { findNewlines } from "./newlines.ts";
 *
 * const positions = new Uint32Array(8);
 * console.log(findNewlines(new TextEncoder().encode("ab\n\ncd"), positions)); // 2
 * console.log(positions.subarray(0, 2)); // 2, 3
 * ```
 */
export function findNewlines(chunk: Uint8Array, positions: Uint32Array): number {
  let count = 0;
  for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) {
    positions[count++] = at;
  }
  return count;
}
