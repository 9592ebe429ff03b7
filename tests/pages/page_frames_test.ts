import { assert, assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import type { IndexHeader } from "../../src/index/format/header.ts";
import { IndexPage } from "../../src/index/format/index_page.ts";
import { planBytes, planFrames } from "../../src/pages/frame_layout.ts";
import { BATCH_MAX_LINES, LineBatch, NOT_LOCATED } from "../../src/pages/line_batch.ts";
import { PageFrames } from "../../src/pages/page_frames.ts";
import { pagesOfLengths } from "../support/index_lines.ts";

function headerOf(lengths: readonly number[], linesPerPage: number): IndexHeader {
  const pages = pagesOfLengths(linesPerPage, lengths);
  return {
    lines: lengths.length,
    linesPerPage,
    slotWidthBits: Math.max(0, ...pages.map((page) => page.widthBits)),
    textBytes: lengths.reduce((sum, length) => sum + length, 0),
    indexBytes: 1_000,
    fingerprint: new Uint8Array(32),
  };
}

function batchOf(lines: readonly number[]): LineBatch {
  const batch = new LineBatch();
  batch.lines.set(lines);
  batch.count = lines.length;
  return batch;
}

/** Where the lines of a batch stand. */
function spansOf({ starts, ends, count }: LineBatch): number[][] {
  return Array.from({ length: count }, (_, i) => [starts[i]!, ends[i]!]);
}

/** Where the lines of these lengths stand. */
function spansOfLengths(lengths: readonly number[]): number[][] {
  let offset = 0;
  return lengths.map((length) => [offset, offset += length]);
}

const LENGTHS = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 2 ** 26 })),
  { minLength: 1, maxLength: BATCH_MAX_LINES, size: "max" },
);

for (const linesPerCheckpoint of [1, 8]) {
  Deno.test(`with a checkpoint for ${linesPerCheckpoint} lines every line is where a plain array says`, () => {
    fc.assert(fc.property(LENGTHS, fc.integer({ min: 1, max: 40 }), (lengths, linesPerPage) => {
      const pages = pagesOfLengths(linesPerPage, lengths);
      const plan = { count: pages.length, linesPerCheckpoint };
      const frames = new PageFrames(headerOf(lengths, linesPerPage), plan);
      pages.forEach((page, i) => assert(frames.set(i, new IndexPage(page))));
      const batch = batchOf(lengths.map((_, i) => i + 1));
      assertEquals(frames.locate(batch), true);
      assertEquals(spansOf(batch), spansOfLengths(lengths));
    }));
  });

  Deno.test(`with a checkpoint for ${linesPerCheckpoint} lines a page is there until another takes its frame`, () => {
    fc.assert(fc.property(
      LENGTHS,
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 0, max: 5 }),
      fc.array(fc.nat(), { maxLength: 40, size: "max" }),
      (lengths, linesPerPage, count, order) => {
        const pages = pagesOfLengths(linesPerPage, lengths);
        const plan = { count: Math.min(count, pages.length), linesPerCheckpoint };
        const frames = new PageFrames(headerOf(lengths, linesPerPage), plan);
        const inFrame = new Map<number, number>();
        for (const any of order) {
          const pageNumber = any % pages.length;
          assert(frames.set(pageNumber, new IndexPage(pages[pageNumber]!)));
          if (plan.count > 0) inFrame.set(pageNumber % plan.count, pageNumber);
        }
        const expected = spansOfLengths(lengths).map((span, i) => {
          const pageNumber = Math.floor(i / linesPerPage);
          return inFrame.get(pageNumber % plan.count) === pageNumber ? span : [NOT_LOCATED, 0];
        });
        const batch = batchOf(lengths.map((_, i) => i + 1));
        assertEquals(frames.locate(batch), expected.every(([start]) => start !== NOT_LOCATED));
        assertEquals(spansOf(batch), expected);
      },
    ));
  });

  Deno.test(`with a checkpoint for ${linesPerCheckpoint} lines a page of just under 4 GiB of text is kept, and no larger one`, () => {
    for (const [bytes, isKept] of [[2 ** 32 - 1, true], [2 ** 32, false]] as const) {
      const lengths = [bytes - 1, 1];
      const frames = new PageFrames(headerOf(lengths, 2), { count: 1, linesPerCheckpoint });
      const page = { ...pagesOfLengths(2, lengths)[0]!, firstOffset: 2 ** 40 };
      assertEquals(frames.set(0, new IndexPage(page)), isKept);
      const batch = batchOf([2]);
      assertEquals(frames.locate(batch), isKept);
      assertEquals(batch.starts[0], isKept ? 2 ** 40 + bytes - 1 : NOT_LOCATED);
    }
  });

  Deno.test(`with a checkpoint for ${linesPerCheckpoint} lines threads find what others put in`, () => {
    const lengths = [5, 6, 7, 8, 300];
    const header = headerOf(lengths, 2);
    const plan = { count: 3, linesPerCheckpoint };
    const memory = PageFrames.allocate(header, plan);
    const [one, other] = [memory, memory].map((memory) => new PageFrames(header, plan, memory));
    const pages = pagesOfLengths(2, lengths).map((page) => new IndexPage(page));
    one!.set(0, pages[0]!);
    other!.set(2, pages[2]!);
    // Whoever comes second changes nothing.
    other!.set(0, pages[0]!);
    for (const frames of [one!, other!]) {
      const batch = batchOf([1, 2, 3, 5]);
      assertEquals(frames.locate(batch), false);
      assertEquals(spansOf(batch), [[0, 5], [5, 11], [NOT_LOCATED, 0], [26, 326]]);
    }
  });
}

