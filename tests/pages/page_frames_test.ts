import { assert, assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import { IndexPage } from "../../src/index/format/index_page.ts";
import type { Layout } from "../../src/index/format/layout.ts";
import { BATCH_MAX_LINES, LineBatch, NOT_LOCATED } from "../../src/pages/line_batch.ts";
import { frameMemoryBytes, framesBytes, framesWithin } from "../../src/pages/frame_layout.ts";
import { allocateShared } from "../../src/source/shared_memory.ts";
import { PageFrames } from "../../src/pages/page_frames.ts";
import { BUFFER_MAX_BYTES } from "../../src/source/cache_memory.ts";
import { linesOfLengths, pagesOfLengths } from "../support/index_lines.ts";

/** Pages of lines of these lengths, and a layout whose slots all of them fit into. */
function pagesAndLayout(
  lengths: readonly number[],
  linesPerPage: number,
): { readonly pages: IndexPage[]; readonly layout: Layout } {
  const packed = pagesOfLengths(linesPerPage, lengths);
  const slotWidthBits = Math.max(0, ...packed.map(({ widthBits }) => widthBits));
  return {
    pages: packed.map((page) => new IndexPage(page)),
    layout: { lines: lengths.length, linesPerPage, slotWidthBits },
  };
}

function batchOf(lines: readonly number[]): LineBatch {
  const batch = new LineBatch();
  batch.lines.set(lines);
  batch.count = lines.length;
  return batch;
}

type Place = readonly [start: number, end: number] | "not located";

/** Where frames say that lines are. */
function placesIn(frames: PageFrames, lines: readonly number[]): Place[] {
  const batch = batchOf(lines);
  // What a batch before it left.
  batch.starts.fill(77);
  const isComplete = frames.locate(batch);
  const places = lines.map((_, i): Place =>
    batch.starts[i] === NOT_LOCATED ? "not located" : [batch.starts[i]!, batch.ends[i]!]
  );
  const missing = places.some((place, i) => place === "not located" && lines[i] !== 0);
  assertEquals(isComplete, !missing);
  return places;
}

/** Where lines of these lengths are. */
function placesOf(lengths: readonly number[]): Place[] {
  return linesOfLengths(lengths).map(({ start, length }) => [start, start + length]);
}

function numbersOf(lengths: readonly number[]): number[] {
  return lengths.map((_, i) => i + 1);
}

const someLengths = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 2 ** 26 })),
  { minLength: 1, maxLength: BATCH_MAX_LINES, size: "max" },
);

Deno.test("PageFrames.locate finds every line if there is a frame for each page", () => {
  fc.assert(fc.property(someLengths, fc.integer({ min: 1, max: 40 }), (lengths, linesPerPage) => {
    const { pages, layout } = pagesAndLayout(lengths, linesPerPage);
    const frames = new PageFrames(layout, pages.length);
    pages.forEach((page, i) => assert(frames.set(i, page)));
    assertEquals(placesIn(frames, numbersOf(lengths)), placesOf(lengths));
  }));
});

