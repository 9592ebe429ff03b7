import type { PageLengths } from "../../../src/index/format/page_bytes.ts";
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { MAX_WIDTH_BITS, packedBytes, widthBits } from "../../../src/index/format/bit_packing.ts";
import { SLOT_HEADER_BYTES } from "../../../src/index/format/layout.ts";
import { IndexPage } from "../../../src/index/format/index_page.ts";
import {
  checksumSeeds,
  decodePage,
  decodeSlot,
  encodePointer,
  isPointer,
  type OverflowPointer,
  packedPageBytes,
  packedWidthBits,
  packLengths,
  unpack,
} from "../../../src/index/format/page_codec.ts";
import { xxh32 } from "../../../src/index/format/page_bytes.ts";
import {
  assertSameLines,
  lineLengths,
  linesOfLengths,
  linesOfPage,
} from "../../support/index_lines.ts";
import { plainXxh32 } from "../../support/index_xxh32.ts";

const lengths = lineLengths({ minLength: 1, maxLength: 150 });
const seed = fc.oneof(fc.nat(5), fc.integer({ min: 0, max: 2 ** 32 - 1 }));

/** A number over 2^53 - 1. */
const OVER = [0, 0, 0, 0, 0, 0, 0x20, 0];

function pack(lengths: readonly number[], seed: number, firstOffset = 0): Uint8Array {
  return packLengths(Float64Array.from(lengths), firstOffset, seed);
}

/** The page or the pointer, followed by that many zeros. */
function inSlot(bytes: Uint8Array, spareBytes: number): Uint8Array {
  const slot = new Uint8Array(bytes.length + spareBytes);
  slot.set(bytes);
  return slot;
}

function decodedPage(slot: PageLengths | OverflowPointer | undefined): IndexPage {
  assert(slot !== undefined && "packed" in slot);
  return new IndexPage(slot);
}

/** A page or pointer with some bytes replaced, and the checksum of that. */
function patched(whole: Uint8Array, seed: number, at: number, bytes: number[]): Uint8Array {
  const copy = whole.slice();
  copy.set(bytes, at);
  new DataView(copy.buffer).setUint32(0, xxh32(copy.subarray(4), seed), true);
  return copy;
}

Deno.test("decodeSlot() of a page in its slot gives the lines of a plain array", () => {
  fc.assert(
    fc.property(lengths, seed, fc.nat(40), (lengths, seed, spareBytes) => {
      const slot = inSlot(pack(lengths, seed), spareBytes);
      const decoded = decodedPage(decodeSlot(slot, seed, lengths.length));
      assertSameLines(linesOfPage(decoded), linesOfLengths(lengths));
    }),
  );
});

Deno.test("decodeSlot() and decodePage() of a page in the overflow area give the lines of a plain array", () => {
  fc.assert(
    fc.property(lengths, seed, fc.nat(40), (lengths, seed, spareBytes) => {
      const record = pack(lengths, seed, 7);
      const pointer = { widthBits: packedWidthBits(record), pageOffset: 2 ** 45 + 3 };
      const found = decodeSlot(
        inSlot(encodePointer(pointer, seed), spareBytes),
        seed,
        lengths.length,
      );
      assertEquals(found, pointer);
      assertEquals(record.length, packedPageBytes(lengths.length, pointer.widthBits));
      const decoded = decodePage(record, seed, lengths.length);
      assert(decoded !== undefined);
      assertSameLines(linesOfPage(new IndexPage(decoded)), linesOfLengths(lengths, 7));
    }),
  );
});

Deno.test("packLengths() writes the bytes of docs/index-format.md", () => {
  const firstOffset = 2 ** 40 + 5;
  // Above the shortest: 0, 1, 5 and 3, in three bits each.
  const bytes = pack([2 ** 33, 2 ** 33 + 1, 2 ** 33 + 5, 2 ** 33 + 3], 0xfedcba98, firstOffset);
  const view = new DataView(bytes.buffer);
  assertEquals(bytes.length, 24 + 2);
  assertEquals(view.getUint32(0, true), plainXxh32(bytes.subarray(4), 0xfedcba98));
  assertEquals([...bytes.subarray(4, 8)], [3, 0, 0, 0]);
  assertEquals(view.getBigUint64(8, true), BigInt(firstOffset));
  assertEquals(view.getBigUint64(16, true), 2n ** 33n);
  assertEquals(view.getUint16(24, true), 0b011_101_001_000);
});

