const TWO_POW_32 = 2 ** 32;

/**
 * Reads a little-endian unsigned 64-bit integer that must fit in 53 bits.
 *
 * @returns 0 to 2^53 - 1, or `undefined` where the value is larger
 */
export function getUint53(view: DataView, at: number): number | undefined {
  const value = view.getUint32(at, true) + view.getUint32(at + 4, true) * TWO_POW_32;
  return value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}

/** Writes 0 to 2^53 - 1 as a little-endian unsigned 64-bit integer. */
export function setUint53(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % TWO_POW_32, true);
  view.setUint32(at + 4, Math.floor(value / TWO_POW_32), true);
}
