import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { packedBytes, readBits, widthBits } from "../../src/index/bit_packing.ts";
import { IndexPage } from "../../src/index/index_page.ts";
import { PageBuilder } from "../../src/index/page_builder.ts";
import {
  assertSameLines,
  lineLengths,
  linesOfLengths,
  linesOfPage,
  pagesOfLengths,
} from "../support/index_lines.ts";

const linesPerPage = fc.constantFrom(1, 2, 3, 64, 1024);

Deno.test("the pages hold the lines that were added, in their order", () => {
  fc.assert(
    fc.property(linesPerPage, lineLengths({ maxLength: 300 }), (linesPerPage, lengths) => {
      const pages = pagesOfLengths(linesPerPage, lengths);
      const lines = pages.flatMap((page) => linesOfPage(new IndexPage(page)));
      assertSameLines(lines, linesOfLengths(lengths));
    }),
  );
});

Deno.test("every page but the last is full, and none is empty", () => {
  fc.assert(fc.property(linesPerPage, fc.nat(200), (linesPerPage, lines) => {
    const pages = pagesOfLengths(linesPerPage, new Array(lines).fill(1));
    const expected = new Array(Math.floor(lines / linesPerPage)).fill(linesPerPage);
    if (lines % linesPerPage > 0) expected.push(lines % linesPerPage);
    assertEquals(pages.map((page) => page.lines), expected);
  }));
});

Deno.test("a page is packed as narrowly as the span of its lengths allows", () => {
  fc.assert(fc.property(lineLengths({ minLength: 1, maxLength: 100 }), (lengths) => {
    const [page] = pagesOfLengths(1024, lengths);
    assert(page !== undefined);
    const min = Math.min(...lengths);
    assertEquals(page.minLength, min);
    assertEquals(page.widthBits, widthBits(Math.max(...lengths) - min));
    assertEquals(page.packed.length, packedBytes(lengths.length, page.widthBits));
    const { widthBits: width, packed } = page;
    assertEquals(lengths.map((_, i) => min + readBits(packed, i * width, width)), lengths);
  }));
});

Deno.test("a page is handed over as soon as it is full", () => {
  const seen: number[] = [];
  const builder = new PageBuilder(2, (page) => seen.push(page.firstOffset));
  builder.add(5);
  assertEquals(seen, []);
  builder.add(7);
  assertEquals(seen, [0]);
  builder.add(2 ** 40);
  builder.add(1);
  assertEquals(seen, [0, 12]);
  builder.finish();
  assertEquals(seen, [0, 12]);
  builder.add(1);
  builder.finish();
  assertEquals(seen, [0, 12, 12 + 2 ** 40 + 1]);
});

Deno.test("a page that was handed over is not touched by the lines behind it", () => {
  const pages = pagesOfLengths(3, [1, 2, 3, 9, 9, 9, 4, 400, 4]);
  const lines = pages.flatMap((page) => linesOfPage(new IndexPage(page)));
  assertSameLines(lines, linesOfLengths([1, 2, 3, 9, 9, 9, 4, 400, 4]));
});

Deno.test("one line of 2^53 - 1 bytes makes a page", () => {
  const [page] = pagesOfLengths(4, [Number.MAX_SAFE_INTEGER]);
  assertEquals(new IndexPage(page!).endOffset, Number.MAX_SAFE_INTEGER);
  const [wide] = pagesOfLengths(4, [1, Number.MAX_SAFE_INTEGER - 1]);
  assertEquals(wide!.widthBits, 53);
  assertEquals(new IndexPage(wide!).lengthOf(1), Number.MAX_SAFE_INTEGER - 1);
});