Deno.test("encodePointer() writes the bytes of docs/index-format.md", () => {
  const bytes = encodePointer({ widthBits: 41, pageOffset: 2 ** 45 + 3 }, 77);
  const view = new DataView(bytes.buffer);
  assertEquals(bytes.length, 24);
  assertEquals(view.getUint32(0, true), plainXxh32(bytes.subarray(4), 77));
  assertEquals([...bytes.subarray(4, 8)], [41, 1, 0, 0]);
  assertEquals(view.getBigUint64(8, true), 2n ** 45n + 3n);
  assertEquals([...bytes.subarray(16)], new Array(8).fill(0));
});

Deno.test("unpack() returns what packLengths() was given", () => {
  fc.assert(fc.property(lengths, fc.nat(), (lengths, firstOffset) => {
    const bytes = pack(lengths, 1, firstOffset);
    const page = unpack({ lines: lengths.length, bytes });
    const minLength = Math.min(...lengths);
    const width = widthBits(Math.max(...lengths) - minLength);
    const packed = bytes.subarray(SLOT_HEADER_BYTES);
    assertEquals(page, { lines: lengths.length, firstOffset, minLength, widthBits: width, packed });
    assertEquals([packedWidthBits(bytes), isPointer(bytes)], [width, false]);
  }));
});

Deno.test("packedWidthBits() and isPointer() tell width and kind of a page and of a pointer", () => {
  const pointer = encodePointer({ widthBits: 53, pageOffset: 0 }, 0);
  assertEquals([packedWidthBits(pointer), isPointer(pointer)], [53, true]);
  const page = pack([1, 2 ** 20], 0);
  assertEquals([packedWidthBits(page), isPointer(page)], [20, false]);
});

Deno.test("decodeSlot() of the widest lengths and the last offset is right", () => {
  const bytes = pack([1, Number.MAX_SAFE_INTEGER - 1], 1);
  assertEquals(packedWidthBits(bytes), MAX_WIDTH_BITS);
  const decoded = decodedPage(decodeSlot(bytes, 1, 2));
  assertEquals(decoded.lengthOf(1), Number.MAX_SAFE_INTEGER - 1);
  assertEquals(decoded.endOffset, Number.MAX_SAFE_INTEGER);
});

Deno.test("decodeSlot() of the largest page is right", () => {
  const lengths = Array.from({ length: 65_536 }, (_, i) => 1 + i % 100);
  lengths[65_535] = 2 ** 52 + 1;
  const bytes = pack(lengths, 4);
  assertEquals(packedWidthBits(bytes), MAX_WIDTH_BITS);
  const decoded = decodedPage(decodeSlot(bytes, 4, 65_536));
  assertSameLines(linesOfPage(decoded), linesOfLengths(lengths));
});

Deno.test("decodeSlot() reads a view of a larger buffer", () => {
  const slot = pack([3, 9, 4], 2);
  const larger = new Uint8Array(slot.length + 9).fill(0xff);
  larger.set(slot, 5);
  const decoded = decodedPage(decodeSlot(larger.subarray(5, 5 + slot.length), 2, 3));
  assertSameLines(linesOfPage(decoded), linesOfLengths([3, 9, 4]));
});

Deno.test("decodeSlot() and decodePage() refuse a page with another seed", () => {
  fc.assert(fc.property(seed, seed, lengths, (seed, other, lengths) => {
    fc.pre(seed !== other);
    const page = pack(lengths, seed);
    const pointer = { widthBits: packedWidthBits(page), pageOffset: 128 };
    assertEquals(decodeSlot(page, other, lengths.length), undefined);
    assertEquals(decodePage(page, other, lengths.length), undefined);
    assertEquals(
      decodeSlot(inSlot(encodePointer(pointer, seed), 16), other, lengths.length),
      undefined,
    );
  }));
});

