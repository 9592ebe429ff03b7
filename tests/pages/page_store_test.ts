import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { MailboxClosedError } from "../../src/actor/mailbox.ts";
import { overflowOffset, slotOffset } from "../../src/index/format/layout.ts";
import { IndexError } from "../../src/index/index_error.ts";
import { IndexReader } from "../../src/index/index_reader.ts";
import { LineBatch } from "../../src/pages/line_batch.ts";
import { PageFrames } from "../../src/pages/page_frames.ts";
import { LOADS_MAX } from "../../src/pages/page_loader.ts";
import { IndexPages } from "../../src/pages/page_store.ts";
import { AlignedReader } from "../../src/source/remote/aligned_reader.ts";
import { isPending, turn } from "../support/pending.ts";
import { encode, numberedText, TextFixture } from "../support/text_fixture.ts";
import { MemoryText, type MemoryTextOptions } from "../support/text_memory.ts";

const LINES_PER_PAGE = 8;

/** The index of a text, as bytes. */
async function indexOf(text: string): Promise<Uint8Array<ArrayBuffer>> {
  await using fixture = await TextFixture.create(text, LINES_PER_PAGE);
  return await Deno.readFile(fixture.indexPath);
}

const PLAIN_INDEX = await indexOf(numberedText(30 * LINES_PER_PAGE));

// Every fourth page has a line that is much longer than all others.
const OVERSIZE_INDEX = await indexOf(
  Array.from(
    { length: 20 },
    (_, page) =>
      numberedText(LINES_PER_PAGE - 1) + "x".repeat(page % 4 === 3 ? 5_000 + page : 9) + "\n",
  ).join(""),
);
const OVERSIZE_PAGES = [3, 7, 11, 15, 19];

interface Budget {
  readonly frames?: number;
  readonly oversizeBytes?: number;
}

/** Opens a store over an index in memory; it is stopped at the end of the block. */
async function open(bytes: Uint8Array, source: MemoryTextOptions = {}, budget: Budget = {}) {
  const index = await IndexReader.open(new MemoryText(bytes, source));
  const { frames = 0, oversizeBytes = 0 } = budget;
  const { header } = index;
  const pageFrames = new PageFrames(header, frames);
  const pages = new IndexPages(index, pageFrames, oversizeBytes);
  return {
    index,
    frames: pageFrames,
    pages,
    [Symbol.asyncDispose]: async () => {
      await pages.stop();
      await index[Symbol.asyncDispose]();
    },
  };
}

/** Whether the store knows a page without its index. */
function isInFrame(frames: PageFrames, pageNumber: number): boolean {
  const batch = new LineBatch();
  batch.lines[0] = pageNumber * LINES_PER_PAGE + 1;
  batch.count = 1;
  return frames.locate(batch);
}

/** Blocks all reads of pages, and lets them end when the test says so. */
class Gate {
  /** Where each read began that was awaited. */
  readonly offsets: number[] = [];
  readonly #waiting: (() => void)[] = [];
  isShut = true;

