import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { packedBytes } from "../../../src/index/format/bit_packing.ts";
import { SLOT_HEADER_BYTES } from "../../../src/index/format/layout.ts";
import { WidthHistogram } from "../../../src/index/build/index_writer.ts";

const WIDTHS = Array.from({ length: 54 }, (_, width) => width);

const linesPerPage = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(1024, 65_536));
/** Widths of pages: any, or narrow ones with a few wide ones among them. */
const widths = fc.oneof(
  fc.array(fc.nat(53), { maxLength: 60, size: "max" }),
  fc.array(
    fc.oneof({ weight: 20, arbitrary: fc.nat(8) }, { weight: 1, arbitrary: fc.nat(53) }),
    { maxLength: 300, size: "max" },
  ),
);

function histogramOf(linesPerPage: number, widths: readonly number[]): WidthHistogram {
  const histogram = new WidthHistogram(linesPerPage);
  for (const width of widths) histogram.add(width);
  return histogram;
}

/** The size of all slots and overflow records, page by page. */
function sizeWith(slotWidth: number, linesPerPage: number, widths: readonly number[]): number {
  const sizeOf = (width: number) => SLOT_HEADER_BYTES + packedBytes(linesPerPage, width);
  return widths.reduce(
    (sum, width) => sum + sizeOf(slotWidth) + (width <= slotWidth ? 0 : sizeOf(width)),
    0,
  );
}

Deno.test("WidthHistogram.indexBytes() is the size of all slots and all pages that do not fit", () => {
  fc.assert(fc.property(linesPerPage, widths, (linesPerPage, widths) => {
    const histogram = histogramOf(linesPerPage, widths);
    const sizes = WIDTHS.map((width) => histogram.indexBytes(width));
    assertEquals(sizes, WIDTHS.map((width) => sizeWith(width, linesPerPage, widths)));
  }));
});

Deno.test("WidthHistogram.bestSlotWidthBits() is a width with the smallest size", () => {
  fc.assert(fc.property(linesPerPage, widths, (linesPerPage, widths) => {
    const best = histogramOf(linesPerPage, widths).bestSlotWidthBits();
    const sizes = WIDTHS.map((width) => sizeWith(width, linesPerPage, widths));
    assertEquals(sizes[best], Math.min(...sizes));
  }));
});

Deno.test("WidthHistogram.bestSlotWidthBits() is the narrowest of widths with the same size", () => {
  // In pages of two lines, lengths of one to four bits take one byte.
  assertEquals(histogramOf(2, [3, 3, 3]).bestSlotWidthBits(), 3);
  assertEquals(histogramOf(1, [0, 0]).bestSlotWidthBits(), 0);
});

Deno.test("WidthHistogram.bestSlotWidthBits() does not grow with one wide page", () => {
  const widths: number[] = new Array(100).fill(7);
  widths[50] = 53;
  assertEquals(histogramOf(1024, widths).bestSlotWidthBits(), 7);
});

Deno.test("WidthHistogram without a page has width 0 and size 0", () => {
  const histogram = new WidthHistogram(1024);
  assertEquals(histogram.bestSlotWidthBits(), 0);
  assertEquals(histogram.indexBytes(0), 0);
  assertEquals(histogram.indexBytes(53), 0);
});

Deno.test("WidthHistogram.bestSlotWidthBits() changes as pages are added", () => {
  const histogram = histogramOf(64, [0, 0, 0]);
  assertEquals(histogram.bestSlotWidthBits(), 0);
  for (let i = 0; i < 20; i++) histogram.add(9);
  assertEquals(histogram.bestSlotWidthBits(), 9);
});
