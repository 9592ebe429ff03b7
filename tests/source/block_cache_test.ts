import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { BlockCache } from "../../src/source/block_cache.ts";
import { allocateShared } from "../../src/source/shared_memory.ts";
import { SharedBlocks } from "../../src/source/shared_blocks.ts";
import { TextError } from "../../src/source/text_source.ts";
import { variedBytes } from "../support/source_contract.ts";
import { MemoryText } from "../support/text_memory.ts";

const BLOCKS = 6;
const BLOCK_BYTES = 64;
/** The last block is not a full one. */
const CONTENT = variedBytes((BLOCKS - 1) * BLOCK_BYTES + 10);

function textOf(blocks?: (offset: number, end: number) => boolean): MemoryText {
  const blockBytes = BLOCK_BYTES;
  return new MemoryText(CONTENT, blocks === undefined ? { blockBytes } : { blockBytes, blocks });
}

function blockOf(block: number): Uint8Array {
  return CONTENT.slice(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES);
}

/** A part of the text, if it is cached. */
function part(cache: BlockCache, from: number, to: number): Uint8Array | undefined {
  const at = cache.locate(from, to);
  return at < 0 ? undefined : cache.bytes.slice(at, at + to - from);
}

/** Whether the first byte of a block is cached. */
function ask(cache: BlockCache, block: number): boolean {
  const from = block * BLOCK_BYTES;
  const found = part(cache, from, from + 1);
  if (found !== undefined) assertEquals(found[0], CONTENT[from]);
  return found !== undefined;
}

Deno.test("BlockCache.locate() finds a block from the second time on that it is asked for", () => {
  const cache = new BlockCache(textOf(), 2 * BLOCK_BYTES);
  assertEquals(part(cache, 10, 20), undefined);
  assertEquals(part(cache, 30, 40), CONTENT.slice(30, 40));
  assertEquals(part(cache, 10, 20), CONTENT.slice(10, 20));
});

Deno.test("BlockCache.locate() replaces a block only by one that misses twice in a row in its frame", () => {
  // Blocks 1, 3 and 5 have one frame, the others another.
  const cache = new BlockCache(textOf(), 2 * BLOCK_BYTES);
  for (const block of [0, 0, 1, 1]) ask(cache, block);
  for (let i = 0; i < 5; i++) assertEquals([ask(cache, 3), ask(cache, 5)], [false, false]);
  assert(ask(cache, 1), "it was not replaced");
  assertEquals([ask(cache, 3), ask(cache, 3)], [false, true]);
  assertEquals([ask(cache, 1), ask(cache, 0)], [false, true]);
});

Deno.test("BlockCache.locate() finds a part of several blocks only if they are in frames next to each other", () => {
  const cache = new BlockCache(textOf(), 4 * BLOCK_BYTES);
  const [from, to] = [BLOCK_BYTES - 1, 3 * BLOCK_BYTES + 2];
  for (const block of [0, 0, 1, 1, 2, 2]) ask(cache, block);
  assertEquals(part(cache, from, to), undefined, "block 3 is missing");
  assertEquals(part(cache, from, to), CONTENT.slice(from, to));
  const last = 4 * BLOCK_BYTES;
  for (let i = 0; i < 2; i++) cache.locate(last, last + 1);
  assertEquals(part(cache, last, last + 1), CONTENT.slice(last, last + 1));
  assertEquals(part(cache, last - 1, last + 1), undefined, "block 4 is in the first frame");
});

Deno.test("BlockCache of a text that fits has all of it after every block was asked for twice", () => {
  const cache = new BlockCache(textOf(), 100 * BLOCK_BYTES);
  assertEquals(cache.bytes.length, BLOCKS * BLOCK_BYTES);
  for (let i = 0; i < 2 * BLOCKS; i++) ask(cache, i % BLOCKS);
  assertEquals(part(cache, 0, CONTENT.length), CONTENT);
});

Deno.test("BlockCache.locate() does not find what would block, until store() was given it", () => {
  const cache = new BlockCache(textOf((offset) => offset === BLOCK_BYTES), 3 * BLOCK_BYTES);
  for (let i = 0; i < 5; i++) assertEquals(ask(cache, 1), false);
  cache.store(1, blockOf(1));
  assert(ask(cache, 1));
  assertEquals([ask(cache, 0), ask(cache, 0)], [false, true]);
});

Deno.test("BlockCache.locate() that would have to replace a block, but would block, keeps that block", () => {
  const cache = new BlockCache(textOf((offset) => offset === 3 * BLOCK_BYTES), 3 * BLOCK_BYTES);
  for (let i = 0; i < 2; i++) ask(cache, 0);
  for (let i = 0; i < 5; i++) assertEquals(ask(cache, 3), false);
  assert(ask(cache, 0));
});

Deno.test("BlockCache.locate() that fails to read throws, and leaves nothing wrong in the frame", () => {
  const failing = new TextError("broken");
  let fails = false;
  const source = new MemoryText(CONTENT, {
    blockBytes: BLOCK_BYTES,
    blocks: () => {
      if (fails) throw failing;
      return false;
    },
  });
  const cache = new BlockCache(source, BLOCK_BYTES);
  assertEquals([ask(cache, 0), ask(cache, 0)], [false, true]);
  fails = true;
  assertEquals(ask(cache, 3), false);
  assertEquals(assertThrows(() => ask(cache, 3)), failing);
  fails = false;
  assertEquals(ask(cache, 0), false);
  assert(ask(cache, 0));
});

