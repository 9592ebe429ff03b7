/**
 * Packs the lengths of the lines of a page: AssemblyScript, built by `deno task build-wasm`.
 * docs/index-format.md describes the layout.
 */

import { LINES_PER_PAGE_MAX, xxh32 } from "./page_bytes.as";

/** How many newlines can be added at a time. */
export const NEWLINES_MAX: u32 = 64 * 1024;

const SLOT_HEADER_BYTES: u32 = 24;
const CHECKSUM_END: u32 = 4;
const AT_WIDTH: usize = 4;
const AT_FIRST_OFFSET: usize = 8;
const AT_MIN_LENGTH: usize = 16;
const WORD_BITS: u32 = 32;
// Up to these widths two lengths, or four, fit in a word, and are packed at once.
const PAIR_WIDTH_MAX_BITS: u32 = 16;
const QUAD_WIDTH_MAX_BITS: u32 = 8;
const LANES: u32 = 4;

/** Address for the positions of the newlines, u32 each. */
export const newlines: usize = memory.data(NEWLINES_MAX * sizeof<u32>(), 16);

/** Address of the lengths of the lines of the page, u32 each. */
export const lengths: usize = memory.data((LINES_PER_PAGE_MAX + LANES) * sizeof<u32>(), 16);

/** Address of the packed page. */
export const page: usize = memory.data(
  SLOT_HEADER_BYTES + LINES_PER_PAGE_MAX * sizeof<u32>() + sizeof<u64>(),
  16,
);

/**
 * Adds lines to the page.
 *
 * @param place of the first line in the page
 * @param from which of `newlines` ends the first line
 * @param count how many lines: 1 or more
 * @param firstLength of the first line; that of the others is the distance between two newlines
 */
export function addLines(place: u32, from: u32, count: u32, firstLength: u32): void {
  let to = lengths + <usize> place * sizeof<u32>();
  let at = newlines + <usize> from * sizeof<u32>();
  const end = at + <usize> count * sizeof<u32>();
  const first = to;
  // Four at a time; the last few may be too many, and are overwritten by those that come next.
  for (; at < end; at += LANES * sizeof<u32>(), to += LANES * sizeof<u32>()) {
    v128.store(to, i32x4.sub(v128.load(at), v128.load(at - sizeof<u32>())));
  }
  store<u32>(first, firstLength);
}

/**
 * Packs the page, and returns how many bytes it has.
 *
 * @param firstOffset of its first line in the text: 0 to 2^53 - 1
 */
export function pack(lines: u32, firstOffset: f64, seed: u32): u32 {
  const end = lengths + <usize> lines * sizeof<u32>();
  // Full vectors are compared: what follows the last line must not matter.
  v128.store(end, i32x4.splat(load<u32>(lengths)));
  const shortest = shortestLength(end);
  const width = WORD_BITS - <u32> clz(longestLength(end) - shortest);
  v128.store(end, i32x4.splat(shortest));
  memory.fill(page, 0, SLOT_HEADER_BYTES);
  store<u8>(page + AT_WIDTH, <u8> width);
  store<u64>(page + AT_FIRST_OFFSET, <u64> firstOffset);
  store<u64>(page + AT_MIN_LENGTH, shortest);
  if (width > PAIR_WIDTH_MAX_BITS) packLengths(end, shortest, width, 1);
  else if (width > QUAD_WIDTH_MAX_BITS) packLengths(end, shortest, width, 2);
  else if (width > 0) packLengths(end, shortest, width, 4);
  const bytes = SLOT_HEADER_BYTES + (lines * width + 7) / 8;
  store<u32>(page, xxh32(page + CHECKSUM_END, bytes - CHECKSUM_END, seed));
  return bytes;
}

function shortestLength(end: usize): u32 {
  let v = v128.load(lengths);
  for (let at = lengths; at < end; at += 16) v = i32x4.min_u(v, v128.load(at));
  return min(
    min(<u32> i32x4.extract_lane(v, 0), <u32> i32x4.extract_lane(v, 1)),
    min(<u32> i32x4.extract_lane(v, 2), <u32> i32x4.extract_lane(v, 3)),
  );
}

function longestLength(end: usize): u32 {
  let v = v128.load(lengths);
  for (let at = lengths; at < end; at += 16) v = i32x4.max_u(v, v128.load(at));
  return max(
    max(<u32> i32x4.extract_lane(v, 0), <u32> i32x4.extract_lane(v, 1)),
    max(<u32> i32x4.extract_lane(v, 2), <u32> i32x4.extract_lane(v, 3)),
  );
}

@inline
function packLengths(end: usize, shortest: u32, width: u32, linesAtOnce: u32): void {
  let to = page + SLOT_HEADER_BYTES;
  let word: u64 = 0;
  let bits: u32 = 0;
  for (let at = lengths; at < end; at += linesAtOnce * sizeof<u32>()) {
    word |= valueOf(at, shortest, width, linesAtOnce) << bits;
    bits += linesAtOnce * width;
    if (bits >= WORD_BITS) {
      store<u32>(to, <u32> word);
      to += sizeof<u32>();
      word >>= WORD_BITS;
      bits -= WORD_BITS;
    }
  }
  store<u32>(to, <u32> word);
}

// The values of one, two or four lines, one above the other.
@inline
function valueOf(at: usize, shortest: u32, width: u32, lines: u32): u64 {
  if (lines == 1) return <u64> (load<u32>(at) - shortest);
  if (lines == 2) {
    return <u64> (load<u32>(at) - shortest) | (<u64> (load<u32>(at, 4) - shortest) << width);
  }
  const values = i32x4.sub(v128.load(at), i32x4.splat(shortest));
  const pairs = v128.or(
    v128.and(values, i64x2.splat(0xffffffff)),
    i64x2.shl(i64x2.shr_u(values, 32), width),
  );
  return i64x2.extract_lane(pairs, 0) | (i64x2.extract_lane(pairs, 1) << (2 * width));
}
