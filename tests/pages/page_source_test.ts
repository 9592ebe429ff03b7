import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { slotOffset } from "../../src/index/format/layout.ts";
import { IndexError } from "../../src/index/index_error.ts";
import { IndexPage } from "../../src/index/format/index_page.ts";
import { IndexReader } from "../../src/index/index_reader.ts";
import { IndexPageSource } from "../../src/pages/page_source.ts";
import { CAUTION_MS } from "../../src/source/local/caution.ts";
import { RESIDENT_BLOCK_BYTES } from "../../src/source/local/resident_blocks.ts";
import { buildFrom, latin1, withPlaces } from "../support/index_files.ts";
import { type Line, linesOf, linesOfPage } from "../support/index_lines.ts";
import { ManualClock } from "../support/manual_clock.ts";

const LINES_PER_PAGE = 16;
const STALL_MS = 20;

/** Some of the lines are so long that their pages do not fit into slots. */
const TEXT = latin1(
  Array.from({ length: 60_000 }, (_, i) => "x".repeat(isLong(i) ? 3000 : i * i % 8)).join("\n"),
);

function isLong(i: number): boolean {
  return i % 2500 === 7;
}

function fitsIntoSlot(pageNumber: number): boolean {
  const from = pageNumber * LINES_PER_PAGE;
  return !Array.from({ length: LINES_PER_PAGE }, (_, i) => from + i).some(isLong);
}

interface Scene {
  readonly index: IndexReader;
  readonly indexPath: string;
  readonly source: IndexPageSource;
  /** Time passes as the test says, so that no read is slow by chance. */
  readonly clock: ManualClock;
  /** The first page of each block of the index that slots begin in; of those that are in their slots. */
  readonly firstPages: number[];
}

async function withScene(body: (scene: Scene) => void | Promise<void>): Promise<void> {
  await withPlaces(async (places) => {
    await buildFrom(places, TEXT, LINES_PER_PAGE);
    using index = IndexReader.open(places.indexPath);
    using clock = new ManualClock();
    const source = new IndexPageSource(index);
    const { indexPath } = places;
    await body({ index, indexPath, source, clock, firstPages: firstPagesOf(index) });
  });
}

function firstPagesOf(index: IndexReader): number[] {
  const first = new Map<number, number>();
  for (let page = 0; page < index.pages; page++) {
    const { offset, bytes } = index.slotRange(page);
    const block = Math.floor(offset / RESIDENT_BLOCK_BYTES);
    const isWithin = Math.floor((offset + bytes - 1) / RESIDENT_BLOCK_BYTES) === block;
    if (isWithin && fitsIntoSlot(page) && !first.has(block)) first.set(block, page);
  }
  assert(first.size >= 4, `the index has slots in ${first.size} blocks only`);
  return [...first.values()];
}

/** Whether a page comes at once. */
function comesAtOnce(given: IndexPage | Promise<IndexPage>): given is IndexPage {
  return given instanceof IndexPage;
}

function linesIn(pageNumber: number, lines: readonly Line[]): Line[] {
  return lines.slice(pageNumber * LINES_PER_PAGE, (pageNumber + 1) * LINES_PER_PAGE);
}

/** Makes the source cautious, by a read that seems to wait for the disk. */
function stall({ source, clock }: Scene, pageNumber: number): void {
  clock.slowly(STALL_MS, () => void source.readPage(pageNumber));
}

Deno.test("where everything is at hand every page comes right and without a promise", async () => {
  await withScene(({ index, source }) => {
    const lines = linesOf(TEXT);
    for (let page = 0; page < index.pages; page++) {
      const given = source.readPage(page);
      assert(comesAtOnce(given), `page ${page}`);
      assertEquals(linesOfPage(given), linesIn(page, lines));
    }
  });
});

Deno.test("every page is the same whether it comes at once or by a promise", async () => {
  await withScene(async (scene) => {
    const { index, source } = scene;
    const lines = linesOf(TEXT);
    stall(scene, scene.firstPages[0]!);
    let promised = 0;
    // Backwards, so that a page's block is known only once its last page was read.
    for (let page = index.pages - 1; page >= 0; page--) {
      const given = source.readPage(page);
      if (!comesAtOnce(given)) promised++;
      assertEquals(linesOfPage(await given), linesIn(page, lines));
    }
    assert(promised >= scene.firstPages.length - 1, `${promised} came by a promise`);
  });
});

