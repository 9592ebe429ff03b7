import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { IndexBlockTable, TABLE_PAGES_CACHED } from "../../src/index/block_table.ts";
import { BlockTableWriter } from "../../src/index/build/block_table_writer.ts";
import {
  blockChecksum,
  BLOCKS_PER_TABLE_PAGE,
  TABLE_PAGE_BYTES,
} from "../../src/index/format/block_table_page.ts";
import type { IndexHeader } from "../../src/index/format/header.ts";
import { IndexError } from "../../src/index/index_error.ts";
import type { UnpackedBlock } from "../../src/source/compressed/codec.ts";
import { MemoryText } from "../support/text_memory.ts";

const FINGERPRINT = new Uint8Array(32).fill(3);
/** What is before the table in the index. */
const PAGES_END = 200;

/** Blocks with these sizes of text, some of them with a window. */
function blocksOf(sizes: readonly number[]): UnpackedBlock[] {
  let textOffset = 0;
  let storedOffset = 10;
  return sizes.map((textBytes, i) => {
    const storedBytes = 1 + i % 7;
    const window = i % 3 === 1 ? new Uint8Array(1 + i % 500).fill(i) : undefined;
    const text = new Uint8Array(textBytes).fill(i);
    const skippedBits = i % 8;
    const block = { textOffset, textBytes, storedOffset, storedBytes, skippedBits, text, window };
    textOffset += textBytes;
    storedOffset += storedBytes + i % 2;
    return block;
  });
}

/** The index that a writer makes of these blocks: its bytes and its header. */
function write(blocks: readonly UnpackedBlock[]): { bytes: Uint8Array; header: IndexHeader } {
  const openFile = () => {
    const path = Deno.makeTempFileSync();
    const file = Deno.openSync(path, { read: true, write: true });
    Deno.removeSync(path);
    return file;
  };
  using file = openFile();
  file.writeSync(new Uint8Array(PAGES_END));
  using writer = new BlockTableWriter({ file, openScratch: openFile }, "gzip");
  for (const block of blocks) writer.add(block);
  const last = blocks.at(-1);
  const storedBytes = last === undefined ? 0 : last.storedOffset + last.storedBytes;
  const written = writer.finish(PAGES_END, storedBytes, FINGERPRINT);
  const bytes = new Uint8Array(file.statSync().size);
  file.seekSync(0, Deno.SeekMode.Start);
  file.readSync(bytes);
  assertEquals(bytes.length, written.indexBytes);
  const textBytes = last === undefined ? 0 : last.textOffset + last.textBytes;
  const header = {
    ...written,
    fingerprint: FINGERPRINT,
    textBytes,
    lines: 1,
    linesPerPage: 1,
    slotWidthBits: 0,
  };
  return { bytes, header };
}

function open(bytes: Uint8Array, header: IndexHeader, blocking = false): IndexBlockTable {
  const source = new MemoryText(bytes, blocking ? { blocks: () => true } : {});
  return new IndexBlockTable(source, header, header.compressed!);
}

Deno.test("IndexBlockTable.find() and tryFind() find the block of any byte, and its window", async () => {
  const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant(3_000)), {
    minLength: 1,
    maxLength: 3 * BLOCKS_PER_TABLE_PAGE,
    size: "max",
  });
  await fc.assert(
    fc.asyncProperty(sizes, async (sizes) => {
      const blocks = blocksOf(sizes);
      const { bytes, header } = write(blocks);
      const table = open(bytes, header);
      const blocking = open(bytes, header, true);
      for (const { text, window, ...block } of blocks) {
        for (const offset of [block.textOffset, block.textOffset + block.textBytes - 1]) {
          const found = table.tryFind(offset)!;
          assertEquals(blocking.tryFind(offset), undefined);
          const awaited = await open(bytes, header, true).find(offset);
          assertEquals({ ...found }, { ...awaited });
          const { checksum: _c, windowBytes: _b, windowOffset: _o, ...place } = {
            ...found,
          } as unknown as Record<string, number>;
          assertEquals(place, { ...block });
          assert(found.isText(text));
          assertEquals(found.hasWindow, window !== undefined);
          if (window === undefined) continue;
          assertEquals(new Uint8Array(table.tryReadWindow(found)!), window);
          assertEquals(new Uint8Array(await table.readWindow(found)), window);
        }
      }
    }),
    { numRuns: 20 },
  );
});

