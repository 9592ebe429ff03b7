import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { overflowOffset } from "../../src/index/format/layout.ts";
import type { IndexHeader } from "../../src/index/format/header.ts";
import { type CacheBudget, divideAmongStores, divideCache } from "../../src/pages/cache_budget.ts";
import { allFramesBytes, planBytes } from "../../src/pages/frame_layout.ts";
import { SharedText } from "../../src/source/shared_blocks.ts";
import { TEXT_BLOCK_BYTES } from "../../src/source/text_block.ts";

const MIB = 1024 * 1024;

function header(lines: number, textBytes: number, overflowBytes = 0): IndexHeader {
  const layout = { lines, linesPerPage: 1024, slotWidthBits: 7 };
  const indexBytes = overflowOffset(layout) + overflowBytes;
  return { ...layout, textBytes, indexBytes, fingerprint: new Uint8Array(32) };
}

/** How much memory one store takes of its own, and how much it shares, in bytes. */
function taken(header: IndexHeader, budget: CacheBudget): { own: number; shared: number } {
  const ofCaches = budget.oversizeBytes + budget.textBytes;
  if (budget.sharedFrames === undefined) {
    return { own: ofCaches + planBytes(header, budget.frames), shared: 0 };
  }
  const own = ofCaches + budget.frames.count;
  // Behind the last frame a few bytes are left free.
  const shared = budget.sharedFrames.byteLength - 8 + (budget.sharedText?.byteLength ?? 0);
  return { own, shared };
}

Deno.test("a small text is kept whole, and the rest of the budget is for pages", () => {
  // Down to its last byte, for which a whole block is needed.
  for (const textBytes of [3 * TEXT_BLOCK_BYTES + 1, 4 * TEXT_BLOCK_BYTES]) {
    const index = header(1_000, textBytes);
    assertEquals(divideCache(MIB, index), {
      header: index,
      frames: { count: 1, linesPerCheckpoint: 1 },
      oversizeBytes: 0,
      textBytes: 4 * TEXT_BLOCK_BYTES,
    });
  }
});

Deno.test("each line has a checkpoint where there is room for that beside all of the text", () => {
  const small = header(1_000_000, 50 * MIB);
  assertEquals(divideCache(64 * MIB, small).frames, { count: 977, linesPerCheckpoint: 1 });
  assertEquals(divideCache(53 * MIB, small).frames, { count: 977, linesPerCheckpoint: 8 });
});

Deno.test("all pages come before the text", () => {
  const large = header(11_000_000, 10_000 * MIB);
  const { frames, oversizeBytes, textBytes } = divideCache(64 * MIB, large);
  assertEquals(frames, { count: 10_743, linesPerCheckpoint: 8 });
  assertEquals(textBytes, 64 * MIB - allFramesBytes(large) - oversizeBytes);
});

Deno.test("64 MiB hold all pages of 40,000,000 short lines, and so many bytes a line as README says others", () => {
  const lines = 40_000_000;
  const holdsAll = (cacheBytes: number, slotWidthBits: number) =>
    divideCache(cacheBytes, { ...header(lines, 2e9), slotWidthBits }).frames.count === 39_063;
  assert(holdsAll(64 * MIB, 7));
  assert(holdsAll(1.7 * lines, 7));
  assert(!holdsAll(1.5 * lines, 7));
  assert(holdsAll(3 * lines, 16));
});

Deno.test("no array is larger than 16 GiB, and what it leaves is for the others", () => {
  const GIB = 1024 * MIB;
  const { frames, textBytes } = divideCache(40 * GIB, header(1.3e10, 6.5e11));
  const frameBytes = planBytes(header(1.3e10, 6.5e11), frames);
  assert(frameBytes <= 16 * GIB && frameBytes > 16 * GIB - 2_000);
  assertEquals(textBytes, 16 * GIB);
});

Deno.test("pages of a large text leave an eighth of the budget to the text", () => {
  const large = header(1e9, 50e9);
  const { frames, oversizeBytes, textBytes } = divideCache(MIB, large);
  assertEquals(textBytes, MIB / 8);
  assert(planBytes(large, frames) > 7 * MIB / 8 - oversizeBytes - 2_000);
});

Deno.test("there is room for every page that fits into no frame, up to an eighth", () => {
  // Two pages of 8 bits in the overflow area, with the offsets of every eighth line.
  const wide = 2 * (24 + 1024 + 700 + 8 * 129);
  assertEquals(divideCache(MIB, header(1e6, 5e7, 2 * (24 + 1024))).oversizeBytes, wide);
  // Three pages of 4 GiB of text.
  const large = 3 * (24 + 896 + 700 + 8 * 129);
  assertEquals(divideCache(MIB, header(1e6, 3 * 2 ** 32 + 1)).oversizeBytes, large);
  assertEquals(divideCache(MIB, header(1e9, 5e10, MIB)).oversizeBytes, MIB / 8);
});

Deno.test("stores share the pages where all find room, and the text where all of it does beside them", () => {
  const small = header(1_000_000, 50 * MIB);
  const both = divideAmongStores(64 * MIB, small, 2);
  assertEquals(both.frames, { count: 977, linesPerCheckpoint: 1 });
  assertEquals(both.sharedText?.byteLength, SharedText.sizeFor(50 * MIB));
  assertEquals(both.textBytes, 0);

  const pages = divideAmongStores(8 * MIB, small, 2);
  assertEquals(pages.frames, { count: 977, linesPerCheckpoint: 8 });
  assert(pages.sharedFrames !== undefined);
  assertEquals(pages.sharedText, undefined);
  assertEquals(pages.textBytes, Math.floor((8 * MIB - allFramesBytes(small, 2)) / 2));

  const none = divideAmongStores(MIB, small, 2);
  assertEquals(none, divideCache(MIB / 2, small));
});

Deno.test("a store alone shares nothing and has all of the budget", () => {
  const small = header(10, 100);
  assertEquals(divideAmongStores(MIB + 1, small, 1), divideCache(MIB + 1, small));
});

Deno.test("an empty text is divided among stores like any other", () => {
  const { sharedText, frames } = divideAmongStores(MIB, header(0, 0), 2);
  assertEquals(sharedText?.byteLength, SharedText.sizeFor(0));
  assertEquals(frames.count, 0);
});

Deno.test("all stores together take no more than the budget", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.nat(100_000), fc.nat(64 * MIB)),
      fc.oneof(fc.nat(5_000), fc.nat(3_000_000)),
      fc.nat(100 * MIB),
      fc.nat(MIB),
      fc.integer({ min: 1, max: 9 }),
      (cacheBytes, lines, textBytes, overflowBytes, stores) => {
        const index = header(lines, textBytes, overflowBytes);
        const { own, shared } = taken(index, divideAmongStores(cacheBytes, index, stores));
        assert(stores * own + shared <= cacheBytes);
      },
    ),
    { numRuns: 50 },
  );
});