Deno.test("after a read that stalled, pages come by promises but where their block was read", async () => {
  await withScene(async (scene) => {
    const { source, firstPages: [one, two, three] } = scene;
    assert(comesAtOnce(source.readPage(one!)));
    stall(scene, two!);
    const promised = source.readPage(three!);
    assertInstanceOf(promised, Promise);
    assert(comesAtOnce(source.readPage(one!)));
    assert(comesAtOnce(source.readPage(two!)));
    assertInstanceOf(await promised, IndexPage);
    assert(comesAtOnce(source.readPage(three!)), "what came by a promise is at hand");
  });
});

Deno.test("the caution ends by itself, and promises that took long do not prolong it", async () => {
  await withScene(async (scene) => {
    const { source, clock, firstPages: [one, two, three] } = scene;
    stall(scene, one!);
    const endMs = clock.nowMs + CAUTION_MS;
    clock.nowMs = endMs - 1;
    const promised = source.readPage(two!);
    assertInstanceOf(promised, Promise);
    clock.nowMs = endMs;
    await promised;
    assert(comesAtOnce(source.readPage(three!)));
  });
});

async function damage(indexPath: string, offset: number): Promise<void> {
  const bytes = await Deno.readFile(indexPath);
  bytes[offset]! ^= 1;
  await Deno.writeFile(indexPath, bytes);
}

Deno.test("a damaged page is an error at once where it is at hand, and a rejection otherwise", async () => {
  await withScene(async (scene) => {
    const { index, indexPath, source, firstPages: [one, two, three] } = scene;
    for (const page of [two!, three!]) await damage(indexPath, slotOffset(index.header, page));
    const thrown = assertThrows(() => source.readPage(two!), IndexError);
    stall(scene, one!);
    const rejected = await assertRejects(() => source.readPage(three!) as Promise<IndexPage>);
    assertInstanceOf(rejected, IndexError);
    assertEquals([thrown.problem, rejected.problem], ["damaged", "damaged"]);
  });
});

Deno.test("a page that could not be read is not taken to be at hand, and its block's others are served", async () => {
  await withScene(async (scene) => {
    const { index, indexPath, source, firstPages: [one, two] } = scene;
    await damage(indexPath, slotOffset(index.header, two!));
    stall(scene, one!);
    for (let i = 0; i < 2; i++) {
      const failing = source.readPage(two!);
      assertInstanceOf(failing, Promise);
      await assertRejects(() => failing, IndexError);
    }
    const next = source.readPage(two! + 1);
    assertInstanceOf(next, Promise);
    assertEquals(linesOfPage(await next), linesIn(two! + 1, linesOf(TEXT)));
  });
});

Deno.test("an index that was cut off since it was opened is an error both ways", async () => {
  await withScene(async (scene) => {
    const { indexPath, source, firstPages } = scene;
    const [first, last] = [firstPages[0]!, firstPages.at(-1)!];
    stall(scene, first);
    await Deno.truncate(indexPath, 4 * 1024);
    await assertRejects(() => source.readPage(last) as Promise<IndexPage>, IndexError);
    scene.clock.nowMs += CAUTION_MS;
    assertThrows(() => source.readPage(last), IndexError);
  });
});

Deno.test("only what reading takes counts, not what is made of it", async () => {
  await withPlaces(async (places) => {
    await buildFrom(places, TEXT, 60_000);
    using index = IndexReader.open(places.indexPath);
    using clock = new ManualClock();
    const source = new IndexPageSource(index);
    // It takes long to make a page, and no time to read it.
    const { readPageSync } = index;
    index.readPageSync = (pageNumber, noteRead) => {
      const page = readPageSync.call(index, pageNumber, noteRead);
      clock.nowMs += STALL_MS;
      return page;
    };
    for (let i = 0; i < 3; i++) assert(comesAtOnce(source.readPage(0)));
    assert(source.readAtHand(0) !== undefined);
  });
});

Deno.test("a page in the overflow area teaches where it stands, too", async () => {
  await withScene((scene) => {
    const { index, source } = scene;
    const noted: number[] = [];
    const { readPageSync } = index;
    index.readPageSync = (pageNumber, noteRead) =>
      readPageSync.call(index, pageNumber, (range, tookMs) => {
        noted.push(range.offset);
        noteRead?.(range, tookMs);
      });
    source.readAtHand(0);
    const [slot, record] = noted;
    assertEquals([slot, noted.length], [index.slotRange(0).offset, 2]);
    assert(record! > index.slotRange(index.pages - 1).offset);
  });
});
