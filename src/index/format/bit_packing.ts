/**
 * Unsigned integers of one width, packed without gaps: value i stands in bits i × width to
 * (i + 1) × width - 1, bit 0 being the least significant bit of byte 0. This is the "frame of
 * reference" layout of Goldstein, Ramakrishnan and Shaft, "Compressing relations and indexes"
 * (ICDE 1998), with the reference kept by the caller.
 *
 * @module
 */

/** The widest value, in bits: every integer that a JavaScript number holds exactly. */
export const MAX_WIDTH_BITS = 53;

// A value of up to 25 bits that begins anywhere in a byte lies within four bytes: 7 + 25 = 32.
const SMALL_WIDTH_BITS = 25;
const LOW_PART_BITS = 24;
const LOW_PART = 2 ** LOW_PART_BITS;

/** How many bits the value needs: 0 for 0, 53 at most. */
export function widthBits(value: number): number {
  return value < 2 ** 32 ? 32 - Math.clz32(value) : 64 - Math.clz32(Math.floor(value / 2 ** 32));
}

/** How many bytes `count` values of `width` bits take. */
export function packedBytes(count: number, width: number): number {
  return Math.ceil(count * width / 8);
}

/**
 * Writes `value` at a bit position into bytes that are zero there.
 *
 * @param bytes room for the value; what lies before and after is kept
 * @param bit where the value begins
 * @param width 0 to 53
 * @param value 0 to 2^width - 1
 */
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
 * Reads the value at a bit position.
 *
 * @param bytes bits beyond the end are read as 0
 * @param bit where the value begins: 0 to 2^32 - 1
 * @param width 0 to 53
 * @param from in which byte bit 0 stands
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
