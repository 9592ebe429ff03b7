import { assertEquals } from "@std/assert";
import { LineBatch, NOT_LOCATED } from "../../src/pages/line_batch.ts";
import { peekPages } from "../../src/pages/page_store.ts";
import { linesOfLengths } from "../support/index_lines.ts";
import { MemoryPages, type MemoryPagesOptions } from "../support/lines_memory.ts";

const LENGTHS = Array.from({ length: 60 }, (_, i) => 1 + i * i);
const SPANS = linesOfLengths(LENGTHS);

function setUp(options: MemoryPagesOptions, linesPerPage = 20, lengths = LENGTHS) {
  const pages = MemoryPages.ofLengths(lengths, linesPerPage, options);
  return { pages, linesPerPage };
}

function locate(
  { pages, linesPerPage }: ReturnType<typeof setUp>,
  lines: readonly number[],
): number[] {
  const batch = new LineBatch();
  batch.lines.set(lines);
  batch.count = lines.length;
  pages.locate(batch);
  peekPages(batch, { linesPerPage }, pages);
  for (const [i, lineNumber] of lines.entries()) {
    if (batch.starts[i] === NOT_LOCATED) continue;
    const { start, length } = SPANS[lineNumber - 1]!;
    assertEquals([batch.starts[i], batch.ends[i]], [start, start + length]);
  }
  return lines.filter((_, i) => batch.starts[i] !== NOT_LOCATED);
}

Deno.test("peekPages peeks once at a page that several lines of a batch are in", () => {
  const given = setUp({});
  const lines = Array.from({ length: 60 }, (_, i) => i < 30 ? i + 1 : 1 + i * 20 % 60);
  assertEquals(locate(given, lines), lines);
  assertEquals(given.pages.peeked, [0, 1, 2]);
});

Deno.test("peekPages does not peek at cached pages, and skips line 0", () => {
  const given = setUp({ isCached: (pageNumber) => pageNumber === 1 });
  assertEquals(locate(given, [25, 0, 60, 0, 40]), [25, 60, 40]);
  assertEquals(given.pages.peeked, [2]);
});

Deno.test("peekPages leaves out lines whose pages would block, and locates all others", () => {
  const given = setUp({ pageBlocks: (pageNumber) => pageNumber === 1 });
  assertEquals(locate(given, [40, 1, 21, 20, 41]), [1, 20, 41]);
  assertEquals([given.pages.peeked, given.pages.loaded], [[1, 0, 2], []]);
});
