import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { IndexPage } from "../../src/index/index_page.ts";
import { BATCH_MAX_LINES, LineBatch, NOT_LOCATED } from "../../src/lines/line_batch.ts";
import { PlaceTable } from "../../src/lines/place_table.ts";
import { pagesOfLengths } from "../support/index_lines.ts";

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

Deno.test("every line is where a plain array of offsets says, with any number of lines in a page", () => {
  const length = fc.integer({ min: 1, max: 2 ** 20 });
  const lengths = fc.array(length, { minLength: 1, maxLength: BATCH_MAX_LINES, size: "max" });
  fc.assert(fc.property(lengths, fc.integer({ min: 1, max: 40 }), (lengths, linesPerPage) => {
    const table = new PlaceTable({ lines: lengths.length, linesPerPage });
    const pages = pagesOfLengths(linesPerPage, lengths);
    pages.forEach((page, pageNumber) => table.set(pageNumber, new IndexPage(page)));
    const batch = batchOf(lengths.map((_, i) => i + 1));
    assertEquals(table.locate(batch), true);
    let offset = 0;
    assertEquals(spansOf(batch), lengths.map((length) => [offset, offset += length]));
  }));
});

Deno.test("a line is unknown until its page was loaded, and the others are known", () => {
  const [first, second] = pagesOfLengths(2, [5, 6, 7]);
  const table = new PlaceTable({ lines: 3, linesPerPage: 2 });
  table.set(1, new IndexPage(second!));
  const batch = batchOf([3, 1, 3]);
  assertEquals(table.locate(batch), false);
  assertEquals([...batch.starts.subarray(0, 3)], [11, NOT_LOCATED, 11]);
  table.set(0, new IndexPage(first!));
  assertEquals(table.locate(batch), true);
  assertEquals(spansOf(batch), [[11, 18], [0, 5], [11, 18]]);
});

Deno.test("what is no line of the text has no place, and is not waited for", () => {
  const table = new PlaceTable({ lines: 1, linesPerPage: 1024 });
  table.set(0, new IndexPage(pagesOfLengths(1024, [8])[0]!));
  const batch = batchOf([0, 1, 0]);
  batch.starts.fill(77);
  assertEquals(table.locate(batch), true);
  assertEquals([...batch.starts.subarray(0, 3)], [NOT_LOCATED, 0, NOT_LOCATED]);
});

Deno.test("a page of just under 4 GiB of text is kept, and one of 4 GiB is left out", () => {
  for (const [bytes, isKept] of [[2 ** 32 - 1, true], [2 ** 32, false]] as const) {
    const table = new PlaceTable({ lines: 2, linesPerPage: 2 });
    table.set(0, new IndexPage({ ...pagesOfLengths(2, [bytes - 1, 1])[0]!, firstOffset: 2 ** 40 }));
    const batch = batchOf([2]);
    assertEquals(table.locate(batch), isKept);
    assertEquals(batch.starts[0], isKept ? 2 ** 40 + bytes - 1 : NOT_LOCATED);
  }
});

Deno.test("a table takes what is said beforehand, an empty text's nothing", () => {
  assertEquals(PlaceTable.sizeFor({ lines: 2049, linesPerPage: 1024 }), 3 * (8 + 4 * 1025));
  assertEquals(PlaceTable.sizeFor({ lines: 3, linesPerPage: 65_536 }), 8 + 4 * 4);
  assertEquals(PlaceTable.sizeFor({ lines: 0, linesPerPage: 1024 }), 0);
  assertEquals(new PlaceTable({ lines: 0, linesPerPage: 1024 }).locate(batchOf([0])), true);
});