Deno.test("checksumSeeds() differ for pages less than 2^32 apart, other texts and other page sizes", () => {
  const fingerprint = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const pageNumber = fc.oneof(fc.nat(9), fc.integer({ min: 0, max: 2 ** 40 }));
  const linesPerPage = fc.integer({ min: 1, max: 65_535 });
  fc.assert(fc.property(
    fingerprint,
    linesPerPage,
    pageNumber,
    fc.nat(),
    (fingerprint, linesPerPage, number, distance) => {
      const seedOf = checksumSeeds(fingerprint, linesPerPage);
      const first = plainXxh32(fingerprint, linesPerPage);
      assertEquals(BigInt(seedOf(number)), (BigInt(first) + BigInt(number)) % 2n ** 32n);
      assertNotEquals(seedOf(number), seedOf(number + 1 + distance));
      const other = fingerprint.with(distance % 32, fingerprint[distance % 32]! ^ 1);
      assertNotEquals(seedOf(number), checksumSeeds(other, linesPerPage)(number));
      assertNotEquals(seedOf(number), checksumSeeds(fingerprint, linesPerPage + 1)(number));
    },
  ));
});

Deno.test("decodeSlot() and decodePage() refuse every flipped bit, except in the zeros after a page or pointer", () => {
  const page = pack([3, 300, 4, 70], 3);
  const pointer = encodePointer({ widthBits: 9, pageOffset: 300 }, 3);
  const decoders: [Uint8Array, (bytes: Uint8Array) => unknown][] = [
    [page, (bytes) => decodeSlot(bytes, 3, 4)],
    [page, (bytes) => decodePage(bytes, 3, 4)],
    [pointer, (bytes) => decodeSlot(bytes, 3, 4)],
  ];
  for (const [whole, decode] of decoders) {
    for (const spareBytes of [0, 5]) {
      const bytes = inSlot(whole, spareBytes);
      const right = decode(bytes);
      assert(right !== undefined);
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = bytes.slice();
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        const expected = bit < whole.length * 8 ? undefined : right;
        assertEquals(decode(flipped), expected, `bit ${bit} of ${bytes.length} bytes`);
      }
    }
  }
});

Deno.test("decodeSlot() refuses a page of impossible numbers, even if the checksum is right", () => {
  const page = pack([3, 300, 4, 70], 3);
  const width = packedWidthBits(page);
  const decode = (bytes: Uint8Array) => decodeSlot(bytes, 3, 4);
  assert(decode(patched(page, 3, 4, [width])) !== undefined);
  // As wide as it says: four lengths of 53 bits take 27 bytes, as many of 54 do.
  const roomy = inSlot(page, packedBytes(4, 53) - packedBytes(4, width));
  assert(decode(patched(roomy, 3, 4, [53])) !== undefined);
  assertEquals(decode(patched(roomy, 3, 4, [54])), undefined, "wider than 53 bits");
  assertEquals(decode(patched(page, 3, 4, [53])), undefined, "wider than the slot");
  assertEquals(decode(patched(page, 3, 5, [2])), undefined, "of no known kind");
  assertEquals(decode(patched(page, 3, 8, OVER)), undefined, "offset over 2^53");
  assertEquals(decode(patched(page, 3, 16, OVER)), undefined, "length over 2^53");
  assertEquals(decodeSlot(page, 3, 40), undefined, "more lines than the slot holds");
});

Deno.test("decodeSlot() refuses a pointer of impossible numbers, even if the checksum is right", () => {
  const pointer = encodePointer({ widthBits: 9, pageOffset: 300 }, 3);
  const decode = (bytes: Uint8Array) => decodeSlot(bytes, 3, 4);
  assert(decode(patched(pointer, 3, 4, [53])) !== undefined);
  assertEquals(decode(patched(pointer, 3, 4, [54])), undefined, "wider than 53 bits");
  assertEquals(decode(patched(pointer, 3, 8, OVER)), undefined, "offset over 2^53");
});

Deno.test("decodePage() refuses a page of impossible numbers, even if the checksum is right", () => {
  const record = pack([3, 300, 4, 70], 3);
  const decode = (bytes: Uint8Array) => decodePage(bytes, 3, 4);
  assert(decode(record) !== undefined);
  assertEquals(decode(patched(record, 3, 8, OVER)), undefined, "offset over 2^53");
  assertEquals(decode(patched(record, 3, 16, OVER)), undefined, "length over 2^53");
  assertEquals(decode(patched(record, 3, 5, [1])), undefined, "a pointer, not a page");
  assertEquals(decode(record.subarray(0, -1)), undefined, "cut off");
});

Deno.test("packedPageBytes() is the size of a slot header and the packed lengths", () => {
  fc.assert(fc.property(fc.nat(65_536), fc.nat(53), (lines, width) => {
    assertEquals(packedPageBytes(lines, width), SLOT_HEADER_BYTES + packedBytes(lines, width));
  }));
});
