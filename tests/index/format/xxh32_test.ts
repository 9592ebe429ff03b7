import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { xxh32 } from "../../../src/index/format/page_bytes.ts";
import { latin1 } from "../../support/index_files.ts";
import { plainXxh32 } from "../../support/index_xxh32.ts";

/** The most bytes that can be hashed. */
const BYTES_MAX = 448 * 1024;

const SEEDS = [0, 1, 0x9e3779b1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
const seed = fc.oneof(fc.constantFrom(...SEEDS), fc.integer({ min: 0, max: 2 ** 32 - 1 }));

/** Bytes that differ from each other. */
function someBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 2654435761) >>> 13);
}

Deno.test("xxh32() and the plain algorithm give the published hashes", () => {
  const known: [text: string, hash: number][] = [
    ["", 0x02cc5d05],
    ["a", 0x550d7456],
    ["abc", 0x32d153ff],
    ["Nobody inspects the spammish repetition", 0xe2293b2f],
  ];
  for (const [text, hash] of known) {
    assertEquals(xxh32(latin1(text), 0), hash, text);
    assertEquals(plainXxh32(latin1(text), 0), hash, text);
  }
});

Deno.test("xxh32() of 0 to 100 bytes is that of the plain algorithm, for several seeds", () => {
  for (let length = 0; length <= 100; length++) {
    for (const seed of SEEDS) {
      const bytes = someBytes(length);
      assertEquals(xxh32(bytes, seed), plainXxh32(bytes, seed), `${length} bytes, seed ${seed}`);
    }
  }
});

Deno.test("xxh32() of any bytes is that of the plain algorithm, for any seed", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400, size: "max" }), seed, (bytes, seed) => {
    assertEquals(xxh32(bytes, seed), plainXxh32(bytes, seed));
  }));
});

Deno.test("xxh32() of a view hashes nothing around it", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 70, size: "max" }),
      fc.nat(9),
      fc.nat(20),
      (bytes, before, after) => {
        const buffer = new Uint8Array(before + bytes.length + after).fill(0xee);
        buffer.set(bytes, before);
        const within = buffer.subarray(before, before + bytes.length);
        assertEquals(xxh32(within, 7), xxh32(bytes, 7));
      },
    ),
  );
});

Deno.test("xxh32() does not depend on earlier calls", () => {
  const bytes = someBytes(39);
  const hash = xxh32(bytes, 5);
  xxh32(new Uint8Array(5000).fill(0xff), 5);
  assertEquals(xxh32(bytes, 5), hash);
});

Deno.test("xxh32() does not change the bytes", () => {
  const bytes = someBytes(100);
  xxh32(bytes, 1);
  assertEquals(bytes, someBytes(100));
});

Deno.test("xxh32() hashes 448 KiB and throws for one byte more", () => {
  const most = someBytes(BYTES_MAX);
  assertEquals(xxh32(most, 3), plainXxh32(most, 3));
  assertThrows(() => xxh32(new Uint8Array(BYTES_MAX + 1), 3), RangeError);
  assertEquals(xxh32(most, 3), plainXxh32(most, 3));
});

Deno.test("xxh32() always changes if only one aligned word of four bytes changes", () => {
  const bytes = someBytes(45);
  const hash = xxh32(bytes, 9);
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (change) => {
        fc.pre(change.some((byte) => byte !== 0));
        const changed = bytes.slice();
        for (const [i, byte] of change.entries()) changed[at + i]! ^= byte;
        assertNotEquals(xxh32(changed, 9), hash);
      }),
      { numRuns: 20 },
    );
  }
});

Deno.test("xxh32() returns 0 to 2^32 - 1", () => {
  const hashes = Array.from({ length: 64 }, (_, i) => xxh32(Uint8Array.of(i), 0));
  assert(hashes.every((hash) => Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32));
  assert(hashes.some((hash) => hash >= 2 ** 31));
});