Deno.test("IndexBlockTable finds blocks of a table of many pages with few reads", () => {
  // The first half of the blocks is a thousand times as large as the second half.
  const pages = 4 * TABLE_PAGES_CACHED;
  const count = pages * BLOCKS_PER_TABLE_PAGE;
  const blocks = blocksOf(Array.from({ length: count }, (_, i) => i < count / 2 ? 1_000 : 1));
  const { bytes, header } = write(blocks);
  let reads = 0;
  const source = new MemoryText(bytes, { blocks: () => (reads++, false) });
  const table = new IndexBlockTable(source, header, header.compressed!);
  for (let i = 0; i < count; i += 97) {
    const before = reads;
    assertEquals(table.tryFind(blocks[i]!.textOffset)!.storedOffset, blocks[i]!.storedOffset);
    assert(reads - before <= 8 + Math.log2(pages), `${reads - before} reads`);
  }
});

Deno.test("IndexBlockTable throws for any damaged byte of its table, or finds the same", async () => {
  const blocks = blocksOf([5, 9, 1, 300]);
  const { bytes, header } = write(blocks);
  const table = open(bytes, header);
  const expected = [0, 5, 14, 15].map((offset) => ({ ...table.tryFind(offset)! }));
  for (let at = PAGES_END; at < PAGES_END + TABLE_PAGE_BYTES; at++) {
    const damaged = open(bytes.with(at, bytes[at]! ^ 0x10), header);
    assertThrows(() => damaged.tryFind(0), IndexError, "block table page 0");
    await assertRejects(() => damaged.find(14), IndexError, "block table page 0");
  }
  for (let at = PAGES_END + TABLE_PAGE_BYTES; at < bytes.length; at++) {
    const damaged = open(bytes.with(at, bytes[at]! ^ 0x10), header);
    assertEquals([0, 5, 14, 15].map((offset) => ({ ...damaged.tryFind(offset)! })), expected);
  }
});

Deno.test("IndexBlockTable.verify() accepts a whole table, and finds any damaged byte of a page", async () => {
  const { bytes, header } = write(blocksOf(Array(2 * BLOCKS_PER_TABLE_PAGE + 1).fill(3)));
  await open(bytes, header).verify();
  for (let at = PAGES_END; at < PAGES_END + 3 * TABLE_PAGE_BYTES; at += 97) {
    const damaged = open(bytes.with(at, bytes[at]! ^ 0x10), header);
    await assertRejects(() => damaged.verify(), IndexError, "block table page");
  }
  const longer = { ...header, textBytes: header.textBytes + 1 };
  await assertRejects(() => open(bytes, longer).verify(), IndexError, "contradicts itself");
  await open(...Object.values(write([])) as [Uint8Array, IndexHeader]).verify();
});

Deno.test("IndexBlockTable refuses a page of another place or another file", () => {
  const { bytes, header } = write(blocksOf(Array(2 * BLOCKS_PER_TABLE_PAGE).fill(2)));
  const swapped = bytes.slice();
  swapped.set(
    bytes.subarray(PAGES_END, PAGES_END + TABLE_PAGE_BYTES),
    PAGES_END + TABLE_PAGE_BYTES,
  );
  const end = header.textBytes - 1;
  assertThrows(() => open(swapped, header).tryFind(end), IndexError, "block table page 1");
  const other = { ...header, fingerprint: new Uint8Array(32) };
  assertThrows(() => open(bytes, other).tryFind(0), IndexError, "block table page 0");
});

Deno.test("blockChecksum() depends on every byte of a block of any size", () => {
  for (const size of [1, 256 * 1024, 256 * 1024 + 1, 1_000_000]) {
    const text = new Uint8Array(size).fill(7);
    for (const at of [0, size >> 1, size - 1]) {
      assertNotEquals(blockChecksum(text.with(at, 8)), blockChecksum(text), `${at} of ${size}`);
    }
  }
});
