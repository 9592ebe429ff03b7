import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  getUint53,
  MAX_WIDTH_BITS,
  packedBytes,
  readBits,
  setUint53,
  widthBits,
  writeBits,
} from "../../../src/index/format/bit_packing.ts";

interface Packing {
  readonly width: number;
  readonly values: number[];
}

/** Values of one width, with the smallest and the largest among them. */
function packingOf(width: number): fc.Arbitrary<Packing> {
  const max = 2 ** width - 1;
  const value = fc.oneof(fc.integer({ min: 0, max }), fc.constantFrom(0, max));
  return fc.array(value, { maxLength: 70, size: "max" }).map((values) => ({ width, values }));
}

const packing = fc.integer({ min: 0, max: MAX_WIDTH_BITS }).chain(packingOf);

/** The packed bytes, by arithmetic on one large integer. */
function packByBigInt({ width, values }: Packing): number[] {
  let all = 0n;
  for (const [i, value] of values.entries()) all |= BigInt(value) << BigInt(i * width);
  return Array.from(
    { length: Math.ceil(values.length * width / 8) },
    (_, at) => Number(all >> BigInt(8 * at) & 0xffn),
  );
}

function pack({ width, values }: Packing): Uint8Array {
  const bytes = new Uint8Array(packedBytes(values.length, width));
  for (const [i, value] of values.entries()) writeBits(bytes, i * width, width, value);
  return bytes;
}

Deno.test("writeBits() puts values of every width where the layout has them", () => {
  for (let width = 0; width <= MAX_WIDTH_BITS; width++) {
    fc.assert(
      fc.property(packingOf(width), (packing) => {
        assertEquals([...pack(packing)], packByBigInt(packing));
      }),
      { numRuns: 15 },
    );
  }
});

Deno.test("readBits() returns what was written, in any order, for every width", () => {
  for (let width = 0; width <= MAX_WIDTH_BITS; width++) {
    fc.assert(
      fc.property(packingOf(width), ({ values }) => {
        const bytes = pack({ width, values });
        const read = values.map((_, i) => i).reverse().map((i) =>
          readBits(bytes, i * width, width)
        );
        assertEquals(read.reverse(), values);
      }),
      { numRuns: 15 },
    );
  }
});

Deno.test("writeBits() writes the largest value of every width at every bit of a byte", () => {
  for (let width = 0; width <= MAX_WIDTH_BITS; width++) {
    for (let bit = 0; bit < 16; bit++) {
      const bytes = new Uint8Array(16);
      writeBits(bytes, bit, width, 2 ** width - 1);
      assertEquals(readBits(bytes, bit, width), 2 ** width - 1, `${width} bits at bit ${bit}`);
      const ones = bytes.reduce(
        (sum, byte) => sum + byte.toString(2).replaceAll("0", "").length,
        0,
      );
      assertEquals(ones, width, `${width} bits at bit ${bit}`);
    }
  }
});

Deno.test("writeBits() of values of different widths next to each other keeps each value", () => {
  const value = fc.integer({ min: 0, max: MAX_WIDTH_BITS })
    .chain((width) => fc.tuple(fc.constant(width), fc.integer({ min: 0, max: 2 ** width - 1 })));
  fc.assert(fc.property(fc.array(value, { maxLength: 40, size: "max" }), (fields) => {
    const bytes = new Uint8Array(packedBytes(fields.length, MAX_WIDTH_BITS));
    let bit = 0;
    for (const [width, value] of fields) {
      writeBits(bytes, bit, width, value);
      bit += width;
    }
    bit = 0;
    for (const [width, value] of fields) {
      assertEquals(readBits(bytes, bit, width), value);
      bit += width;
    }
  }));
});

Deno.test("writeBits() changes no byte outside of the value", () => {
  fc.assert(fc.property(packing, fc.nat(64), ({ width, values }, bit) => {
    const bytes = new Uint8Array(32);
    const value = values[0] ?? 0;
    bytes[Math.floor(bit / 8) - 1] = 0x5a;
    const end = Math.ceil((bit + width) / 8);
    bytes.fill(0xa5, end);
    writeBits(bytes, bit, width, value);
    assertEquals([...bytes.subarray(end)], new Array(32 - end).fill(0xa5));
    assertEquals(bytes[Math.floor(bit / 8) - 1], bit < 8 ? undefined : 0x5a);
  }));
});

Deno.test("readBits() reads bits beyond the end as 0", () => {
  assertEquals(readBits(Uint8Array.of(0xff), 4, 53), 15);
  assertEquals(readBits(Uint8Array.of(), 0, 53), 0);
});

Deno.test("readBits() and writeBits() reach the last line of the largest page", () => {
  const places = 65_536;
  const bytes = new Uint8Array(packedBytes(places, 53));
  writeBits(bytes, (places - 1) * 53, 53, Number.MAX_SAFE_INTEGER);
  assertEquals(readBits(bytes, (places - 1) * 53, 53), Number.MAX_SAFE_INTEGER);
  assertEquals(readBits(bytes, (places - 2) * 53, 53), 0);
});

Deno.test("widthBits() is the number of binary digits", () => {
  assertEquals(widthBits(0), 0);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (value) => {
      assertEquals(widthBits(value), value.toString(2).length);
    }),
    {
      examples: Array.from({ length: 53 }, (_, i) => 2 ** i)
        .flatMap((power): [number][] => [[power], [2 * power - 1]]),
    },
  );
});

Deno.test("packedBytes() is the number of bits rounded up to bytes", () => {
  fc.assert(fc.property(fc.nat(65_536), fc.nat(53), (count, width) => {
    assertEquals(BigInt(packedBytes(count, width)), (BigInt(count) * BigInt(width) + 7n) / 8n);
  }));
});

Deno.test("setUint53() writes eight bytes, little-endian, and getUint53() reads them", () => {
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

Deno.test("setUint53() changes no other byte", () => {
  const bytes = new Uint8Array(12).fill(0xee);
  setUint53(new DataView(bytes.buffer), 2, 0);
  assertEquals([...bytes], [0xee, 0xee, 0, 0, 0, 0, 0, 0, 0, 0, 0xee, 0xee]);
});

Deno.test("getUint53() returns undefined for every integer over 2^53 - 1", () => {
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
