import { assert, assertEquals, assertGreater } from "@std/assert";
import fc from "fast-check";
import type { IndexHeader } from "../../src/index/format/header.ts";
import { overflowOffset } from "../../src/index/format/layout.ts";
import {
  divideAmongStores,
  divideMemory,
  type MemoryBudget,
} from "../../src/pages/memory_budget.ts";
import { framesBytes } from "../../src/pages/frame_layout.ts";
import { BUFFER_MAX_BYTES } from "../../src/source/cache_memory.ts";
import { SharedBlocks } from "../../src/source/shared_blocks.ts";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const BLOCK = 16 * 1024;

// After the last frame, not counted.
const SLACK_BYTES = 8;

interface Shape {
  readonly lines: number;
  readonly textBytes: number;
  readonly overflowBytes?: number;
  readonly linesPerPage?: number;
  readonly slotWidthBits?: number;
}

function headerOf(shape: Shape): IndexHeader {
  const { lines, textBytes, overflowBytes = 0, linesPerPage = 1024, slotWidthBits = 7 } = shape;
  const layout = { lines, linesPerPage, slotWidthBits };
  const indexBytes = overflowOffset(layout) + overflowBytes;
  return { ...layout, textBytes, indexBytes, fingerprint: new Uint8Array(32) };
}

/** The memory that stores with this budget take together, in bytes. */
function takenBytes(budget: MemoryBudget, stores: number): number {
  const { header, frames, sharedFrames, oversizeBytes, textBytes, sharedText } = budget;
  const ownBytes = oversizeBytes + textBytes +
    (sharedFrames === undefined ? framesBytes(header, frames) : 0);
  const sharedBytes = sharedFrames === undefined ? 0 : sharedFrames.byteLength - SLACK_BYTES;
  return stores * ownBytes + sharedBytes + (sharedText?.byteLength ?? 0);
}

Deno.test("divideMemory caches a small text whole, and all of its pages", () => {
  // A part of a block takes a whole block.
  for (const textBytes of [3 * BLOCK + 1, 4 * BLOCK]) {
    const header = headerOf({ lines: 1_000, textBytes });
    assertEquals(divideMemory(MIB, header, BLOCK), {
      header,
      frames: 1,
      oversizeBytes: 0,
      textBytes: 4 * BLOCK,
      unpackedBytes: 0,
    });
  }
});

Deno.test("divideMemory gives memory to all pages before the text, and an eighth to the text at least", () => {
  const header = headerOf({ lines: 11_000_000, textBytes: 10 * GIB });
  const { frames, textBytes } = divideMemory(64 * MIB, header, BLOCK);
  assertEquals(frames, Math.ceil(11_000_000 / 1024));
  assertEquals(textBytes, 64 * MIB - framesBytes(header, frames));

  for (const [overflowBytes, pageBytes] of [[0, 56 * MIB], [1, 48 * MIB]] as const) {
    const larger = headerOf({ lines: 1e9, textBytes: 50 * GIB, overflowBytes });
    const budget = divideMemory(64 * MIB, larger, BLOCK);
    assertGreater(budget.textBytes, 8 * MIB - 1);
    assertGreater(framesBytes(larger, budget.frames + 1), pageBytes);
  }
});

Deno.test("divideMemory caches all pages of 40,000,000 short lines in 64 MiB", () => {
  const header = headerOf({ lines: 40_000_000, textBytes: 2e9 });
  assertEquals(divideMemory(64 * MIB, header, BLOCK).frames, 39_063);
});

Deno.test("divideMemory sets an eighth aside for oversize pages, only if the index has an overflow area", () => {
  const shape = { lines: 1e6, textBytes: 5e7 };
  assertEquals(divideMemory(MIB, headerOf(shape), BLOCK).oversizeBytes, 0);
  const header = headerOf({ ...shape, overflowBytes: 1 });
  assertEquals(divideMemory(MIB, header, BLOCK).oversizeBytes, MIB / 8);
});

Deno.test("divideMemory allocates no array of more than 16 GiB", () => {
  const header = headerOf({ lines: 1.3e10, textBytes: 6.5e11 });
  const { frames, textBytes } = divideMemory(40 * GIB, header, BLOCK);
  const ownBytes = framesBytes(header, frames);
  assert(ownBytes <= BUFFER_MAX_BYTES && ownBytes > BUFFER_MAX_BYTES - 2_000);
  assertEquals(textBytes, BUFFER_MAX_BYTES);
});

