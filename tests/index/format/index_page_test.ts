import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { IndexPage } from "../../../src/index/format/index_page.ts";
import {
  assertSameLines,
  lineLengths,
  linesOfLengths,
  linesOfPage,
  pagesOfLengths,
} from "../../support/index_lines.ts";

function pageOf(lengths: readonly number[], firstOffset = 0): IndexPage {
  return new IndexPage({ ...pagesOfLengths(lengths.length, lengths)[0]!, firstOffset });
}

Deno.test("IndexPage gives the offsets and lengths of a plain array", () => {
  const start = fc.oneof(fc.nat(1000), fc.integer({ min: 0, max: 2 ** 51 }));
  const lengths = fc.oneof(
    lineLengths({ minLength: 1, maxLength: 300 }),
    fc.array(fc.integer({ min: 1, max: 2 ** 42 }), { minLength: 1, maxLength: 300, size: "max" }),
  );
  fc.assert(fc.property(start, lengths, (start, lengths) => {
    const total = lengths.reduce((sum, length) => sum + length, 0);
    fc.pre(start + total <= Number.MAX_SAFE_INTEGER);
    const page = pageOf(lengths, start);
    assertEquals(page.lines, lengths.length);
    assertEquals(page.firstOffset, start);
    assertEquals(page.endOffset, start + total);
    assertSameLines(linesOfPage(page), linesOfLengths(lengths, start));
  }));
});

Deno.test("IndexPage.startOf() is right at every distance from a checkpoint", () => {
  for (const count of [1, 63, 64, 65, 127, 128, 129, 1024, 65_536]) {
    const lengths = Array.from({ length: count }, (_, i) => 1 + (i * 7919) % 300);
    assertSameLines(linesOfPage(pageOf(lengths, 5)), linesOfLengths(lengths, 5));
  }
});

Deno.test("IndexPage: a line ends where the next begins, and the last where the page ends", () => {
  fc.assert(fc.property(lineLengths({ minLength: 1, maxLength: 200 }), (lengths) => {
    const page = pageOf(lengths, 3);
    for (let place = 0; place < page.lines; place++) {
      const end = place + 1 < page.lines ? page.startOf(place + 1) : page.endOffset;
      assertEquals(page.startOf(place) + page.lengthOf(place), end);
    }
  }));
});

Deno.test("IndexPage of lines of one length needs no packed bytes", () => {
  const lengths = {
    lines: 1000,
    firstOffset: 10,
    minLength: 2 ** 33,
    widthBits: 0,
    packed: new Uint8Array(),
  };
  const page = new IndexPage(lengths);
  assertEquals(page.startOf(999), 10 + 999 * 2 ** 33);
  assertEquals(page.lengthOf(999), 2 ** 33);
  assertEquals(page.endOffset, 10 + 1000 * 2 ** 33);
});

Deno.test("IndexPage of just under and just over 2^32 bytes has the right offsets", () => {
  for (const bytes of [2 ** 32 - 2, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1]) {
    // The second length's width is the least that makes the page look larger than it is.
    const page = pageOf([bytes - 1, 1], 2 ** 40);
    assertEquals([page.startOf(1), page.lengthOf(1)], [2 ** 40 + bytes - 1, 1]);
    assertEquals(page.endOffset, 2 ** 40 + bytes);
  }
});

Deno.test("IndexPage.memoryBytes counts the whole buffer that the packed lengths keep alive", () => {
  const { packed, ...lengths } = pagesOfLengths(
    100,
    Array.from({ length: 100 }, (_, i) => i + 1),
  )[0]!;
  const slot = new Uint8Array(10_000);
  slot.set(packed, 24);
  const page = new IndexPage({ ...lengths, packed: slot.subarray(24, 24 + packed.length) });
  assert(page.memoryBytes >= 10_000);
  assert(page.memoryBytes < 20_000);
});
