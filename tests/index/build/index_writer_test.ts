import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { MAX_WIDTH_BITS, widthBits } from "../../../src/index/format/bit_packing.ts";
import { HEADER_BYTES } from "../../../src/index/format/layout.ts";
import { IndexReader } from "../../../src/index/index_reader.ts";
import {
  IndexWriter,
  TOLERANCE,
  TRIAL_BYTES,
  type WrittenIndex,
} from "../../../src/index/build/index_writer.ts";
import { PageBuilder } from "../../../src/index/build/page_builder.ts";
import { packedPageBytes } from "../../../src/index/format/page_codec.ts";
import { addLengths, MADE_UP_FINGERPRINT } from "../../support/index_lines.ts";
import { WatchedFiles, withDraft } from "../../support/index_scratch.ts";

/** So many pages one behind the other whose lengths need so many bits. */
type Run = readonly [pages: number, width: number];

/** How many pages of that width it takes until the width of the slots is chosen. */
function trial(linesPerPage: number, width: number): number {
  return Math.ceil(TRIAL_BYTES / packedPageBytes(linesPerPage, width));
}

/** Lengths that make these pages, and a last one of `spareLines` where there are any. */
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

/** How large an index of such lines is with slots of each width. */
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

/** Asserts that an index gives every line as it is in a plain array of lengths. */
function assertIndexOfLengths(indexPath: string, lengths: readonly number[]): void {
  using index = IndexReader.open(indexPath);
  assertEquals(index.lines, lengths.length);
  let line = 0;
  let start = 0;
  for (let number = 0; number < index.pages; number++) {
    const page = index.readPageSync(number);
    for (let place = 0; place < page.lines; place++, line++) {
      const found = [page.startOf(place), page.lengthOf(place)];
      const isRight = found[0] === start && found[1] === lengths[line];
      if (!isRight) assertEquals(found, [start, lengths[line]!], `line ${line}`);
      start += lengths[line]!;
    }
  }
  assertEquals(line, lengths.length);
}

/** Writes an index of such lines, asserts that it is right, and says how it was written. */
async function written(
  linesPerPage: number,
  lengths: readonly number[],
): Promise<WrittenIndex & { readonly scratches: number }> {
  let result: WrittenIndex & { readonly scratches: number } | undefined;
  await withDraft(async (draft, { indexPath }) => {
    const files = new WatchedFiles(draft);
    const fingerprint = MADE_UP_FINGERPRINT;
    const writer = new IndexWriter(files, linesPerPage, fingerprint);
    addLengths(new PageBuilder(linesPerPage, fingerprint, (page) => writer.append(page)), lengths);
    const index = writer.finish();
    assertEquals(files.open, 0, "all scratch files are closed");
    assertEquals(index.lines, lengths.length);
    const textBytes = lengths.reduce((a, b) => a + b, 0);
    await draft.commit({ ...index, linesPerPage, textBytes, fingerprint });
    assertIndexOfLengths(indexPath, lengths);
    result = { ...index, scratches: files.opened };
  });
  return result!;
}

interface Scenario {
  readonly linesPerPage: number;
  readonly runs: readonly Run[];
  /** The width of the slots at the end, and how many scratch files it took to get there. */
  readonly expected: readonly [slotWidth: number, scratches: number];
}

