import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  HEADER_BYTES,
  type Layout,
  linesInPage,
  overflowOffset,
  pageCount,
  SLOT_HEADER_BYTES,
  slotBytes,
  slotOffset,
} from "../../../src/index/format/layout.ts";

const layout: fc.Arbitrary<Layout> = fc.record({
  lines: fc.nat(500),
  linesPerPage: fc.integer({ min: 1, max: 70 }),
  slotWidthBits: fc.integer({ min: 0, max: 53 }),
});

Deno.test("linesInPage() of all pages adds to all lines; only the last page may have fewer", () => {
  fc.assert(fc.property(layout, (layout) => {
    const held = Array.from({ length: pageCount(layout) }, (_, page) => linesInPage(layout, page));
    assertEquals(held.reduce((sum, lines) => sum + lines, 0), layout.lines);
    assertEquals(held.slice(0, -1).every((lines) => lines === layout.linesPerPage), true);
    assertEquals(held.every((lines) => lines >= 1 && lines <= layout.linesPerPage), true);
  }));
});

Deno.test("slotOffset() and slotBytes() fill the file from the header to the overflow area", () => {
  fc.assert(fc.property(layout, (layout) => {
    let offset = HEADER_BYTES;
    for (let page = 0; page < pageCount(layout); page++) {
      assertEquals(slotOffset(layout, page), offset);
      const bits = linesInPage(layout, page) * layout.slotWidthBits;
      assertEquals(slotBytes(layout, page), SLOT_HEADER_BYTES + Math.ceil(bits / 8));
      offset += slotBytes(layout, page);
    }
    assertEquals(overflowOffset(layout), offset);
  }));
});

Deno.test("slotOffset() is exact for 10^12 lines", () => {
  const layout = { lines: 10 ** 12 + 7, linesPerPage: 1024, slotWidthBits: 53 };
  const page = pageCount(layout) - 1;
  const slot = BigInt(SLOT_HEADER_BYTES) + (1024n * 53n) / 8n;
  assertEquals(BigInt(slotOffset(layout, page)), BigInt(HEADER_BYTES) + BigInt(page) * slot);
  assertEquals(linesInPage(layout, page), 7);
});
