import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { MAX_WIDTH_BITS, widthBits } from "../../../src/index/format/bit_packing.ts";
import { HEADER_BYTES } from "../../../src/index/format/layout.ts";
import { openIndex } from "../../../src/index/index_reader.ts";
import {
  IndexWriter,
  TOLERANCE,
  TRIAL_BYTES,
  type WrittenIndex,
} from "../../../src/index/build/index_writer.ts";
import { PageBuilder } from "../../../src/index/build/page_builder.ts";
import { packedPageBytes } from "../../../src/index/format/page_codec.ts";
import { MADE_UP_FINGERPRINT, pagesOf } from "../../support/index_lines.ts";
import { WatchedFiles, withDraft } from "../../support/index_scratch.ts";

/** That many pages in a row whose lengths need that many bits. */
type Run = readonly [pages: number, width: number];

/** How many pages of that width are collected before the width of the slots is chosen. */
function trial(linesPerPage: number, width: number): number {
  return Math.ceil(TRIAL_BYTES / packedPageBytes(linesPerPage, width));
}

/** Lengths that make these pages, and one more of `spareLines` if that is not 0. */
function lengthsOf(linesPerPage: number, runs: readonly Run[], spareLines = 0): number[] {
  const lengths: number[] = [];
  for (const [pages, width] of runs) {
    for (let page = 0; page < pages; page++) {
      for (let place = 0; place < linesPerPage; place++) {
        lengths.push(1 + (place * 7 + page) % Math.min(2 ** width, 50));
      }
      // The shortest and the longest, at places that change.
      lengths[lengths.length - 1 - page % linesPerPage] = 1;
      lengths[lengths.length - 1 - (page + 1) % linesPerPage] = 2 ** width;
    }
  }
  for (let i = 0; i < spareLines; i++) lengths.push(1 + i);
  return lengths;
}

/** The size of an index of such lines with slots of each width. */
function sizesOf(linesPerPage: number, lengths: readonly number[]): number[] {
  const pages: [lines: number, bytes: number][] = [];
  for (let from = 0; from < lengths.length; from += linesPerPage) {
    const some = lengths.slice(from, from + linesPerPage);
    const shortest = some.reduce((a, b) => Math.min(a, b));
    const longest = some.reduce((a, b) => Math.max(a, b));
    pages.push([some.length, packedPageBytes(some.length, widthBits(longest - shortest))]);
  }
  return Array.from({ length: MAX_WIDTH_BITS + 1 }, (_, width) => {
    const fullSlot = packedPageBytes(linesPerPage, width);
    let size = HEADER_BYTES;
    for (const [lines, bytes] of pages) {
      const slot = lines === linesPerPage ? fullSlot : packedPageBytes(lines, width);
      size += slot + (bytes > slot ? bytes : 0);
    }
    return size;
  });
}

/** Asserts that an index has every line of a plain array of lengths. */
async function assertIndexOfLengths(indexPath: string, lengths: readonly number[]): Promise<void> {
  await using index = await openIndex(indexPath, { mayBlock: true });
  assertEquals(index.lines, lengths.length);
  let line = 0;
  let start = 0;
  for (let number = 0; number < index.pages; number++) {
    const page = index.tryReadPage(number)!;
    for (let place = 0; place < page.lines; place++, line++) {
      const found = [page.startOf(place), page.lengthOf(place)];
      const isRight = found[0] === start && found[1] === lengths[line];
      if (!isRight) assertEquals(found, [start, lengths[line]!], `line ${line}`);
      start += lengths[line]!;
    }
  }
  assertEquals(line, lengths.length);
}

/** Writes an index of such lines, asserts that it is right, and returns how it was written. */
async function written(
  linesPerPage: number,
  lengths: readonly number[],
): Promise<WrittenIndex & { readonly scratches: number }> {
  let result: WrittenIndex & { readonly scratches: number } | undefined;
  await withDraft(async (draft, { indexPath }) => {
    const files = new WatchedFiles(draft);
    const fingerprint = MADE_UP_FINGERPRINT;
    const writer = new IndexWriter(files, linesPerPage, fingerprint);
    const builder = new PageBuilder(linesPerPage, fingerprint);
    for (const page of pagesOf(builder, lengths)) writer.append(page);
    const index = writer.finish();
    assertEquals(files.open, 0, "all scratch files are closed");
    assertEquals(index.lines, lengths.length);
    const textBytes = lengths.reduce((a, b) => a + b, 0);
    await draft.commit({ ...index, linesPerPage, textBytes, fingerprint });
    await assertIndexOfLengths(indexPath, lengths);
    result = { ...index, scratches: files.opened };
  });
  return result!;
}

