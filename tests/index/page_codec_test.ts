import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { crc32 } from "node:zlib";
import { MAX_WIDTH_BITS, packedBytes } from "../../src/index/bit_packing.ts";
import { OVERFLOW_HEADER_BYTES, SLOT_HEADER_BYTES } from "../../src/index/format.ts";
import { IndexPage, type PageLengths } from "../../src/index/index_page.ts";
import {
  decodeOverflow,
  decodeSlot,
  encodeOverflow,
  encodePage,
  encodePointer,
  overflowRecordBytes,
  type Slot,
} from "../../src/index/page_codec.ts";
import {
  assertSameLines,
  lineLengths,
  linesOfLengths,
  linesOfPage,
  pagesOfLengths,
} from "../support/index_lines.ts";

const lengths = lineLengths({ minLength: 1, maxLength: 150 });
const pageNumber = fc.oneof(fc.nat(5), fc.integer({ min: 0, max: 2 ** 52 }));

function pageOf(lengths: readonly number[]): PageLengths {
  return pagesOfLengths(lengths.length, lengths)[0]!;
}

function slotBytesOf(page: PageLengths, spareBytes = 0): number {
  return SLOT_HEADER_BYTES + page.packed.length + spareBytes;
}

function decodedPage(slot: Slot | undefined): IndexPage {
  assert(slot?.kind === "page");
  return new IndexPage(slot.page);
}

/** A slot with some bytes replaced, and its checksum made right again. */
function patched(slot: Uint8Array, pageNumber: number, at: number, bytes: number[]): Uint8Array {
  const copy = slot.slice();
  copy.set(bytes, at);
  new DataView(copy.buffer).setUint32(0, crc32(copy.subarray(4), pageNumber), true);
  return copy;
}

Deno.test("a page in a slot gives the same lines as a plain array", () => {
  fc.assert(
    fc.property(lengths, pageNumber, fc.nat(40), (lengths, number, spareBytes) => {
      const page = pageOf(lengths);
      const slot = encodePage(page, number, slotBytesOf(page, spareBytes));
      assertEquals(slot.length, slotBytesOf(page, spareBytes));
      const decoded = decodedPage(decodeSlot(slot, number, lengths.length));
      assertSameLines(linesOfPage(decoded), linesOfLengths(lengths));
    }),
  );
});

Deno.test("a page in the overflow area gives the same lines as a plain array", () => {
  fc.assert(
    fc.property(lengths, pageNumber, fc.nat(40), (lengths, number, slotSpace) => {
      const page = { ...pageOf(lengths), firstOffset: 7 };
      const recordOffset = 2 ** 45 + 3;
      const { firstOffset, widthBits } = page;
      const slot = encodePointer(
        { firstOffset, widthBits, recordOffset },
        number,
        SLOT_HEADER_BYTES + slotSpace,
      );
      assertEquals(slot.length, SLOT_HEADER_BYTES + slotSpace);
      const found = decodeSlot(slot, number, lengths.length);
      assert(found?.kind === "overflow");
      assertEquals(found.pointer, { firstOffset, widthBits, recordOffset });
      const record = encodeOverflow(page, number);
      assertEquals(record.length, overflowRecordBytes(lengths.length, widthBits));
      const decoded = decodeOverflow(record, found.pointer, number, lengths.length);
      assert(decoded !== undefined);
      assertSameLines(linesOfPage(new IndexPage(decoded)), linesOfLengths(lengths, 7));
    }),
  );
});

Deno.test("a page of the widest lengths and the last offset is read back", () => {
  const page = pageOf([1, Number.MAX_SAFE_INTEGER - 1]);
  assertEquals(page.widthBits, MAX_WIDTH_BITS);
  const decoded = decodedPage(decodeSlot(encodePage(page, 1, slotBytesOf(page)), 1, 2));
  assertEquals(decoded.lengthOf(1), Number.MAX_SAFE_INTEGER - 1);
  assertEquals(decoded.endOffset, Number.MAX_SAFE_INTEGER);
});

