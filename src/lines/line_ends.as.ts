/**
 * Counts the newlines in a chunk of text, and looks for CRs: AssemblyScript, built by `deno task build-wasm`.
 *
 * Compares 16 bytes at a time. A comparison gives -1 or 0 for each byte, so subtracting it counts; a byte
 * can count 255 times before it overflows.
 */

/** The longest chunk, in bytes. */
export const CHUNK_MAX_BYTES: u32 = 128 * 1024;

const VECTOR_BYTES: u32 = 16;
const OVERFLOW_BYTES: u32 = 255 * VECTOR_BYTES;
const LF: u8 = 10;
const CR: u8 = 13;

/** Address for the chunk; the vector after it is overwritten. */
export const chunk: usize = memory.data(CHUNK_MAX_BYTES + VECTOR_BYTES, 16);

let wasCrFound: bool = false;

/** Whether the last chunk has a CR. */
export function hasCr(): bool {
  return wasCrFound;
}

/** How many newlines are in the first bytes of `chunk`. */
export function countNewlines(bytes: u32): u32 {
  memory.fill(chunk + bytes, 0, VECTOR_BYTES);
  const lineFeeds = i8x16.splat(LF);
  const returns = i8x16.splat(CR);
  let found = i8x16.splat(0);
  let count: u32 = 0;
  for (let from: u32 = 0; from < bytes; from += OVERFLOW_BYTES) {
    const to = min(from + OVERFLOW_BYTES, bytes);
    let counts = i8x16.splat(0);
    for (let at = from; at < to; at += VECTOR_BYTES) {
      const vector = v128.load(chunk + at);
      counts = i8x16.sub(counts, i8x16.eq(vector, lineFeeds));
      found = v128.or(found, i8x16.eq(vector, returns));
    }
    count += sumOf(counts);
  }
  wasCrFound = v128.any_true(found);
  return count;
}

@inline
function sumOf(counts: v128): u32 {
  const pairs = i16x8.extadd_pairwise_i8x16_u(counts);
  const fours = i32x4.extadd_pairwise_i16x8_u(pairs);
  return <u32> i32x4.extract_lane(fours, 0) + <u32> i32x4.extract_lane(fours, 1) +
    <u32> i32x4.extract_lane(fours, 2) + <u32> i32x4.extract_lane(fours, 3);
}