Deno.test("BlockCache without memory finds nothing, and stores nothing", () => {
  const cache = new BlockCache(textOf(), BLOCK_BYTES - 1);
  assertEquals(cache.bytes.length, 0);
  for (let i = 0; i < 3; i++) assertEquals(ask(cache, 0), false);
  cache.store(0, blockOf(0));
  assertEquals(ask(cache, 0), false);
  cache.prefetch(Float64Array.of(0), Float64Array.of(1), 0, 1);
});

Deno.test("BlockCache.prefetch() changes nothing, whatever is cached and whatever it is given", () => {
  const cache = new BlockCache(textOf(), 2 * BLOCK_BYTES);
  for (const block of [0, 0, 1, 1]) ask(cache, block);
  const starts = Float64Array.of(-1, 0, BLOCK_BYTES + 3, 4 * BLOCK_BYTES, CONTENT.length - 1);
  cache.prefetch(starts, starts.map((start) => start + 5), 0, starts.length);
  assertEquals([ask(cache, 0), ask(cache, 1), ask(cache, 4)], [true, true, false]);
});

/** A cache in plain arrays: by frame, the block that is there and the one that missed last. */
class Model {
  readonly blocks: (number | undefined)[];
  readonly missed: (number | undefined)[];

  constructor(readonly frames: number, readonly wouldBlock: ReadonlySet<number>) {
    this.blocks = new Array(frames).fill(undefined);
    this.missed = new Array(frames).fill(undefined);
  }

  /** Whether the block is cached, or becomes so now. */
  locate(block: number): boolean {
    if (this.frames === 0) return false;
    const frame = block % this.frames;
    if (this.blocks[frame] === block) return true;
    if (this.missed[frame] === block && !this.wouldBlock.has(block)) {
      this.blocks[frame] = block;
      return true;
    }
    this.missed[frame] = block;
    return false;
  }

  /** Whether all blocks of a range are, in frames next to each other. */
  locateRange(first: number, last: number): boolean {
    if (!this.locate(first)) return false;
    for (let block = first + 1; block <= last; block++) {
      if (block % this.frames !== first % this.frames + block - first) return false;
      if (!this.locate(block)) return false;
    }
    return true;
  }

  store(block: number): void {
    if (this.frames > 0) this.blocks[block % this.frames] = block;
  }
}

const range = fc.tuple(fc.nat(CONTENT.length - 1), fc.integer({ min: 1, max: 3 * BLOCK_BYTES }))
  .map(([from, length]) => ({ from, to: Math.min(from + length, CONTENT.length) }));
const step = fc.oneof(
  { weight: 5, arbitrary: range },
  { weight: 1, arbitrary: fc.record({ block: fc.nat(BLOCKS - 1) }) },
);
const steps = fc.array(fc.tuple(step, fc.boolean()), { maxLength: 200, size: "max" });
const wouldBlock = fc.uniqueArray(fc.nat(BLOCKS - 1), { maxLength: 3 });

/** Does the same with a cache and its model, and compares what they find with each other and the text. */
function assertAsModel(
  cache: BlockCache,
  model: Model,
  steps:
    readonly (readonly [step: { from: number; to: number } | { block: number }, again: boolean])[],
): void {
  for (const [step, again] of steps) {
    for (let i = 0; i < (again ? 2 : 1); i++) {
      if ("block" in step) {
        cache.store(step.block, blockOf(step.block));
        model.store(step.block);
        continue;
      }
      const { from, to } = step;
      const found = part(cache, from, to);
      const last = Math.floor((to - 1) / BLOCK_BYTES);
      assertEquals(found !== undefined, model.locateRange(Math.floor(from / BLOCK_BYTES), last));
      if (found !== undefined) assertEquals(found, CONTENT.slice(from, to));
    }
  }
}

Deno.test("BlockCache finds what its model finds, and always the bytes of the text", () => {
  fc.assert(
    fc.property(fc.nat(BLOCKS + 1), wouldBlock, steps, (frames, wouldBlock, steps) => {
      const blocking = new Set(wouldBlock);
      const text = textOf((offset) => blocking.has(offset / BLOCK_BYTES));
      const model = new Model(Math.min(frames, BLOCKS), blocking);
      assertAsModel(new BlockCache(text, frames * BLOCK_BYTES), model, steps);
    }),
  );
});

Deno.test("BlockCache of SharedBlocks finds what the model of a cache with room for all finds", () => {
  fc.assert(
    fc.property(wouldBlock, steps, (wouldBlock, steps) => {
      const blocking = new Set(wouldBlock);
      const text = textOf((offset) => blocking.has(offset / BLOCK_BYTES));
      const memory = allocateShared(SharedBlocks.sizeFor(CONTENT.length, BLOCK_BYTES));
      const shared = new SharedBlocks(memory, CONTENT.length, BLOCK_BYTES);
      assertAsModel(new BlockCache(text, shared), new Model(BLOCKS, blocking), steps);
    }),
  );
});