Deno.test("a slot that stands within a larger buffer is read", () => {
  const page = pageOf([3, 9, 4]);
  const slot = encodePage(page, 2, slotBytesOf(page));
  const larger = new Uint8Array(slot.length + 9).fill(0xff);
  larger.set(slot, 5);
  const decoded = decodedPage(decodeSlot(larger.subarray(5, 5 + slot.length), 2, 3));
  assertSameLines(linesOfPage(decoded), linesOfLengths([3, 9, 4]));
});

Deno.test("a page in another's place is refused, in its slot and in the overflow area", () => {
  fc.assert(fc.property(pageNumber, pageNumber, lengths, (number, other, lengths) => {
    fc.pre(number % 2 ** 32 !== other % 2 ** 32);
    const page = pageOf(lengths);
    const pointer = { firstOffset: 0, widthBits: page.widthBits, recordOffset: 128 };
    assertEquals(
      decodeSlot(encodePage(page, number, slotBytesOf(page)), other, page.lines),
      undefined,
    );
    assertEquals(decodeSlot(encodePointer(pointer, number, 40), other, page.lines), undefined);
    assertEquals(
      decodeOverflow(encodeOverflow(page, number), pointer, other, page.lines),
      undefined,
    );
  }));
});

Deno.test("every flipped bit of a slot or an overflow record is found out", () => {
  const page = pageOf([3, 300, 4, 70]);
  const pointer = { firstOffset: 9, widthBits: page.widthBits, recordOffset: 300 };
  const decoders: [Uint8Array, (bytes: Uint8Array) => unknown][] = [
    [encodePage(page, 3, slotBytesOf(page, 5)), (bytes) => decodeSlot(bytes, 3, 4)],
    [encodePointer(pointer, 3, 30), (bytes) => decodeSlot(bytes, 3, 4)],
    [encodeOverflow(page, 3), (bytes) => decodeOverflow(bytes, pointer, 3, 4)],
  ];
  for (const [bytes, decode] of decoders) {
    assert(decode(bytes) !== undefined);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      assertEquals(decode(flipped), undefined, `bit ${bit}`);
    }
  }
});

Deno.test("a slot whose numbers make no sense is refused, even with a right checksum", () => {
  const page = pageOf([3, 300, 4, 70]);
  const slot = encodePage(page, 3, slotBytesOf(page));
  const over = [0, 0, 0, 0, 0, 0, 0x20, 0];
  assert(decodeSlot(patched(slot, 3, 4, [page.widthBits]), 3, 4) !== undefined);
  const roomy = encodePage(page, 3, slotBytesOf(page, 100));
  assert(decodeSlot(patched(roomy, 3, 4, [53]), 3, 4) !== undefined);
  assertEquals(decodeSlot(patched(roomy, 3, 4, [54]), 3, 4), undefined, "wider than 53 bits");
  assertEquals(decodeSlot(patched(slot, 3, 4, [53]), 3, 4), undefined, "wider than the slot");
  assertEquals(decodeSlot(patched(slot, 3, 5, [2]), 3, 4), undefined, "of no known kind");
  assertEquals(decodeSlot(patched(slot, 3, 8, over), 3, 4), undefined, "offset over 2^53");
  assertEquals(decodeSlot(patched(slot, 3, 16, over), 3, 4), undefined, "length over 2^53");
  assertEquals(decodeSlot(slot, 3, 40), undefined, "more lines than the slot holds");
});

Deno.test("an overflow record with a length over 2^53 is refused, even with a right checksum", () => {
  const page = pageOf([3, 300, 4, 70]);
  const pointer = { firstOffset: 9, widthBits: page.widthBits, recordOffset: 300 };
  const record = patched(encodeOverflow(page, 3), 3, 8, [0, 0, 0, 0, 0, 0, 0x20, 0]);
  assertEquals(decodeOverflow(record, pointer, 3, 4), undefined);
});

Deno.test("an overflow record is its header and the packed lengths", () => {
  fc.assert(fc.property(fc.nat(65_536), fc.nat(53), (lines, width) => {
    assertEquals(
      overflowRecordBytes(lines, width),
      OVERFLOW_HEADER_BYTES + packedBytes(lines, width),
    );
  }));
});
