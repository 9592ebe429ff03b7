import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  MAX_WIDTH_BITS,
  packedBytes,
  readBits,
  widthBits,
} from "../../../src/index/format/bit_packing.ts";
import { IndexPage } from "../../../src/index/format/index_page.ts";
import { PageBuilder } from "../../../src/index/build/page_builder.ts";
import type { PackedPage } from "../../../src/index/format/page_codec.ts";
import {
  assertSameLines,
  copyOf,
  lineLengths,
  linesOfLengths,
  linesOfPage,
  MADE_UP_FINGERPRINT,
  packedPagesOf,
  pagesOfLengths,
  plainPagesOf,
} from "../../support/index_lines.ts";

const linesPerPage = fc.constantFrom(1, 2, 3, 7, 64, 1024);

/** The longest line that WebAssembly packs. */
const PACKER_MAX_BYTES = 2 ** 32 - 1;

// Without `assertEquals`, which would show hundreds of thousands of bytes.
function assertSamePages(actual: readonly PackedPage[], expected: readonly PackedPage[]): void {
  for (const [i, { lines, bytes }] of expected.entries()) {
    const found = actual[i];
    const isSame = found?.lines === lines && found.bytes.length === bytes.length &&
      found.bytes.every((byte, at) => byte === bytes[at]);
    assert(isSame, `page ${i} of ${lines} lines and ${bytes.length} bytes`);
  }
  assertEquals(actual.length, expected.length);
}

function assertAsPlain(linesPerPage: number, lengths: readonly number[]): void {
  assertSamePages(packedPagesOf(linesPerPage, lengths), plainPagesOf(linesPerPage, lengths));
}

/** A builder, and copies of the pages that it has handed over. */
function collector(linesPerPage: number, fingerprint = MADE_UP_FINGERPRINT) {
  const pages: PackedPage[] = [];
  const onPage = (page: PackedPage) => pages.push(copyOf(page));
  return { builder: new PageBuilder(linesPerPage, fingerprint, onPage), pages };
}

/** Where the newlines stand of lines of these lengths. */
function newlinesOf(lengths: readonly number[]): number[] {
  return linesOfLengths(lengths).map(({ start, length }) => start + length - 1);
}

/** Lengths of which the longest exceeds the shortest by a number of so many bits. */
function lengthsOfWidth(width: number): fc.Arbitrary<number[]> {
  // The others are bounded, so that a page of them and one of 53 bits stays under 2^53 bytes.
  const other = fc.integer({ min: 0, max: Math.min(2 ** width - 1, 2 ** 40) });
  return fc.tuple(
    fc.array(other, { minLength: 1, maxLength: 70, size: "max" }),
    fc.nat(69),
    fc.nat(9),
  )
    .map(([others, place, shortest]) => {
      const lengths = others.map((value) => 1 + shortest + value);
      lengths[0] = 1 + shortest;
      const sum = lengths.reduce((a, b) => a + b);
      const longest = Math.min(shortest + 2 ** width, Number.MAX_SAFE_INTEGER - sum);
      lengths.splice(place % lengths.length + 1, 0, longest);
      return lengths;
    });
}

Deno.test("the pages hold the lines that were added, in their order", () => {
  fc.assert(
    fc.property(linesPerPage, lineLengths({ maxLength: 300 }), (linesPerPage, lengths) => {
      const pages = pagesOfLengths(linesPerPage, lengths);
      const lines = pages.flatMap((page) => linesOfPage(new IndexPage(page)));
      assertSameLines(lines, linesOfLengths(lengths));
    }),
  );
});

Deno.test("the pages are those that are packed one value at a time, byte by byte", () => {
  fc.assert(
    fc.property(linesPerPage, lineLengths({ maxLength: 300 }), assertAsPlain),
    { numRuns: 200 },
  );
});

Deno.test("pages of every width are those that are packed one value at a time", () => {
  for (let width = 0; width <= MAX_WIDTH_BITS; width++) {
    fc.assert(
      fc.property(lengthsOfWidth(width), (lengths) => {
        assertEquals(pagesOfLengths(lengths.length, lengths)[0]!.widthBits, width);
        assertAsPlain(lengths.length, lengths);
      }),
      { numRuns: 15 },
    );
  }
});

Deno.test("lines around the longest that WebAssembly packs, at every place of a page", () => {
  for (let shift = -1; shift <= 2; shift++) {
    for (let place = 0; place < 9; place++) {
      // The page behind it shows whether anything of the long line is left over.
      const lengths = Array.from({ length: 12 }, (_, i) => 1 + i * i);
      lengths[place] = PACKER_MAX_BYTES + shift;
      assertAsPlain(4, lengths);
      assertAsPlain(12, lengths);
    }
  }
});

Deno.test("pages full of lines that are longer than 2^32 bytes", () => {
  const lengths = Array.from({ length: 300 }, (_, i) => 2 ** 32 + i % 3 * 2 ** 30 + i);
  assertAsPlain(1, lengths);
  assertAsPlain(64, lengths);
  assertAsPlain(1024, lengths);
});

Deno.test("more newlines at a time than the packer takes make the same pages", () => {
  const lengths = Array.from({ length: 200_000 }, (_, i) => 1 + (i * 7919) % 61);
  for (const linesPerPage of [7, 1024, 65_536]) {
    const { builder, pages } = collector(linesPerPage);
    builder.addNewlines(0, Uint32Array.from(newlinesOf(lengths)));
    builder.finish(lengths.reduce((a, b) => a + b));
    assertSamePages(pages, plainPagesOf(linesPerPage, lengths));
  }
});