Deno.test("PageFrames.locate finds a page until another one is set in its frame, as a plain map does", () => {
  fc.assert(
    fc.property(
      someLengths,
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 0, max: 5 }),
      fc.array(fc.nat(), { maxLength: 40, size: "max" }),
      (lengths, linesPerPage, maxFrames, order) => {
        const { pages, layout } = pagesAndLayout(lengths, linesPerPage);
        const count = Math.min(maxFrames, pages.length);
        const frames = new PageFrames(layout, count);
        const model = new Map<number, number>();
        for (const any of order) {
          const pageNumber = any % pages.length;
          assert(frames.set(pageNumber, pages[pageNumber]!));
          if (count > 0) model.set(pageNumber % count, pageNumber);
          const expected = placesOf(lengths).map((place, i): Place => {
            const pageOfLine = Math.floor(i / linesPerPage);
            return model.get(pageOfLine % count) === pageOfLine ? place : "not located";
          });
          assertEquals(placesIn(frames, numbersOf(lengths)), expected);
        }
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("PageFrames that share memory find what any of them has set, as a plain set does", () => {
  fc.assert(
    fc.property(
      someLengths,
      fc.integer({ min: 1, max: 10 }),
      fc.array(fc.tuple(fc.nat(2), fc.nat(), fc.boolean()), { maxLength: 30, size: "max" }),
      (lengths, linesPerPage, steps) => {
        const { pages, layout } = pagesAndLayout(lengths, linesPerPage);
        const memory = allocateShared(frameMemoryBytes(layout, pages.length));
        const all = [1, 2, 3].map(() => new PageFrames(layout, pages.length, memory));
        const model = new Set<number>();
        for (const [who, any, isSet] of steps) {
          const frames = all[who]!;
          const pageNumber = any % pages.length;
          if (isSet) {
            assert(frames.set(pageNumber, pages[pageNumber]!));
            model.add(pageNumber);
          }
          const expected = placesOf(lengths).map((place, i): Place =>
            model.has(Math.floor(i / linesPerPage)) ? place : "not located"
          );
          assertEquals(placesIn(frames, numbersOf(lengths)), expected);
        }
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("PageFrames.locate does not locate line 0, and does not count it as missing", () => {
  const { pages, layout } = pagesAndLayout([8], 1024);
  const frames = new PageFrames(layout, 1);
  frames.set(0, pages[0]!);
  assertEquals(placesIn(frames, [0, 1, 0]), ["not located", [0, 8], "not located"]);
  const empty = new PageFrames({ lines: 0, linesPerPage: 1024, slotWidthBits: 0 }, 0);
  assertEquals(placesIn(empty, [0]), ["not located"]);
});

Deno.test("PageFrames.set accepts a page of just under 4 GiB of text, and no larger one", () => {
  for (const [bytes, fits] of [[2 ** 32 - 1, true], [2 ** 32, false]] as const) {
    const packed = pagesOfLengths(2, [bytes - 1, 1])[0]!;
    const layout = { lines: 2, linesPerPage: 2, slotWidthBits: packed.widthBits };
    const frames = new PageFrames(layout, 1);
    assertEquals(frames.set(0, new IndexPage({ ...packed, firstOffset: 2 ** 40 })), fits);
    const place: Place = fits ? [2 ** 40 + bytes - 1, 2 ** 40 + bytes] : "not located";
    assertEquals(placesIn(frames, [2]), [place]);
  }
});

Deno.test("PageFrames.set refuses a page that is wider than its slot, with and without frames", () => {
  const { pages, layout } = pagesAndLayout([1, 2, 1, 500_000], 2);
  for (const count of [0, 2]) {
    const frames = new PageFrames({ ...layout, slotWidthBits: 1 }, count);
    assertEquals(pages.map((page, i) => frames.set(i, page)), [true, false]);
  }
});

const layouts = fc.record({
  lines: fc.oneof(fc.nat(3_000), fc.nat(2 ** 40)),
  linesPerPage: fc.integer({ min: 1, max: 65_536 }),
  slotWidthBits: fc.nat(53),
});

Deno.test("framesWithin returns as many frames as fit, and no more than there are pages", () => {
  const room = fc.oneof(fc.integer({ min: -100, max: 100_000 }), fc.nat(2 ** 40));
  fc.assert(fc.property(layouts, room, (layout, room) => {
    const count = framesWithin(layout, room);
    const pages = Math.ceil(layout.lines / layout.linesPerPage);
    const roomBytes = Math.min(room, BUFFER_MAX_BYTES);
    assert(count >= 0 && count <= pages);
    assert(count === 0 || framesBytes(layout, count) <= roomBytes);
    assert(count === pages || framesBytes(layout, count + 1) > roomBytes);
  }));
});

Deno.test("frameMemoryBytes is what framesBytes says for all pages, at most", () => {
  const small = fc.record({
    lines: fc.nat(3_000),
    linesPerPage: fc.integer({ min: 1, max: 3_000 }),
    slotWidthBits: fc.nat(53),
  });
  fc.assert(fc.property(small, (layout) => {
    const pages = Math.ceil(layout.lines / layout.linesPerPage);
    // One word after the last frame is not counted.
    assert(frameMemoryBytes(layout, pages) - 8 <= framesBytes(layout, pages));
  }));
});

Deno.test("framesBytes: a page of few lines takes little more than their lengths", () => {
  const layout = { lines: 7_000, linesPerPage: 7, slotWidthBits: 8 };
  assertLess(framesBytes(layout, 1_000), 1_000 * 60);
});
