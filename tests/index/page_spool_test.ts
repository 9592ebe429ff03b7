import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { packedBytes } from "../../src/index/bit_packing.ts";
import { OVERFLOW_HEADER_BYTES, SLOT_HEADER_BYTES } from "../../src/index/format.ts";
import type { PageLengths } from "../../src/index/index_page.ts";
import { PageSpool } from "../../src/index/page_spool.ts";
import { withEmptyFile } from "../support/index_files.ts";
import { lineLengths, pagesOfLengths } from "../support/index_lines.ts";

// What a page holds is valid until the next is asked for, so it is copied at once.
function copiesOf(spool: PageSpool): PageLengths[] {
  const pages: PageLengths[] = [];
  for (const page of spool.pages()) pages.push({ ...page, packed: page.packed.slice() });
  return pages;
}

async function withSpool(body: (spool: PageSpool) => void): Promise<void> {
  await withEmptyFile((file) => body(new PageSpool(file)));
}

/** The size of all slots and overflow records with slots of a width. */
function sizeWith(width: number, pages: readonly PageLengths[], linesPerPage: number): number {
  const slot = SLOT_HEADER_BYTES + packedBytes(linesPerPage, width);
  return pages.reduce(
    (sum, page) =>
      sum + slot +
      (page.widthBits <= width
        ? 0
        : OVERFLOW_HEADER_BYTES + packedBytes(linesPerPage, page.widthBits)),
    0,
  );
}

Deno.test("the pages come back as they were appended, and again", async () => {
  const lengths = lineLengths({ maxLength: 400 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 80 }), lengths, async (linesPerPage, lengths) => {
      const pages = pagesOfLengths(linesPerPage, lengths);
      await withSpool((spool) => {
        for (const page of pages) spool.append(page);
        assertEquals(copiesOf(spool), pages);
        assertEquals(copiesOf(spool), pages);
        assertEquals(spool.lines, lengths.length);
      });
    }),
    { numRuns: 50, endOnFailure: true },
  );
});

Deno.test("pages larger than any buffer come back among small ones", async () => {
  // 65,536 lines of 53 bits: 434,176 bytes.
  const wide = Array.from({ length: 65_536 }, (_, i) => i === 9 ? 2 ** 52 : 1 + i % 5);
  const pages = [
    ...pagesOfLengths(65_536, wide),
    ...pagesOfLengths(2, [1, 1, 3, 4, 5]),
    ...pagesOfLengths(65_536, wide),
    ...pagesOfLengths(1, new Array(20_000).fill(8)),
  ];
  await withSpool((spool) => {
    for (const page of pages) spool.append(page);
    let count = 0;
    for (const page of spool.pages()) {
      const expected = pages[count++]!;
      assert(page.packed.every((byte, i) => byte === expected.packed[i]), `page ${count}`);
      assertEquals({ ...page, packed: page.packed.length }, {
        ...expected,
        packed: expected.packed.length,
      });
    }
    assertEquals(count, pages.length);
  });
});

Deno.test("the slot width is the one with which the pages take least room", async () => {
  const lengths = fc.oneof(
    lineLengths({ minLength: 1, maxLength: 300 }),
    fc.array(
      fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 1, max: 60 }) }, {
        weight: 1,
        arbitrary: fc.integer({ min: 2 ** 20, max: 2 ** 40 }),
      }),
      { minLength: 1, maxLength: 300 },
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 20 }), lengths, async (linesPerPage, lengths) => {
      const pages = pagesOfLengths(linesPerPage, lengths);
      await withSpool((spool) => {
        for (const page of pages) spool.append(page);
        const best = spool.bestSlotWidthBits(linesPerPage);
        const sizes = Array.from(
          { length: 54 },
          (_, width) => sizeWith(width, pages, linesPerPage),
        );
        assertEquals(sizes[best], Math.min(...sizes));
      });
    }),
    { numRuns: 50, endOnFailure: true },
  );
});

Deno.test("an empty spool has no page, no line, and slots of no width", async () => {
  await withSpool((spool) => {
    assertEquals(copiesOf(spool), []);
    assertEquals(spool.lines, 0);
    assertEquals(spool.bestSlotWidthBits(1024), 0);
  });
});
