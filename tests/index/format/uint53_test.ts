import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { getUint53, setUint53 } from "../../../src/index/format/uint53.ts";

Deno.test("a uint53 is stored as eight bytes, little-endian, and read back", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.nat(8), (value, at) => {
      const view = new DataView(new ArrayBuffer(16));
      setUint53(view, at, value);
      assertEquals(view.getBigUint64(at, true), BigInt(value));
      assertEquals(getUint53(view, at), value);
    }),
    { examples: [[0, 0], [2 ** 32 - 1, 1], [2 ** 32, 7], [Number.MAX_SAFE_INTEGER, 8]] },
  );
});

Deno.test("setUint53 writes its eight bytes only", () => {
  const bytes = new Uint8Array(12).fill(0xee);
  setUint53(new DataView(bytes.buffer), 2, 0);
  assertEquals([...bytes], [0xee, 0xee, 0, 0, 0, 0, 0, 0, 0, 0, 0xee, 0xee]);
});

Deno.test("getUint53 gives undefined for every integer over 2^53 - 1", () => {
  const limit = 2n ** 53n;
  fc.assert(
    fc.property(fc.bigInt({ min: limit, max: 2n ** 64n - 1n }), (value) => {
      const view = new DataView(new ArrayBuffer(8));
      view.setBigUint64(0, value, true);
      assertEquals(getUint53(view, 0), undefined);
    }),
    { examples: [[limit], [limit + 1n], [2n ** 64n - 1n]] },
  );
});