// A scratch file holds the overflow area, another all pages while the index is rewritten, and a
// third the overflow area of what is rewritten.
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
  "pages that are all as the first": {
    linesPerPage: 2,
    runs: [[trial(2, 9) + 5000, 9]],
    expected: [9, 0],
  },
  "pages that are as the first, and a few wide ones": {
    linesPerPage: 2,
    runs: [[trial(2, 9), 9], [20, 40], [5000, 9]],
    expected: [9, 1],
  },
  "wider pages that are too few to rewrite the index": {
    linesPerPage: 2,
    runs: [[trial(2, 0), 0], [9000, 30]],
    expected: [0, 1],
  },
  "so many wider pages that the index is rewritten": {
    linesPerPage: 2,
    runs: [[trial(2, 0), 0], [15_000, 30]],
    expected: [30, 2],
  },
  "so many wider pages that the index is rewritten, and some that are still wider": {
    linesPerPage: 2,
    runs: [[trial(2, 0), 0], [5000, 30], [10, 40], [10_000, 30]],
    expected: [30, 3],
  },
  "so many narrower pages that the index is rewritten": {
    linesPerPage: 16,
    runs: [[trial(16, 30), 30], [6000, 0]],
    expected: [0, 2],
  },
  "so many narrower pages that the index is rewritten, and some that are wider": {
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
  Deno.test(`the index is right and small: ${what}`, async () => {
    const lengths = lengthsOf(linesPerPage, runs);
    const index = await written(linesPerPage, lengths);
    assertEquals([index.slotWidthBits, index.scratches], expected);
    const sizes = sizesOf(linesPerPage, lengths);
    assertEquals(index.indexBytes, sizes[index.slotWidthBits]);
    assert(index.indexBytes <= TOLERANCE * Math.min(...sizes), `${index.indexBytes}: ${sizes}`);
  });
}

Deno.test("the index is right where the last page is shorter, whether it is rewritten or not", async () => {
  const names = [
    "a trial that never ends, with a wide page",
    "pages that are as the first, and a few wide ones",
    "so many wider pages that the index is rewritten, and some that are still wider",
    "so many narrower pages that the index is rewritten, and some that are wider",
  ];
  for (const name of names) {
    const { linesPerPage, runs, expected } = SCENARIOS[name]!;
    const lengths = lengthsOf(linesPerPage, runs, Math.floor(linesPerPage / 2));
    const { slotWidthBits, scratches, indexBytes } = await written(linesPerPage, lengths);
    assertEquals([slotWidthBits, scratches], expected, name);
    assertEquals(indexBytes, sizesOf(linesPerPage, lengths)[slotWidthBits], name);
  }
});

Deno.test("whatever the pages are and in whatever order, the index is right, and small enough", async () => {
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

Deno.test("an index of less than the trial is as small as it can be", async () => {
  const run = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.nat(40));
  const runs = fc.array(run, { minLength: 1, maxLength: 6, size: "max" });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(8, 64), runs, async (linesPerPage, runs) => {
      // In pages of so many lines, lengths of every width take another number of bytes.
      const lengths = lengthsOf(linesPerPage, runs);
      const index = await written(linesPerPage, lengths);
      assertEquals(index.indexBytes, Math.min(...sizesOf(linesPerPage, lengths)));
    }),
    { numRuns: 20, endOnFailure: true },
  );
});

Deno.test("an index without a page is its header", async () => {
  assertEquals(await written(1024, []), {
    lines: 0,
    slotWidthBits: 0,
    indexBytes: HEADER_BYTES,
    scratches: 0,
  });
});

Deno.test("an index of one line, and of one page that is not full", async () => {
  assertEquals((await written(1024, [7])).indexBytes, HEADER_BYTES + 24);
  assertEquals((await written(1024, [1, 2, 4])).indexBytes, HEADER_BYTES + 24 + 1);
  assertEquals((await written(65_536, [1, 2 ** 45])).indexBytes, HEADER_BYTES + 24 + 12);
});

/** A writer of pages of two lines that has been given such pages. */
function writerOf(files: WatchedFiles, runs: readonly Run[]): IndexWriter {
  const writer = new IndexWriter(files, 2, MADE_UP_FINGERPRINT);
  const builder = new PageBuilder(2, MADE_UP_FINGERPRINT, (page) => writer.append(page));
  addLengths(builder, lengthsOf(2, runs));
  return writer;
}

Deno.test("a writer that is given up closes its scratch files", async () => {
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

Deno.test("whichever scratch file cannot be opened, the writer throws, and closes the others", async () => {
  const { runs, expected: [, scratches] } =
    SCENARIOS["so many wider pages that the index is rewritten, and some that are still wider"]!;
  for (let scratchesMax = 0; scratchesMax < scratches; scratchesMax++) {
    await withDraft((draft) => {
      const files = new WatchedFiles(draft, scratchesMax);
      assertThrows(
        () => {
          using writer = writerOf(files, runs);
          writer.finish();
        },
        Error,
        "No more scratch files",
      );
      assertEquals([files.opened, files.open], [scratchesMax, 0]);
    });
  }
});
