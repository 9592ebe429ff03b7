import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { BlockCache } from "../../../src/source/block_cache.ts";
import {
  type BlockUnpacker,
  CompressedText,
  type CompressedTextContext,
  UNPACKED_IN_PLACE_MAX_BYTES,
} from "../../../src/source/compressed/compressed_text.ts";
import { DamagedBlock } from "../../../src/source/compressed/codec.ts";
import { UNPACKING_MAX_BYTES } from "../../../src/source/compressed/unpack_turns.ts";
import { UnpackedBlocks } from "../../../src/source/compressed/unpacked_blocks.ts";
import { TextError } from "../../../src/source/text_source.ts";
import { testTextSource, variedBytes } from "../../support/source_contract.ts";
import {
  flipped,
  FLIPPING_CODEC,
  MemoryTable,
  type MemoryTableOptions,
} from "../../support/text_compressed.ts";
import { MemoryText, type MemoryTextOptions } from "../../support/text_memory.ts";

const BLOCK_BYTES = 10;

interface Scene {
  readonly text: CompressedText;
  readonly stored: MemoryText;
}

function open(
  content: Uint8Array,
  context: Partial<CompressedTextContext> = {},
  options: MemoryTextOptions = {},
  tableOptions: MemoryTableOptions = {},
  packed = flipped(content),
): Scene {
  const stored = new MemoryText(packed, options);
  const text = new CompressedText({
    stored,
    textBytes: content.length,
    codec: FLIPPING_CODEC,
    table: new MemoryTable(content, BLOCK_BYTES, tableOptions),
    kept: new UnpackedBlocks(),
    ...context,
  });
  return { text, stored };
}

function testContract(
  name: string,
  options: MemoryTextOptions = {},
  context: Partial<CompressedTextContext> = {},
  tableOptions: MemoryTableOptions = {},
): void {
  testTextSource(name, (content) => {
    const table = new MemoryTable(content, 29, tableOptions);
    const { text, stored } = open(content, { table, blockBytes: 16, ...context }, options);
    return Promise.resolve({
      source: text,
      changes: { "changed": () => void (stored.change = new TextError("File changed: memory.")) },
      [Symbol.asyncDispose]: () => text[Symbol.asyncDispose](),
    });
  });
}

testContract("CompressedText");
testContract("CompressedText of a file that blocks", { blocks: (offset) => offset % 3 !== 0 });
testContract("CompressedText that keeps one block", {}, { unpackedBytes: 0 });
testContract("CompressedText with a table that blocks", {}, {}, {
  blocks: (offset) => offset % 5 !== 0,
});

Deno.test("CompressedText.read() of one block by several readers reads it once", async () => {
  let reads = 0;
  const onRead = () => Promise.resolve(void reads++);
  const content = variedBytes(BLOCK_BYTES);
  const { text } = open(content, {}, { blocks: () => true, onRead });
  const parts = Array.from({ length: 5 }, () => new Uint8Array(4));
  await Promise.all(parts.map((into, i) => text.read(into, i)));
  parts.forEach((part, i) => assertEquals(part, content.slice(i, i + 4)));
  assertEquals(reads, 1);
});

Deno.test("CompressedText keeps the blocks that were used last", () => {
  let reads = 0;
  const blocks = () => (reads++, false);
  const content = variedBytes(3 * BLOCK_BYTES);
  const { text } = open(content, { unpackedBytes: 2 * BLOCK_BYTES }, { blocks });
  const readsOf = (...offsets: number[]) => {
    reads = 0;
    for (const offset of offsets) {
      const into = new Uint8Array(1);
      assert(text.tryRead(into, offset));
      assertEquals(into[0], content[offset]);
    }
    return reads;
  };
  assertEquals(readsOf(0, 5, 9, 10, 0, 19), 2);
  assertEquals(readsOf(20), 1);
  // The block at 0 was used before the one at 10.
  assertEquals(readsOf(10, 20), 0);
  assertEquals(readsOf(0), 1);
});

