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

/** Adds newlines to a builder, and collects copies of its pages. */
class Collector {
  readonly pages: PackedPage[] = [];
  readonly #builder: PageBuilder;

  constructor(linesPerPage: number, fingerprint = MADE_UP_FINGERPRINT) {
    this.#builder = new PageBuilder(linesPerPage, fingerprint);
  }

  add(offset: number, newlines: readonly number[]): void {
    for (const page of this.#builder.add(offset, Uint32Array.from(newlines))) {
      this.pages.push(copyOf(page));
    }
  }

  finish(textBytes: number): void {
    for (const page of this.#builder.finish(textBytes)) this.pages.push(copyOf(page));
  }
}

/** The positions of the newlines of lines of these lengths. */
function newlinesOf(lengths: readonly number[]): number[] {
  return linesOfLengths(lengths).map(({ start, length }) => start + length - 1);
}

/** Lengths of which the longest exceeds the shortest by a number of that many bits. */
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

Deno.test("PageBuilder puts the lines into pages in order", () => {
  fc.assert(
    fc.property(linesPerPage, lineLengths({ maxLength: 300 }), (linesPerPage, lengths) => {
      const pages = pagesOfLengths(linesPerPage, lengths);
      const lines = pages.flatMap((page) => linesOfPage(new IndexPage(page)));
      assertSameLines(lines, linesOfLengths(lengths));
    }),
  );
});

Deno.test("PageBuilder makes the same bytes as packing one value at a time", () => {
  fc.assert(
    fc.property(linesPerPage, lineLengths({ maxLength: 300 }), assertAsPlain),
    { numRuns: 200 },
  );
});

Deno.test("PageBuilder makes the same bytes as packing one value at a time, for every width", () => {
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

Deno.test("PageBuilder packs lines around 2^32 bytes, at every place of a page", () => {
  for (let shift = -1; shift <= 2; shift++) {
    for (let place = 0; place < 9; place++) {
      // The next page shows whether anything of the long line is left over.
      const lengths = Array.from({ length: 12 }, (_, i) => 1 + i * i);
      lengths[place] = PACKER_MAX_BYTES + shift;
      assertAsPlain(4, lengths);
      assertAsPlain(12, lengths);
    }
  }
});

Deno.test("PageBuilder packs pages full of lines longer than 2^32 bytes", () => {
  const lengths = Array.from({ length: 300 }, (_, i) => 2 ** 32 + i % 3 * 2 ** 30 + i);
  assertAsPlain(1, lengths);
  assertAsPlain(64, lengths);
  assertAsPlain(1024, lengths);
});

Deno.test("PageBuilder.add() of more newlines than fit into WebAssembly memory makes the same pages", () => {
  const lengths = Array.from({ length: 200_000 }, (_, i) => 1 + (i * 7919) % 61);
  for (const linesPerPage of [7, 1024, 65_536]) {
    const collector = new Collector(linesPerPage);
    collector.add(0, newlinesOf(lengths));
    collector.finish(lengths.reduce((a, b) => a + b));
    assertSamePages(collector.pages, plainPagesOf(linesPerPage, lengths));
  }
});

Deno.test("PageBuilder.add() makes the same pages, in however many calls and with whatever offsets", () => {
  const cuts = fc.array(fc.record({ count: fc.nat(40), before: fc.nat(1000) }), {
    maxLength: 20,
    size: "max",
  });
  const lengths = fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 300, size: "max" });
  fc.assert(fc.property(linesPerPage, lengths, cuts, (linesPerPage, lengths, cuts) => {
    const newlines = newlinesOf(lengths);
    const collector = new Collector(linesPerPage);
    const add = (some: number[], before: number) => {
      const offset = Math.max(0, (some[0] ?? 0) - before);
      collector.add(offset, some.map((newline) => newline - offset));
    };
    for (const { count, before } of cuts) add(newlines.splice(0, count), before);
    add(newlines, 0);
    collector.finish(lengths.reduce((a, b) => a + b, 0));
    assertSamePages(collector.pages, plainPagesOf(linesPerPage, lengths));
  }));
});

Deno.test("PageBuilder: builders used in turns do not disturb each other", () => {
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
      const collector = new Collector(linesPerPage, fingerprint);
      return { collector, expected, newlines: newlinesOf(lengths) };
    });
    const addSome = (which: number, count: number) => {
      const { collector, newlines } = builders[which % builders.length]!;
      for (const newline of newlines.splice(0, count)) collector.add(newline, [0]);
    };
    for (const [which, count] of turns) addSome(which, count);
    for (const which of builders.keys()) addSome(which, Infinity);
    for (const [i, { collector }] of builders.entries()) {
      collector.finish(allLengths[i]!.reduce((a, b) => a + b));
    }
    for (const { collector, expected } of builders) assertSamePages(collector.pages, expected);
  }));
});