Deno.test("what is no line of the text has no place, and is not waited for", () => {
  const frames = new PageFrames(headerOf([8], 1024), { count: 1, linesPerCheckpoint: 1 });
  frames.set(0, new IndexPage(pagesOfLengths(1024, [8])[0]!));
  const batch = batchOf([0, 1, 0]);
  batch.starts.fill(77);
  assertEquals(frames.locate(batch), true);
  assertEquals([...batch.starts.subarray(0, 3)], [NOT_LOCATED, 0, NOT_LOCATED]);
  const empty = new PageFrames(headerOf([], 1024), { count: 0, linesPerCheckpoint: 8 });
  assertEquals(empty.locate(batchOf([0])), true);
});

Deno.test("a page that is wider than its slot is left out, unless each line has a checkpoint", () => {
  const lengths = [1, 2, 1, 500_000];
  const header = { ...headerOf(lengths, 2), slotWidthBits: 1 };
  const pages = pagesOfLengths(2, lengths).map((page) => new IndexPage(page));
  const sparse = new PageFrames(header, { count: 2, linesPerCheckpoint: 8 });
  assertEquals(pages.map((page, i) => sparse.set(i, page)), [true, false]);
  const dense = new PageFrames(header, { count: 2, linesPerCheckpoint: 1 });
  assertEquals(pages.map((page, i) => dense.set(i, page)), [true, true]);
});

Deno.test("frames are planned for all pages where they fit, with a checkpoint for each line if those do", () => {
  // 98 pages of 1,024 lines, the widths of whose lengths are 7 bits.
  const index = { lines: 100_000, linesPerPage: 1024, slotWidthBits: 7 };
  const [dense, sparse] = [98 * (24 + 4 * 1025 + 4 + 8), 98 * (24 + 4 * 129 + 4 + 896 + 8)];
  assertEquals(planFrames(index, dense), { count: 98, linesPerCheckpoint: 1 });
  assertEquals(planFrames(index, dense - 1), { count: 98, linesPerCheckpoint: 8 });
  assertEquals(planFrames(index, sparse), { count: 98, linesPerCheckpoint: 8 });
  assertEquals(planFrames(index, sparse - 1), { count: 97, linesPerCheckpoint: 8 });
  assertEquals(planFrames(index, 0), { count: 0, linesPerCheckpoint: 8 });
});

Deno.test("frames never take more than was planned for, nor than 16 GiB", () => {
  const lines = fc.integer({ min: 0, max: 2 ** 40 });
  const linesPerPage = fc.integer({ min: 1, max: 65_536 });
  const room = fc.oneof(fc.nat(100_000), fc.integer({ min: 0, max: 2 ** 40 }));
  fc.assert(
    fc.property(lines, linesPerPage, fc.nat(53), room, (lines, linesPerPage, width, room) => {
      const index = { lines, linesPerPage, slotWidthBits: width };
      const plan = planFrames(index, room);
      assert(planBytes(index, plan) <= Math.min(room, 2 ** 34));
      const more = { ...plan, count: plan.count + 1 };
      const hasAll = plan.count === Math.ceil(lines / linesPerPage);
      assert(hasAll || planBytes(index, more) > Math.min(room, 2 ** 34));
    }),
  );
});

Deno.test("a page of few lines takes little more than their lengths and offsets", () => {
  const index = { lines: 7_000, linesPerPage: 7, slotWidthBits: 8 };
  assertLess(planBytes(index, { count: 1_000, linesPerCheckpoint: 8 }), 1_000 * 60);
});