Deno.test("CompressedText reports a block with other content as damaged, and reads the others", async () => {
  const content = variedBytes(3 * BLOCK_BYTES);
  const packed = flipped(content);
  packed[BLOCK_BYTES + 3]! ^= 1;
  const { text } = open(content, {}, {}, {}, packed);
  const into = new Uint8Array(BLOCK_BYTES);
  assertThrows(() => text.tryRead(into, BLOCK_BYTES), TextError, "File damaged: memory (block at");
  const error = await assertRejects(() => text.read(into, BLOCK_BYTES - 1), TextError);
  assertEquals(error.message.split(":").length, 2, error.message);
  assertEquals(into, new Uint8Array(BLOCK_BYTES), "nothing of it was read");
  assert(text.tryRead(into, 2 * BLOCK_BYTES));
  assertEquals(into, content.slice(2 * BLOCK_BYTES));
});

Deno.test("CompressedText unpacks large blocks on other threads, and small ones itself", async () => {
  const blockBytes = UNPACKED_IN_PLACE_MAX_BYTES + 1;
  const content = variedBytes(blockBytes + 100);
  const unpacked: number[] = [];
  const unpacker: BlockUnpacker = {
    unpack: (_codec, stored, block) => {
      unpacked.push(block.textOffset);
      return Promise.resolve(flipped(stored));
    },
  };
  const { text } = open(content, { table: new MemoryTable(content, blockBytes), unpacker });
  const into = new Uint8Array(10);
  assertEquals(text.tryRead(into, 5), false);
  await text.read(into, 5);
  assertEquals(into, content.slice(5, 15));
  assert(text.tryRead(into, 50), "it is kept");
  assert(text.tryRead(into, blockBytes));
  assertEquals(into, content.slice(blockBytes, blockBytes + 10));
  assertEquals(unpacked, [0]);
});

Deno.test("CompressedText unpacks a limited number of bytes at a time, however many blocks are read", async () => {
  const blockBytes = 1024 * 1024;
  const content = new Uint8Array(UNPACKING_MAX_BYTES);
  let [unpacking, unpackingMax] = [0, 0];
  const unpacker: BlockUnpacker = {
    unpack: async (_codec, stored) => {
      unpackingMax = Math.max(unpackingMax, ++unpacking);
      await new Promise((resolve) => setTimeout(resolve, 0));
      unpacking--;
      return flipped(stored);
    },
  };
  const { text } = open(content, { table: new MemoryTable(content, blockBytes), unpacker });
  const blocks = content.length / blockBytes;
  const reads = Array.from(
    { length: blocks },
    (_, i) => text.read(new Uint8Array(1), i * blockBytes),
  );
  await Promise.all(reads);
  // A block takes its bytes in the file, and as many of text.
  assertEquals(unpackingMax, blocks / 2);
});

Deno.test("CompressedText reports what another thread finds damaged", async () => {
  const blockBytes = UNPACKED_IN_PLACE_MAX_BYTES + 1;
  const content = variedBytes(blockBytes);
  const unpacker = { unpack: () => Promise.reject(new DamagedBlock("bad data")) };
  const { text } = open(content, { table: new MemoryTable(content, blockBytes), unpacker });
  await assertRejects(() => text.read(new Uint8Array(1), 0), TextError, "bad data");
});

Deno.test("BlockCache caches every block that was unpacked, and finds only bytes of the text", () => {
  const content = variedBytes(64 * 7 + 11);
  // Parts of 29 bytes overwrite one another in few frames.
  for (const blockBytes of [4, 16, 64]) {
    for (const frames of [1, 2, 3, 5, 1000]) {
      const table = new MemoryTable(content, 29);
      const { text } = open(content, { table, unpackedBytes: 0, blockBytes });
      const cache = new BlockCache(text, frames * blockBytes);
      for (let i = 0; i < 2_000; i++) {
        const from = i * 37 % (content.length - 9);
        const to = from + 1 + i % 8;
        const at = cache.locate(from, to);
        if (at >= 0) assertEquals(cache.bytes.slice(at, at + to - from), content.slice(from, to));
        else text.tryRead(new Uint8Array(to - from), from);
      }
      // A part was unpacked as a whole, though only its first byte was asked for.
      if (frames === 1000) assert(cache.locate(0, 1) >= 0);
    }
  }
});
