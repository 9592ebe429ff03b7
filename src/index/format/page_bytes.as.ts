/**
 * Computes what depends on all bytes of a page, its XXH32 and its checkpoints: AssemblyScript, built by
 * `deno task build-wasm`. One module for both, because a module takes milliseconds to load.
 *
 * XXH32 is that of the "xxHash fast digest algorithm" specification, version 0.1.1, by Yann Collet.
 */

/** The most bytes that can be given: no page of an index is larger. */
export const BYTES_MAX: u32 = 448 * 1024;

export const LINES_PER_CHECKPOINT: u32 = 8;

export const LINES_PER_PAGE_MAX: u32 = 65_536;

// Lengths are read in words of eight bytes, which may extend beyond the last one.
const SLACK_BYTES: u32 = 8;

/** Address for the bytes. */
export const bytes: usize = memory.data(BYTES_MAX + SLACK_BYTES, 16);

/** Address of the checkpoints, u32 each. */
export const checkpoints: usize = memory.data((LINES_PER_PAGE_MAX / LINES_PER_CHECKPOINT + 1) * sizeof<u32>(), 16);

const PRIME_1: u32 = 0x9e3779b1;
const PRIME_2: u32 = 0x85ebca77;
const PRIME_3: u32 = 0xc2b2ae3d;
const PRIME_4: u32 = 0x27d4eb2f;
const PRIME_5: u32 = 0x165667b1;
const STRIPE_BYTES: usize = 16;

/** Hashes bytes at any address. */
export function xxh32(start: usize, count: u32, seed: u32): u32 {
  const end = start + count;
  const stripesEnd = start + (count & ~15);
  let hash = seed + PRIME_5;
  if (stripesEnd > start) hash = hashStripes(start, stripesEnd, seed);
  hash += count;
  let at = stripesEnd;
  for (; at + 4 <= end; at += 4) hash = rotl(hash + load<u32>(at) * PRIME_3, 17) * PRIME_4;
  for (; at < end; at++) hash = rotl(hash + load<u8>(at) * PRIME_5, 11) * PRIME_1;
  hash = (hash ^ (hash >>> 15)) * PRIME_2;
  hash = (hash ^ (hash >>> 13)) * PRIME_3;
  return hash ^ (hash >>> 16);
}

function hashStripes(start: usize, end: usize, seed: u32): u32 {
  let a = seed + PRIME_1 + PRIME_2;
  let b = seed + PRIME_2;
  let c = seed;
  let d = seed - PRIME_1;
  for (let at = start; at < end; at += STRIPE_BYTES) {
    a = mix(a, load<u32>(at));
    b = mix(b, load<u32>(at, 4));
    c = mix(c, load<u32>(at, 8));
    d = mix(d, load<u32>(at, 12));
  }
  return rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18);
}

@inline
function mix(lane: u32, value: u32): u32 {
  return rotl(lane + value * PRIME_2, 13) * PRIME_1;
}

/**
 * Sums up the packed lengths in `bytes`: writes the offsets of the lines 0, 8, 16, … in the page, and last the
 * size of the page.
 *
 * @param widthBits the width of each: 0 to 32
 * @param minLength is added to each; all lines together are shorter than 2^32
 */
export function addUp(lines: u32, widthBits: u32, minLength: u32): void {
  const mask = (<u64> 1 << widthBits) - 1;
  let out = checkpoints;
  let offset: u32 = 0;
  let bit: u32 = 0;
  for (let from: u32 = 0; from < lines; from += LINES_PER_CHECKPOINT) {
    store<u32>(out, offset);
    out += sizeof<u32>();
    const some = min(LINES_PER_CHECKPOINT, lines - from);
    for (let i: u32 = 0; i < some; i++) {
      const word = load<u64>(bytes + (bit >>> 3)) >>> (bit & 7);
      offset += minLength + <u32> (word & mask);
      bit += widthBits;
    }
  }
  store<u32>(out, offset);
}
