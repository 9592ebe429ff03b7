import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { packedBytes, writeBits } from "../../src/index/bit_packing.ts";
import { lengthSums } from "../../src/index/length_sums.ts";

function packed(values: readonly number[], width: number): Uint8Array {
  const bytes = new Uint8Array(packedBytes(values.length, width));
  values.forEach((value, i) => writeBits(bytes, i * width, width, value));
  return bytes;
}

/** What comes before every eighth of some numbers, and all of them. */
function plainSums(values: readonly number[]): number[] {
  const sums: number[] = [];
  let sum = 0;
  values.forEach((value, i) => {
    if (i % 8 === 0) sums.push(sum);
    sum += value;
  });
  return [...sums, sum];
}

Deno.test("the sums of lengths of any width are those of a plain loop", () => {
  for (let width = 0; width <= 32; width++) {
    const top = 2 ** width - 1;
    const value = fc.oneof(fc.integer({ min: 0, max: top }), fc.constantFrom(0, top));
    const countMax = Math.min(100, Math.max(1, Math.floor(2 ** 32 / (top + 1)) - 1));
    const values = fc.array(value, { minLength: 1, maxLength: countMax, size: "max" });
    fc.assert(
      fc.property(values, fc.nat(1_000), (values, any) => {
        const most = 2 ** 32 - 1 - values.reduce((sum, value) => sum + value, 0);
        const least = Math.min(any, Math.floor(most / values.length));
        const sums = lengthSums(packed(values, width), values.length, width, least);
        assertEquals([...sums], plainSums(values.map((value) => value + least)));
      }),
      { numRuns: 30 },
    );
  }
});

Deno.test("as many lengths as a page can have are added up, and what was given before does not matter", () => {
  const values = Array.from({ length: 65_536 }, (_, i) => i % 16);
  const before = lengthSums(packed([1, 2, 3], 20), 3, 20, 7);
  assertEquals(
    [...lengthSums(packed(values, 4), 65_536, 4, 1)],
    plainSums(values.map((v) => v + 1)),
  );
  assertEquals([...before], [0, 27]);
  assertEquals([...lengthSums(packed([3], 2), 1, 2, 1)], [0, 4]);
});

Deno.test("more bytes than a page has are an error", () => {
  assertThrows(() => lengthSums(new Uint8Array(448 * 1024 + 1), 1, 8, 0), RangeError);
});