interface Scenario {
  readonly linesPerPage: number;
  readonly runs: readonly Run[];
  /** The final width of the slots, and how many scratch files were opened. */
  readonly expected: readonly [slotWidth: number, scratches: number];
}

// One scratch file is for the overflow area, one for all pages while the index is rewritten, and one for the
// overflow area of the rewritten index.
const SCENARIOS: Record<string, Scenario> = {
  "a trial that never ends, of pages of one width": {
    linesPerPage: 2,
    runs: [[100, 5]],
    expected: [5, 0],
  },
  "a trial that never ends, with a wide page": {
    linesPerPage: 2,
    runs: [[100, 5], [1, 30], [50, 5]],
    expected: [5, 1],
  },
  "pages that all need the width of the first": {
    linesPerPage: 2,
    runs: [[trial(2, 9) + 5000, 9]],
    expected: [9, 0],
  },
  "pages that need the width of the first, and a few wide ones": {
    linesPerPage: 2,
    runs: [[trial(2, 9), 9], [20, 40], [5000, 9]],
    expected: [9, 1],
  },
  "wider pages that are too few to rewrite the index": {
    linesPerPage: 2,
    runs: [[trial(2, 0), 0], [9000, 30]],
    expected: [0, 1],
  },
  "enough wider pages to rewrite the index": {
    linesPerPage: 2,
    runs: [[trial(2, 0), 0], [15_000, 30]],
    expected: [30, 2],
  },
  "enough wider pages to rewrite the index, and some still wider": {
    linesPerPage: 2,
    runs: [[trial(2, 0), 0], [5000, 30], [10, 40], [10_000, 30]],
    expected: [30, 3],
  },
  "enough narrower pages to rewrite the index": {
    linesPerPage: 16,
    runs: [[trial(16, 30), 30], [6000, 0]],
    expected: [0, 2],
  },
  "enough narrower pages to rewrite the index, and some wider": {
    linesPerPage: 16,
    runs: [[trial(16, 30), 30], [10, 40], [6000, 3]],
    expected: [3, 3],
  },
  "pages larger than any buffer, and then narrower ones": {
    linesPerPage: 65_536,
    runs: [[2, 40], [3, 0]],
    expected: [0, 2],
  },
};

for (const [what, { linesPerPage, runs, expected }] of Object.entries(SCENARIOS)) {
  Deno.test(`IndexWriter writes a right and small index: ${what}`, async () => {
    const lengths = lengthsOf(linesPerPage, runs);
    const index = await written(linesPerPage, lengths);
    assertEquals([index.slotWidthBits, index.scratches], expected);
    const sizes = sizesOf(linesPerPage, lengths);
    assertEquals(index.indexBytes, sizes[index.slotWidthBits]);
    assert(index.indexBytes <= TOLERANCE * Math.min(...sizes), `${index.indexBytes}: ${sizes}`);
  });
}

Deno.test("IndexWriter with a shorter last page writes a right index, rewritten or not", async () => {
  const names = [
    "a trial that never ends, with a wide page",
    "pages that need the width of the first, and a few wide ones",
    "enough wider pages to rewrite the index, and some still wider",
    "enough narrower pages to rewrite the index, and some wider",
  ];
  for (const name of names) {
    const { linesPerPage, runs, expected } = SCENARIOS[name]!;
    const lengths = lengthsOf(linesPerPage, runs, Math.floor(linesPerPage / 2));
    const { slotWidthBits, scratches, indexBytes } = await written(linesPerPage, lengths);
    assertEquals([slotWidthBits, scratches], expected, name);
    assertEquals(indexBytes, sizesOf(linesPerPage, lengths)[slotWidthBits], name);
  }
});

