import { assert, assertEquals } from "@std/assert";
import { BlockCache } from "../../src/source/block_cache.ts";
import { SharedBlocks } from "../../src/source/shared_blocks.ts";
import { allocateShared } from "../../src/source/shared_memory.ts";
import { variedBytes } from "../support/source_contract.ts";
import { MemoryText } from "../support/text_memory.ts";

const BLOCK_BYTES = 64;
const BYTES = 2 * BLOCK_BYTES + 10;

function allocate(): { one: SharedBlocks; other: SharedBlocks } {
  const memory = allocateShared(SharedBlocks.sizeFor(BYTES, BLOCK_BYTES));
  const [one, other] = [1, 2].map(() => new SharedBlocks(memory, BYTES, BLOCK_BYTES));
  return { one: one!, other: other! };
}

Deno.test("SharedBlocks.store() makes a block present for all that share the memory, and no other", () => {
  const { one, other } = allocate();
  assertEquals([0, 1, 2].map((block) => other.has(block)), [false, false, false]);
  one.store(1, new Uint8Array(BLOCK_BYTES).fill(7));
  assertEquals([0, 1, 2].map((block) => other.has(block)), [false, true, false]);
  assertEquals(other.bytes.indexOf(7), BLOCK_BYTES);
  assertEquals(other.bytes.lastIndexOf(7), 2 * BLOCK_BYTES - 1);
});

Deno.test("SharedBlocks.store() of a block that is present keeps it", () => {
  const { one } = allocate();
  one.store(2, new Uint8Array(10).fill(1));
  one.store(2, new Uint8Array(10).fill(2));
  assertEquals(one.bytes[2 * BLOCK_BYTES], 1);
});

Deno.test("SharedBlocks.sizeFor() is room for a text of any size", () => {
  for (const textBytes of [0, 1, BLOCK_BYTES, BLOCK_BYTES + 1, 10 * BLOCK_BYTES]) {
    const memory = allocateShared(SharedBlocks.sizeFor(textBytes, BLOCK_BYTES));
    const shared = new SharedBlocks(memory, textBytes, BLOCK_BYTES);
    assert(shared.bytes.length >= textBytes);
    for (let block = 0; block * BLOCK_BYTES < textBytes; block++) {
      assertEquals(shared.has(block), false);
      shared.store(block, new Uint8Array(BLOCK_BYTES));
      assertEquals(shared.has(block), true);
    }
  }
});

Deno.test("BlockCache finds what another cache of the same SharedBlocks has read, without reading", () => {
  const content = variedBytes(BYTES);
  const { one, other } = allocate();
  const reader = new BlockCache(new MemoryText(content, { blockBytes: BLOCK_BYTES }), one);
  const cannotRead = new MemoryText(content, { blockBytes: BLOCK_BYTES, blocks: () => true });
  const finder = new BlockCache(cannotRead, other);
  const from = BYTES - 5;
  assertEquals([finder.locate(from, BYTES), finder.locate(from, BYTES)], [-1, -1]);
  assertEquals([reader.locate(from, BYTES), reader.locate(from, BYTES)], [-1, from]);
  const at = finder.locate(from, BYTES);
  assertEquals(finder.bytes.slice(at, at + 5), content.slice(from));
});
