import { bytes as scratchAt, BYTES_MAX, memory, xxh32 as hashScratch } from "./page_bytes.wasm";

const scratch = new Uint8Array(memory.buffer, scratchAt, BYTES_MAX);

/**
 * The XXH32 of bytes. A change within one aligned word of four bytes always
 * changes it.
 *
 * @param bytes 448 KiB at most
 * @param seed 0 to 2^32 - 1; another seed gives another hash
 * @returns 0 to 2^32 - 1
 * @throws {RangeError} where there are more bytes
 *
 * @example
 * ```ts
 * import { xxh32 } from "./xxh32.ts";
 *
 * console.log(xxh32(new TextEncoder().encode("abc"), 0).toString(16)); // 32d153ff
 * ```
 */
export function xxh32(bytes: Uint8Array, seed: number): number {
  scratch.set(bytes);
  return hashScratch(bytes.length, seed) >>> 0;
}