Deno.test("IndexWriter writes a right and small index of any pages in any order", async () => {
  const linesPerPage = fc.integer({ min: 2, max: 4 });
  const run = fc.tuple(fc.integer({ min: 1, max: 12_000 }), fc.constantFrom(0, 1, 3, 8, 30, 36));
  const runs = fc.array(run, { minLength: 1, maxLength: 4, size: "max" });
  await fc.assert(
    fc.asyncProperty(linesPerPage, runs, fc.boolean(), async (linesPerPage, runs, isLastFull) => {
      const spareLines = isLastFull ? 0 : linesPerPage - 1;
      const lengths = lengthsOf(linesPerPage, runs, spareLines);
      const index = await written(linesPerPage, lengths);
      const sizes = sizesOf(linesPerPage, lengths);
      assertEquals(index.indexBytes, sizes[index.slotWidthBits]);
      // A last page that is shorter counts as a full one, in its slot and in the overflow area.
      const spare = isLastFull ? 0 : 2 * packedPageBytes(linesPerPage, MAX_WIDTH_BITS);
      assert(index.indexBytes <= TOLERANCE * (Math.min(...sizes) + spare));
    }),
    { numRuns: 8, endOnFailure: true },
  );
});

Deno.test("IndexWriter writes the smallest index of pages that are fewer than the trial", async () => {
  const run = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.nat(40));
  const runs = fc.array(run, { minLength: 1, maxLength: 6, size: "max" });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(8, 64), runs, async (linesPerPage, runs) => {
      // With that many lines a page, lengths of every width take a different number of bytes.
      const lengths = lengthsOf(linesPerPage, runs);
      const index = await written(linesPerPage, lengths);
      assertEquals(index.indexBytes, Math.min(...sizesOf(linesPerPage, lengths)));
    }),
    { numRuns: 20, endOnFailure: true },
  );
});

Deno.test("IndexWriter without a page writes a header only", async () => {
  assertEquals(await written(1024, []), {
    lines: 0,
    slotWidthBits: 0,
    indexBytes: HEADER_BYTES,
    scratches: 0,
  });
});

Deno.test("IndexWriter writes one page that is not full in as few bytes as it needs", async () => {
  assertEquals((await written(1024, [7])).indexBytes, HEADER_BYTES + 24);
  assertEquals((await written(1024, [1, 2, 4])).indexBytes, HEADER_BYTES + 24 + 1);
  assertEquals((await written(65_536, [1, 2 ** 45])).indexBytes, HEADER_BYTES + 24 + 12);
});

/** A writer that was given such pages of two lines. */
function writerOf(files: WatchedFiles, runs: readonly Run[]): IndexWriter {
  const writer = new IndexWriter(files, 2, MADE_UP_FINGERPRINT);
  const builder = new PageBuilder(2, MADE_UP_FINGERPRINT);
  for (const page of pagesOf(builder, lengthsOf(2, runs))) writer.append(page);
  return writer;
}

Deno.test("IndexWriter that is disposed before finish() closes its scratch files", async () => {
  await withDraft((draft) => {
    const files = new WatchedFiles(draft);
    {
      using _nothingWritten = writerOf(files, []);
      using _trialNotOver = writerOf(files, [[10, 5], [1, 30]]);
    }
    assertEquals(files.opened, 0);
    {
      using _overflows = writerOf(files, [[trial(2, 0), 0], [10, 30]]);
      assertEquals([files.opened, files.open], [1, 1]);
    }
    assertEquals([files.opened, files.open], [1, 0]);
  });
});

Deno.test("IndexWriter throws if a scratch file cannot be opened, and closes the others", async () => {
  const { runs, expected: [, scratches] } =
    SCENARIOS["enough wider pages to rewrite the index, and some still wider"]!;
  for (let scratchesMax = 0; scratchesMax < scratches; scratchesMax++) {
    await withDraft((draft) => {
      const files = new WatchedFiles(draft, scratchesMax);
      assertThrows(
        () => {
          using writer = writerOf(files, runs);
          writer.finish();
        },
        Error,
        "no more scratch files",
      );
      assertEquals([files.opened, files.open], [scratchesMax, 0]);
    });
  }
});