Deno.test("PageBuilder makes full pages but for the last, and no empty page", () => {
  fc.assert(fc.property(linesPerPage, fc.nat(200), (linesPerPage, lines) => {
    const pages = pagesOfLengths(linesPerPage, new Array(lines).fill(1));
    const expected = new Array(Math.floor(lines / linesPerPage)).fill(linesPerPage);
    if (lines % linesPerPage > 0) expected.push(lines % linesPerPage);
    assertEquals(pages.map((page) => page.lines), expected);
  }));
});

Deno.test("PageBuilder packs a page as narrowly as its lengths allow", () => {
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

Deno.test("PageBuilder.add() returns a page as soon as it is full", () => {
  const builder = new PageBuilder(2, MADE_UP_FINGERPRINT);
  const add = (offset: number, ...newlines: number[]) =>
    Array.from(builder.add(offset, Uint32Array.from(newlines)), ({ lines }) => lines);
  assertEquals(add(0), []);
  assertEquals(add(0, 4), []);
  assertEquals(add(0, 11), [2]);
  assertEquals(add(2 ** 40, 0, 1, 2), [2]);
  assertEquals(Array.from(builder.finish(2 ** 40 + 3), ({ lines }) => lines), [1]);
});

Deno.test("PageBuilder.finish() adds a last line without a newline, of any length", () => {
  for (const length of [1, 2, PACKER_MAX_BYTES, PACKER_MAX_BYTES + 1, 2 ** 50]) {
    for (const linesPerPage of [1, 2, 3, 4]) {
      const collector = new Collector(linesPerPage);
      collector.add(0, [5, 8]);
      collector.finish(9 + length);
      assertSamePages(collector.pages, plainPagesOf(linesPerPage, [6, 3, length]));
    }
  }
});

Deno.test("PageBuilder of an empty text makes no page", () => {
  assertEquals([...new PageBuilder(4, MADE_UP_FINGERPRINT).finish(0)], []);
  const collector = new Collector(4);
  collector.add(0, []);
  collector.finish(0);
  assertEquals(collector.pages, []);
});

Deno.test("PageBuilder makes a page of one line of 2^53 - 1 bytes", () => {
  const [page] = pagesOfLengths(4, [Number.MAX_SAFE_INTEGER]);
  assertEquals(new IndexPage(page!).endOffset, Number.MAX_SAFE_INTEGER);
  const [wide] = pagesOfLengths(4, [1, Number.MAX_SAFE_INTEGER - 1]);
  assertEquals(wide!.widthBits, 53);
  assertEquals(new IndexPage(wide!).lengthOf(1), Number.MAX_SAFE_INTEGER - 1);
});

Deno.test("PageBuilder packs lines that begin after 2^32 and after 2^52", () => {
  for (const start of [2 ** 32 - 3, 2 ** 32, 2 ** 52]) {
    const lengths = [start, ...Array.from({ length: 40 }, (_, i) => 1 + i % 7)];
    assertAsPlain(8, lengths);
  }
});

Deno.test("PageBuilder packs 65,536 lines of the widest lengths that WebAssembly packs", () => {
  const lengths = Array.from({ length: 65_536 }, (_, i) => 1 + (i * 2654435761) % 2 ** 32);
  lengths[77] = 1;
  lengths[65_535] = PACKER_MAX_BYTES;
  const pages = packedPagesOf(65_536, lengths);
  assertSamePages(pages, plainPagesOf(65_536, lengths));
  assertEquals(pages[0]!.bytes.length, 24 + 65_536 * 4);
});