  readonly source: MemoryTextOptions = {
    // The header is read at once.
    blocks: (offset) => this.isShut && offset > 0,
    onRead: (offset) => {
      this.offsets.push(offset);
      return new Promise((resolve) => this.#waiting.push(resolve));
    },
  };

  async open(): Promise<void> {
    for (const go of this.#waiting.splice(0)) go();
    await turn();
  }
}

Deno.test("IndexPages.peek returns a page that can be read without blocking, and caches it", async () => {
  await using opened = await open(PLAIN_INDEX, {}, { frames: 30 });
  const { pages, index } = opened;
  assertEquals(isInFrame(opened.frames, 4), false);
  assertEquals(pages.peek(4)!.firstOffset, index.tryReadPage(4)!.firstOffset);
  assertEquals([isInFrame(opened.frames, 4), isInFrame(opened.frames, 5)], [true, false]);
});

Deno.test("IndexPages.peek returns undefined if reading would block, or the page is damaged", async () => {
  const gate = new Gate();
  const bytes = PLAIN_INDEX.slice();
  await using opened = await open(bytes, gate.source, { frames: 30 });
  const { pages, index } = opened;
  assertEquals(pages.peek(2), undefined);
  gate.isShut = false;
  bytes[slotOffset(index.header, 2) + 3]! ^= 1;
  assertEquals(pages.peek(2), undefined);
  assertEquals([isInFrame(opened.frames, 2), gate.offsets], [false, []]);
});

Deno.test("IndexPages.load: concurrent calls for a page share one message and one read", async () => {
  const gate = new Gate();
  await using opened = await open(PLAIN_INDEX, gate.source, { frames: 30 });
  const { pages, index } = opened;
  const loads = Array.from({ length: 50 }, (_, i) => pages.load(i % 2));
  // It is on its way, so it is not read a second time.
  gate.isShut = false;
  assertEquals([pages.peek(0), pages.peek(1)], [undefined, undefined]);
  await turn();
  const more = pages.load(1);
  assertEquals(gate.offsets, [0, 1].map((pageNumber) => slotOffset(index.header, pageNumber)));
  await gate.open();
  const loaded = await Promise.all(loads);
  assertEquals(new Set(loaded).size, 2);
  assertStrictEquals(await more, loaded[1]);
  assertEquals([isInFrame(opened.frames, 0), isInFrame(opened.frames, 1), gate.offsets.length], [
    true,
    true,
    2,
  ]);
});

Deno.test("IndexPages.load runs LOADS_MAX reads at a time, in the order of the calls", async () => {
  const gate = new Gate();
  await using opened = await open(PLAIN_INDEX, gate.source, { frames: 30 });
  const { pages, index } = opened;
  const order = Array.from({ length: 20 }, (_, i) => i * 7 % 30);
  const loads = order.map((pageNumber) => pages.load(pageNumber));
  const offsets = order.map((pageNumber) => slotOffset(index.header, pageNumber));
  for (let begun = 0; begun < order.length;) {
    await turn();
    assertEquals(gate.offsets, offsets.slice(0, begun + LOADS_MAX));
    begun = gate.offsets.length;
    await gate.open();
  }
  const loaded = await Promise.all(loads);
  gate.isShut = false;
  for (const [i, pageNumber] of order.entries()) {
    assertEquals(loaded[i]!.firstOffset, index.tryReadPage(pageNumber)!.firstOffset);
  }
});

Deno.test("IndexPages.load of a remote index caches all pages of the block that was requested", async () => {
  const requests: number[] = [];
  const source = new MemoryText(PLAIN_INDEX, {
    blocks: (offset, end) => end > offset,
    onRead: (offset) => Promise.resolve(void requests.push(offset)),
  });
  // The header and about ten pages.
  const index = await IndexReader.open(new AlignedReader(source, 512));
  const frames = new PageFrames(index.header, 30);
  const pages = new IndexPages(index, frames, 0);
  await pages.load(20);
  const cached = Array.from({ length: 30 }, (_, page) => page).filter((page) => frames.has(page));
  assertEquals(requests.length, 2);
  assert(cached.includes(20) && cached.length > 5, `${cached}`);
  assertEquals(cached.length, cached.at(-1)! - cached[0]! + 1);
  await pages.stop();
});

Deno.test("IndexPages.load rejects each time while a page is damaged, and the next call tries again", async () => {
  const bytes = PLAIN_INDEX.slice();
  await using opened = await open(bytes, { blocks: (offset) => offset > 0 }, { frames: 30 });
  const { pages, index } = opened;
  const at = slotOffset(index.header, 2) + 3;
  bytes[at]! ^= 1;
  for (let i = 0; i < 3; i++) {
    const errors = await Promise.all(
      [pages.load(2), pages.load(2)].map((load) =>
        assertRejects(() => load, IndexError, "page 2 fails its checksum")
      ),
    );
    assertStrictEquals(errors[0], errors[1]);
    assertEquals(isInFrame(opened.frames, 2), false);
  }
  assertEquals((await pages.load(1)).lines, LINES_PER_PAGE);
  bytes[at]! ^= 1;
  assertEquals((await pages.load(2)).lines, LINES_PER_PAGE);
  assertEquals(isInFrame(opened.frames, 2), true);
});

Deno.test("IndexPages.load returns pages that no cache has room for", async () => {
  for (const bytes of [PLAIN_INDEX, OVERSIZE_INDEX]) {
    await using opened = await open(bytes, { blocks: (offset) => offset > 0 });
    const { pages, index } = opened;
    for (let pageNumber = 0; pageNumber < index.pages; pageNumber++) {
      assertEquals((await pages.load(pageNumber)).lines, LINES_PER_PAGE);
      assertEquals([isInFrame(opened.frames, pageNumber), pages.peek(pageNumber)], [
        false,
        undefined,
      ]);
    }
  }
});

Deno.test("IndexPages: an index with pages in its overflow area has the pages that the test expects", async () => {
  await using opened = await open(OVERSIZE_INDEX, {}, { frames: 20 });
  const { pages, index } = opened;
  assert(index.header.indexBytes > overflowOffset(index.header));
  const notInFrames = [];
  for (let pageNumber = 0; pageNumber < index.pages; pageNumber++) {
    pages.peek(pageNumber);
    if (!isInFrame(opened.frames, pageNumber)) notInFrames.push(pageNumber);
  }
  assertEquals(notInFrames, OVERSIZE_PAGES);
});

Deno.test("IndexPages caches pages that fit into no frame within the budget, the oldest going first", async () => {
  const { memoryBytes } = await (async () => {
    await using opened = await open(OVERSIZE_INDEX);
    return opened.pages.peek(3)!;
  })();
  const steps = fc.array(fc.tuple(fc.constantFrom(...OVERSIZE_PAGES), fc.boolean()), {
    maxLength: 30,
    size: "max",
  });
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.nat(6),
      fc.constantFrom(0, 1, memoryBytes - 1),
      async (steps, room, moreBytes) => {
        let isShut = false;
        await using opened = await open(
          OVERSIZE_INDEX,
          { blocks: (offset) => isShut && offset > 0 },
          { oversizeBytes: room * memoryBytes + moreBytes, frames: 20 },
        );
        const { pages } = opened;
        const model: number[] = [];
        for (const [pageNumber, isPeeked] of steps) {
          if (isPeeked) pages.peek(pageNumber);
          else await pages.load(pageNumber);
          if (!model.includes(pageNumber)) model.push(pageNumber);
          if (model.length > room) model.shift();
          isShut = true;
          const cached = OVERSIZE_PAGES.filter((pageNumber) =>
            pages.peek(pageNumber) !== undefined
          );
          assertEquals(cached, model.toSorted((a, b) => a - b));
          isShut = false;
        }
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("IndexPages.stop waits for pages that are being loaded, and refuses others", async () => {
  const gate = new Gate();
  const opened = await open(PLAIN_INDEX, gate.source);
  const loading = opened.pages.load(1);
  await turn();
  const stopped = opened.pages.stop();
  await assertRejects(() => opened.pages.load(2), MailboxClosedError);
  assert(await isPending(stopped));
  await gate.open();
  await stopped;
  assertEquals((await loading).lines, LINES_PER_PAGE);
});

Deno.test("IndexPages: no page of an index without lines is asked for, and it opens all the same", async () => {
  await using opened = await open(await indexOf(""));
  assertEquals(opened.frames.locate(new LineBatch()), true);
  assertEquals(opened.index.header.textBytes, encode("").length);
});
