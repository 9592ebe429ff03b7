/**
 * Finds the newlines in a chunk of text: AssemblyScript, built by `deno task build-wasm`.
 *
 * Compares 128 bytes at a time, and gathers one bit for each byte: the approach of Langdale and Lemire,
 * "Parsing gigabytes of JSON per second" (VLDB Journal 28, 2019), section 3.1.
 */

/** The longest chunk, in bytes. */
export const CHUNK_MAX_BYTES: u32 = 1024 * 1024;

const BLOCK_BYTES: u32 = 128;
const HALF_BYTES: u32 = BLOCK_BYTES / 2;
// Positions are stored in pairs; the second of the last pair may be overwritten.
const PAIR_BYTES: usize = 2 * sizeof<u32>();
// Sixteen LFs. In memory, because V8 would build a constant again for every comparison.
const LINE_FEEDS: usize = memory.data<u8>([10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10]);

/** Address for the chunk; the block after it is overwritten. */
export const chunk: usize = memory.data(CHUNK_MAX_BYTES + BLOCK_BYTES, 16);

/** Address of the positions, u32 each. */
export const positions: usize = memory.data(CHUNK_MAX_BYTES * sizeof<u32>() + <u32> PAIR_BYTES, 16);

/** Finds the newlines in the first bytes of `chunk`, and returns how many there are. */
export function findNewlines(bytes: u32): u32 {
  memory.fill(chunk + bytes, 0, BLOCK_BYTES);
  const lineFeeds = v128.load(LINE_FEEDS);
  let out = positions;
  for (let at: u32 = 0; at < bytes; at += BLOCK_BYTES) {
    const block = chunk + at;
    const a = newlinesOfVector(block, lineFeeds);
    const b = newlinesOfVector(block + 16, lineFeeds);
    const c = newlinesOfVector(block + 32, lineFeeds);
    const d = newlinesOfVector(block + 48, lineFeeds);
    const e = newlinesOfVector(block + 64, lineFeeds);
    const f = newlinesOfVector(block + 80, lineFeeds);
    const g = newlinesOfVector(block + 96, lineFeeds);
    const h = newlinesOfVector(block + 112, lineFeeds);
    // If lines are long, most blocks end here.
    if (!v128.any_true(v128.or(anyOf(a, b, c, d), anyOf(e, f, g, h)))) continue;
    out = storePositions(out, at, maskOf(a, b, c, d));
    out = storePositions(out, at + HALF_BYTES, maskOf(e, f, g, h));
  }
  return <u32> (out - positions) / sizeof<u32>();
}

@inline
function newlinesOfVector(at: usize, lineFeeds: v128): v128 {
  return i8x16.eq(v128.load(at), lineFeeds);
}

@inline
function anyOf(a: v128, b: v128, c: v128, d: v128): v128 {
  return v128.or(v128.or(a, b), v128.or(c, d));
}

@inline
function maskOf(a: v128, b: v128, c: v128, d: v128): u64 {
  return <u64> i8x16.bitmask(a) | (<u64> i8x16.bitmask(b) << 16) |
    (<u64> i8x16.bitmask(c) << 32) | (<u64> i8x16.bitmask(d) << 48);
}

// The first pair is stored without a loop: so the processor rarely predicts a wrong branch.
@inline
function storePositions(to: usize, base: u32, mask: u64): usize {
  const end = to + (<usize> popcnt(mask)) * sizeof<u32>();
  let left = storePair(to, base, mask);
  for (let at = to + PAIR_BYTES; at < end; at += PAIR_BYTES) left = storePair(at, base, left);
  return end;
}

@inline
function storePair(to: usize, base: u32, mask: u64): u64 {
  const first = <u64> (base + <u32> ctz(mask));
  const rest = mask & (mask - 1);
  const second = <u64> (base + <u32> ctz(rest));
  store<u64>(to, first | (second << 32));
  return rest & (rest - 1);
}
