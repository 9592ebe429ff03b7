import { assertEquals, assertInstanceOf } from "@std/assert";
import fc from "fast-check";
import { packedBytes, writeBits } from "../../../src/index/format/bit_packing.ts";
import { checkpointsOf } from "../../../src/index/format/page_bytes.ts";
import type { PageLengths } from "../../../src/index/format/page_bytes.ts";

function pageOf(values: readonly number[], widthBits: number, minLength: number): PageLengths {
  const packed = new Uint8Array(packedBytes(values.length, widthBits));
  values.forEach((value, i) => writeBits(packed, i * widthBits, widthBits, value));
  return { lines: values.length, firstOffset: 0, minLength, widthBits, packed };
}

/** Where every eighth line begins, and the last ends. */
function plainCheckpoints(lengths: readonly number[]): number[] {
  const checkpoints: number[] = [];
  let offset = 0;
  lengths.forEach((length, i) => {
    if (i % 8 === 0) checkpoints.push(offset);
    offset += length;
  });
  return [...checkpoints, offset];
}

Deno.test("checkpointsOf() lengths of any width are those of a plain loop", () => {
  for (let width = 0; width <= 40; width++) {
    const top = 2 ** width - 1;
    const value = fc.oneof(fc.integer({ min: 0, max: top }), fc.constantFrom(0, top));
    const values = fc.array(value, { minLength: 1, maxLength: 100, size: "max" });
    const minLength = fc.oneof(fc.nat(1_000), fc.integer({ min: 0, max: 2 ** 33 }));
    fc.assert(
      fc.property(values, minLength, (values, minLength) => {
        const found = checkpointsOf(pageOf(values, width, minLength));
        assertEquals([...found], plainCheckpoints(values.map((value) => value + minLength)));
      }),
      { numRuns: 30 },
    );
  }
});

Deno.test("checkpointsOf() a page that is surely under 4 GiB takes four bytes each, otherwise eight", () => {
  assertInstanceOf(checkpointsOf(pageOf([0, 1], 1, 2 ** 31 - 3)), Uint32Array);
  const large = checkpointsOf(pageOf([0, 1], 1, 2 ** 31));
  assertInstanceOf(large, Float64Array);
  assertEquals([...large], [0, 2 ** 32 + 1]);
});

Deno.test("checkpointsOf() the largest page is right, whatever page was summed before", () => {
  const values = Array.from({ length: 65_536 }, (_, i) => i % 16);
  const before = checkpointsOf(pageOf([1, 2, 3], 20, 7));
  const found = checkpointsOf(pageOf(values, 4, 1));
  assertEquals([...found], plainCheckpoints(values.map((value) => value + 1)));
  assertEquals([...before], [0, 27]);
  assertEquals([...checkpointsOf(pageOf([3], 2, 1))], [0, 4]);
});
