/**
 * Unsigned integers of one width, packed without gaps: value i is in the bits from i × width to
 * (i + 1) × width - 1, where bit 0 is the least significant bit of byte 0. This is the "frame of reference"
 * layout of Goldstein, Ramakrishnan and Shaft, "Compressing relations and indexes" (ICDE 1998); the caller
 * keeps the reference.
 *
 * @module
 */

/** A JavaScript number represents every integer of this width exactly. */
export const MAX_WIDTH_BITS = 53;

// A value of up to 25 bits that begins anywhere in a byte is within four bytes: 7 + 25 = 32.
const SMALL_WIDTH_BITS = 25;
const LOW_PART_BITS = 24;
const LOW_PART = 2 ** LOW_PART_BITS;

/** How many bits a value needs: 0 for 0, at most 53. */
export function widthBits(value: number): number {
  return value < 2 ** 32 ? 32 - Math.clz32(value) : 64 - Math.clz32(Math.floor(value / 2 ** 32));
}

export function packedBytes(count: number, width: number): number {
  return Math.ceil(count * width / 8);
}

/** Writes a value at a bit position into bytes that are zero there. All other bits are kept. */
export function writeBits(bytes: Uint8Array, bit: number, width: number, value: number): void {
  if (width > SMALL_WIDTH_BITS) {
    writeBits(bytes, bit, LOW_PART_BITS, value % LOW_PART);
    writeBits(bytes, bit + LOW_PART_BITS, width - LOW_PART_BITS, Math.floor(value / LOW_PART));
    return;
  }
  const shifted = value << (bit & 7);
  const bitsTouched = (bit & 7) + width;
  let at = Math.floor(bit / 8);
  for (let done = 0; done < bitsTouched; done += 8) {
    bytes[at] = bytes[at]! | (shifted >>> done) & 0xff;
    at++;
  }
}

/**
 * Reads the value at a bit position. Bits beyond the end are read as 0.
 *
 * @param bit the position of its first bit: 0 to 2^32 - 1
 * @param from the index of the byte with bit 0
 */
export function readBits(bytes: Uint8Array, bit: number, width: number, from = 0): number {
  if (width > SMALL_WIDTH_BITS) {
    return readBits(bytes, bit, LOW_PART_BITS, from) +
      readBits(bytes, bit + LOW_PART_BITS, width - LOW_PART_BITS, from) * LOW_PART;
  }
  const at = from + (bit >>> 3);
  const word = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24;
  return (word >>> (bit & 7)) & ((1 << width) - 1);
}

const TWO_POW_32 = 2 ** 32;

/** Reads a little-endian unsigned 64-bit integer; undefined if it is over 2^53 - 1. */
export function getUint53(view: DataView, at: number): number | undefined {
  const value = view.getUint32(at, true) + view.getUint32(at + 4, true) * TWO_POW_32;
  return value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}

/** Writes 0 to 2^53 - 1 as a little-endian unsigned 64-bit integer. */
export function setUint53(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % TWO_POW_32, true);
  view.setUint32(at + 4, Math.floor(value / TWO_POW_32), true);
}
