import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ALIGNED_BLOCKS_MAX, AlignedReader } from "../../../src/source/remote/aligned_reader.ts";
import { variedBytes } from "../../support/source_contract.ts";
import { MemoryText } from "../../support/text_memory.ts";

const BLOCK_BYTES = 16;
const CONTENT = variedBytes((ALIGNED_BLOCKS_MAX + 3) * BLOCK_BYTES + 5);

function open(): { reader: AlignedReader; reads: [offset: number, end: number][] } {
  const reads: [number, number][] = [];
  const source = new MemoryText(CONTENT, {
    blocks: (offset, end) => end > offset,
    onRead: (offset, end) => Promise.resolve(void reads.push([offset, end])),
  });
  return { reader: new AlignedReader(source, BLOCK_BYTES), reads };
}

Deno.test("AlignedReader.read() and tryRead() return the bytes of any range", async () => {
  const ranges = fc.array(fc.tuple(fc.nat(CONTENT.length), fc.nat(3 * BLOCK_BYTES)));
  await fc.assert(
    fc.asyncProperty(ranges, async (ranges) => {
      const { reader } = open();
      for (const [offset, length] of ranges) {
        const expected = CONTENT.slice(offset, offset + length);
        const tried = new Uint8Array(expected.length).fill(7);
        const untouched = tried.slice();
        assertEquals(tried, reader.tryRead(tried, offset) ? expected : untouched);
        const into = new Uint8Array(expected.length);
        await reader.read(into, offset);
        assertEquals(into, expected);
        assert(reader.tryRead(into, offset), "it is kept");
      }
    }),
  );
});

Deno.test("AlignedReader.read() reads whole blocks, each once while it is kept", async () => {
  const { reader, reads } = open();
  await Promise.all([3, 5, 17, 30].map((offset) => reader.read(new Uint8Array(2), offset)));
  assertEquals(reads, [[0, 16], [16, 32]]);
  for (let block = 2; block <= ALIGNED_BLOCKS_MAX; block++) {
    await reader.read(new Uint8Array(1), block * BLOCK_BYTES);
    await reader.read(new Uint8Array(1), 20);
  }
  reads.length = 0;
  // The block at 0 was not used for the longest time.
  await reader.read(new Uint8Array(1), 20);
  await reader.read(new Uint8Array(1), 0);
  assertEquals(reads, [[0, 16]]);
  await reader.read(new Uint8Array(5), CONTENT.length - 5);
  assertEquals(reads.at(-1), [CONTENT.length - 5, CONTENT.length]);
});

Deno.test("AlignedReader out of range throws, and a failed block is read again", async () => {
  let failures = 1;
  const source = new MemoryText(CONTENT, {
    blocks: (offset, end) => end > offset,
    onRead: () => failures-- > 0 ? Promise.reject(new Error("away")) : Promise.resolve(),
  });
  const reader = new AlignedReader(source, BLOCK_BYTES);
  assertThrows(() => reader.tryRead(new Uint8Array(2), CONTENT.length - 1));
  await assertRejects(() => reader.read(new Uint8Array(1), -1));
  await assertRejects(() => reader.read(new Uint8Array(1), 0), Error, "away");
  const into = new Uint8Array(1);
  await reader.read(into, 1);
  assertEquals(into[0], CONTENT[1]);
});
