import type { Buffer } from "node:buffer";

/** From so many bytes on a native comparison is cheaper than a loop; measured on Deno 2.9. */
const NATIVE_FROM_BYTES = 48;

/**
 * Compares two runs of bytes in place.
 *
 * @param expected The run from `expectedAt` on must lie within it.
 * @param received The run from `receivedAt` on must lie within it.
 * @param byteCount How long both runs are.
 * @returns How many bytes are the same before the first that differs: `byteCount` where none does.
 */
export function firstDifference(
  expected: Buffer,
  expectedAt: number,
  received: Buffer,
  receivedAt: number,
  byteCount: number,
): number {
  const isNative = byteCount >= NATIVE_FROM_BYTES;
  if (isNative && isSame(expected, expectedAt, received, receivedAt, byteCount)) return byteCount;
  let same = 0;
  while (same < byteCount && expected[expectedAt + same] === received[receivedAt + same]) same++;
  return same;
}

function isSame(a: Buffer, aAt: number, b: Buffer, bAt: number, byteCount: number): boolean {
  // Deno 2.9 refuses a `targetEnd` that is past the end of the other buffer: the shorter is the target.
  return a.length >= b.length
    ? a.compare(b, bAt, bAt + byteCount, aAt, aAt + byteCount) === 0
    : b.compare(a, aAt, aAt + byteCount, bAt, bAt + byteCount) === 0;
}