Deno.test("divideMemory returns an empty budget for no memory", () => {
  for (const overflowBytes of [0, 5_000]) {
    const header = headerOf({ lines: 100, textBytes: 5_000, overflowBytes });
    const budget = divideMemory(0, header, BLOCK);
    assertEquals(budget, { header, frames: 0, oversizeBytes: 0, textBytes: 0, unpackedBytes: 0 });
  }
});

Deno.test("divideAmongStores shares the frames if all pages fit, and the text if that fits too", () => {
  const header = headerOf({ lines: 1_000_000, textBytes: 50 * MIB });
  const pageBytes = framesBytes(header, 977);

  const both = divideAmongStores(64 * MIB, header, BLOCK, 2);
  assertEquals(both.frames, 977);
  assertEquals(both.sharedText?.byteLength, SharedBlocks.sizeFor(50 * MIB, BLOCK));
  assertEquals([both.textBytes, both.sharedFrames === undefined], [0, false]);

  const pages = divideAmongStores(8 * MIB, header, BLOCK, 2);
  assertEquals([pages.frames, pages.sharedFrames === undefined], [977, false]);
  assertEquals(pages.sharedText, undefined);
  assertEquals(pages.textBytes, Math.floor((8 * MIB - pageBytes) / 2));

  const none = divideAmongStores(MIB, header, BLOCK, 2);
  assertEquals(none, divideMemory(MIB / 2, header, BLOCK));
});

Deno.test("divideAmongStores shares the frames only if they leave an eighth to the text", () => {
  for (const [overflowBytes, share] of [[0, 7 / 8], [1, 6 / 8]] as const) {
    const header = headerOf({ lines: 1_000_000, textBytes: 50 * GIB, overflowBytes });
    const enough = Math.ceil(framesBytes(header, 977) / share) + 1;
    const isShared = (cacheBytes: number) =>
      divideAmongStores(cacheBytes, header, BLOCK, 2).sharedFrames !== undefined;
    assertEquals([isShared(enough), isShared(enough - 3)], [true, false]);
  }
});

Deno.test("divideAmongStores shares nothing if there is one store", () => {
  const header = headerOf({ lines: 10, textBytes: 100 });
  assertEquals(divideAmongStores(MIB + 1, header, BLOCK, 1), divideMemory(MIB + 1, header, BLOCK));
});

Deno.test("divideAmongStores divides memory for an empty text", () => {
  const { sharedText, frames } = divideAmongStores(
    MIB,
    headerOf({ lines: 0, textBytes: 0 }),
    BLOCK,
    2,
  );
  assertEquals([sharedText?.byteLength, frames], [0, 0]);
});

const shape = fc.record({
  lines: fc.oneof(fc.nat(5_000), fc.nat(300_000)),
  textBytes: fc.nat(20 * MIB),
  overflowBytes: fc.constantFrom(0, 0, 1, MIB),
  linesPerPage: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 65_536 })),
  slotWidthBits: fc.integer({ min: 0, max: 20 }),
});
const cacheBytes = fc.oneof(fc.nat(3_000), fc.nat(100_000), fc.nat(16 * MIB));
const blockBytes = fc.constantFrom(1, 100, BLOCK, 64 * 1024);

Deno.test("divideMemory and divideAmongStores never give away more than cacheBytes, for any shape", () => {
  fc.assert(
    fc.property(
      cacheBytes,
      shape,
      blockBytes,
      fc.integer({ min: 1, max: 9 }),
      (cacheBytes, shape, blockBytes, stores) => {
        const header = headerOf(shape);
        const budget = divideAmongStores(cacheBytes, header, blockBytes, stores);
        assert(budget.frames >= 0 && budget.oversizeBytes >= 0 && budget.textBytes >= 0);
        assert(Number.isInteger(budget.frames) && Number.isInteger(budget.textBytes));
        const bytes = takenBytes(budget, stores);
        assert(bytes <= cacheBytes, `${bytes}`);
        const alone = divideMemory(cacheBytes, header, blockBytes);
        assert(alone.frames >= 0 && alone.oversizeBytes >= 0 && alone.textBytes >= 0);
        assert(takenBytes(alone, 1) <= cacheBytes);
      },
    ),
    { numRuns: 200 },
  );
});