Deno.test("it does not matter in how many calls the newlines are added, nor what they are counted from", () => {
  const cuts = fc.array(fc.record({ count: fc.nat(40), before: fc.nat(1000) }), {
    maxLength: 20,
    size: "max",
  });
  const lengths = fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 300, size: "max" });
  fc.assert(fc.property(linesPerPage, lengths, cuts, (linesPerPage, lengths, cuts) => {
    const newlines = newlinesOf(lengths);
    const { builder, pages } = collector(linesPerPage);
    const add = (some: number[], before: number) => {
      const offset = Math.max(0, (some[0] ?? 0) - before);
      builder.addNewlines(offset, Uint32Array.from(some, (newline) => newline - offset));
    };
    for (const { count, before } of cuts) add(newlines.splice(0, count), before);
    add(newlines, 0);
    builder.finish(lengths.reduce((a, b) => a + b, 0));
    assertSamePages(pages, plainPagesOf(linesPerPage, lengths));
  }));
});

Deno.test("builders that are used in turns do not disturb each other", () => {
  const builderLengths = fc.array(lineLengths({ minLength: 1, maxLength: 120 }), {
    minLength: 2,
    maxLength: 3,
  });
  const turns = fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 20 })), {
    maxLength: 40,
    size: "max",
  });
  fc.assert(fc.property(builderLengths, turns, (allLengths, turns) => {
    const builders = allLengths.map((lengths, i) => {
      const fingerprint = MADE_UP_FINGERPRINT.with(0, i);
      const linesPerPage = 5 + 30 * i;
      const expected = plainPagesOf(linesPerPage, lengths, fingerprint);
      return { ...collector(linesPerPage, fingerprint), expected, newlines: newlinesOf(lengths) };
    });
    const addSome = (which: number, count: number) => {
      const { builder, newlines } = builders[which % builders.length]!;
      for (const newline of newlines.splice(0, count)) {
        builder.addNewlines(newline, Uint32Array.of(0));
      }
    };
    for (const [which, count] of turns) addSome(which, count);
    for (const which of builders.keys()) addSome(which, Infinity);
    for (const [i, { builder }] of builders.entries()) {
      builder.finish(allLengths[i]!.reduce((a, b) => a + b));
    }
    for (const { pages, expected } of builders) assertSamePages(pages, expected);
  }));
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
  const builder = new PageBuilder(2, MADE_UP_FINGERPRINT, ({ lines }) => seen.push(lines));
  builder.addNewlines(0, Uint32Array.of());
  builder.addNewlines(0, Uint32Array.of(4));
  assertEquals(seen, []);
  builder.addNewlines(0, Uint32Array.of(11));
  assertEquals(seen, [2]);
  builder.addNewlines(2 ** 40, Uint32Array.of(0, 1, 2));
  assertEquals(seen, [2, 2]);
  builder.finish(2 ** 40 + 3);
  assertEquals(seen, [2, 2, 1]);
});

Deno.test("a last line without a newline is a line, of any length", () => {
  for (const length of [1, 2, PACKER_MAX_BYTES, PACKER_MAX_BYTES + 1, 2 ** 50]) {
    for (const linesPerPage of [1, 2, 3, 4]) {
      const { builder, pages } = collector(linesPerPage);
      builder.addNewlines(0, Uint32Array.of(5, 8));
      builder.finish(9 + length);
      assertSamePages(pages, plainPagesOf(linesPerPage, [6, 3, length]));
    }
  }
});

Deno.test("a text without a byte has no page", () => {
  let pages = 0;
  new PageBuilder(4, MADE_UP_FINGERPRINT, () => pages++).finish(0);
  const builder = new PageBuilder(4, MADE_UP_FINGERPRINT, () => pages++);
  builder.addNewlines(0, new Uint32Array());
  builder.finish(0);
  assertEquals(pages, 0);
});

Deno.test("one line of 2^53 - 1 bytes makes a page", () => {
  const [page] = pagesOfLengths(4, [Number.MAX_SAFE_INTEGER]);
  assertEquals(new IndexPage(page!).endOffset, Number.MAX_SAFE_INTEGER);
  const [wide] = pagesOfLengths(4, [1, Number.MAX_SAFE_INTEGER - 1]);
  assertEquals(wide!.widthBits, 53);
  assertEquals(new IndexPage(wide!).lengthOf(1), Number.MAX_SAFE_INTEGER - 1);
});

Deno.test("lines that begin behind 2^32, and behind 2^52, are packed as those before", () => {
  for (const start of [2 ** 32 - 3, 2 ** 32, 2 ** 52]) {
    const lengths = [start, ...Array.from({ length: 40 }, (_, i) => 1 + i % 7)];
    assertAsPlain(8, lengths);
  }
});

Deno.test("a page of the most lines there may be, of the widest lengths WebAssembly packs", () => {
  const lengths = Array.from({ length: 65_536 }, (_, i) => 1 + (i * 2654435761) % 2 ** 32);
  lengths[77] = 1;
  lengths[65_535] = PACKER_MAX_BYTES;
  const pages = packedPagesOf(65_536, lengths);
  assertSamePages(pages, plainPagesOf(65_536, lengths));
  assertEquals(pages[0]!.bytes.length, 24 + 65_536 * 4);
});
