/**
 * Computes XXH64 with the seed 0: AssemblyScript, built by `deno task build-wasm`.
 *
 * XXH64 is that of the "xxHash fast digest algorithm" specification, version 0.1.1, by Yann Collet.
 */

/** How much is hashed at a time, in bytes: a multiple of {@linkcode STRIPE_BYTES}. */
export const CHUNK_BYTES: u32 = 64 * 1024;

const STRIPE_BYTES: u32 = 32;

/** Address for the chunk. */
export const chunk: usize = memory.data(CHUNK_BYTES, 16);

const PRIME_1: u64 = 0x9e3779b185ebca87;
const PRIME_2: u64 = 0xc2b2ae3d27d4eb4f;
const PRIME_3: u64 = 0x165667b19e3779f9;
const PRIME_4: u64 = 0x85ebca77c2b2ae63;
const PRIME_5: u64 = 0x27d4eb2f165667c5;

let a: u64 = 0;
let b: u64 = 0;
let c: u64 = 0;
let d: u64 = 0;
let total: u64 = 0;

/** Begins a new hash. */
export function begin(): void {
  a = PRIME_1 + PRIME_2;
  b = PRIME_2;
  c = 0;
  d = 0 - PRIME_1;
  total = 0;
}

/** Hashes a full chunk. */
export function add(): void {
  addStripes(CHUNK_BYTES);
}

/**
 * Hashes the last chunk.
 *
 * @param bytes its length: 0 to {@linkcode CHUNK_BYTES}
 * @returns the lowest 32 bits of the hash
 */
export function finish(bytes: u32): u32 {
  const stripes = bytes & ~(STRIPE_BYTES - 1);
  addStripes(stripes);
  let hash = total === 0 ? PRIME_5 : merged();
  total += bytes - stripes;
  hash += total;
  const end = chunk + bytes;
  let at = chunk + stripes;
  for (; at + 8 <= end; at += 8) {
    hash = rotl(hash ^ mix(0, load<u64>(at)), 27) * PRIME_1 + PRIME_4;
  }
  if (at + 4 <= end) {
    hash = rotl(hash ^ (<u64> load<u32>(at) * PRIME_1), 23) * PRIME_2 + PRIME_3;
    at += 4;
  }
  for (; at < end; at++) hash = rotl(hash ^ (<u64> load<u8>(at) * PRIME_5), 11) * PRIME_1;
  hash = (hash ^ (hash >>> 33)) * PRIME_2;
  hash = (hash ^ (hash >>> 29)) * PRIME_3;
  return <u32> (hash ^ (hash >>> 32));
}

function addStripes(bytes: u32): void {
  const end = chunk + bytes;
  let lane1 = a;
  let lane2 = b;
  let lane3 = c;
  let lane4 = d;
  for (let at = chunk; at < end; at += STRIPE_BYTES) {
    lane1 = mix(lane1, load<u64>(at));
    lane2 = mix(lane2, load<u64>(at, 8));
    lane3 = mix(lane3, load<u64>(at, 16));
    lane4 = mix(lane4, load<u64>(at, 24));
  }
  a = lane1;
  b = lane2;
  c = lane3;
  d = lane4;
  total += bytes;
}

function merged(): u64 {
  let hash = rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18);
  hash = (hash ^ mix(0, a)) * PRIME_1 + PRIME_4;
  hash = (hash ^ mix(0, b)) * PRIME_1 + PRIME_4;
  hash = (hash ^ mix(0, c)) * PRIME_1 + PRIME_4;
  return (hash ^ mix(0, d)) * PRIME_1 + PRIME_4;
}

@inline
function mix(lane: u64, value: u64): u64 {
  return rotl(lane + value * PRIME_2, 31) * PRIME_1;
}
