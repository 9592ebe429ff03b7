const PRIMES = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1] as const;

/**
 * A plain XXH32: step by step as in section "XXH32 algorithm description" of the "xxHash
 * fast digest algorithm" specification, in integers that cannot overflow.
 */
export function plainXxh32(bytes: Uint8Array, seed: number): number {
  const [p1, p2, p3, p4, p5] = PRIMES.map(BigInt) as [bigint, bigint, bigint, bigint, bigint];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const s = BigInt(seed);
  const lanes = [s + p1 + p2, s + p2, s, s - p1].map(u32);
  let at = 0;
  for (; bytes.length - at >= 16; at += 16) {
    for (const [i, lane] of lanes.entries()) {
      const value = BigInt(view.getUint32(at + 4 * i, true));
      lanes[i] = u32(rotl(u32(lane + value * p2), 13n) * p1);
    }
  }
  const [a, b, c, d] = lanes as [bigint, bigint, bigint, bigint];
  let hash = at > 0 ? rotl(a, 1n) + rotl(b, 7n) + rotl(c, 12n) + rotl(d, 18n) : s + p5;
  hash = u32(hash + BigInt(bytes.length));
  for (; bytes.length - at >= 4; at += 4) {
    hash = u32(rotl(u32(hash + BigInt(view.getUint32(at, true)) * p3), 17n) * p4);
  }
  for (; at < bytes.length; at++) hash = u32(rotl(u32(hash + BigInt(bytes[at]!) * p5), 11n) * p1);
  hash = u32((hash ^ (hash >> 15n)) * p2);
  hash = u32((hash ^ (hash >> 13n)) * p3);
  return Number(hash ^ (hash >> 16n));
}

function u32(value: bigint): bigint {
  return BigInt.asUintN(32, value);
}

function rotl(value: bigint, bits: bigint): bigint {
  return u32(value << bits | value >> (32n - bits));
}
