import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ReadAhead } from "../../src/source/read_ahead.ts";
import { SourcePart } from "../../src/source/source_part.ts";
import { variedBytes } from "../support/source_contract.ts";
import { MemoryText } from "../support/text_memory.ts";

const CONTENT = variedBytes(200_000);

function ranges(size: number): fc.Arbitrary<[offset: number, bytes: number]> {
  return fc.tuple(fc.nat(size), fc.oneof(fc.nat(2_000), fc.nat(size)))
    .map(([offset, bytes]) => [offset, Math.min(bytes, size - offset)]);
}

Deno.test("ReadAhead and SourcePart read the bytes of any ranges in any order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(ranges(150_000), { maxLength: 30, size: "max" }), async (some) => {
      await using text = new MemoryText(CONTENT);
      const part = new SourcePart(text, 10_000, 160_000);
      const ahead = new ReadAhead(part);
      assertEquals([part.size, ahead.size, ahead.name], [150_000, 150_000, "memory"]);
      for (const [offset, bytes] of some) {
        const expected = CONTENT.subarray(10_000 + offset, 10_000 + offset + bytes);
        const into = new Uint8Array(bytes);
        assert(ahead.tryRead(into, offset));
        assertEquals(into, expected);
        into.fill(0);
        await ahead.read(into, offset);
        assertEquals(into, expected);
      }
    }),
    { numRuns: 30 },
  );
});

Deno.test("ReadAhead reads a source in order with few reads", () => {
  let reads = 0;
  const blocks = () => {
    reads++;
    return false;
  };
  const ahead = new ReadAhead(new MemoryText(CONTENT, { blocks }));
  for (let offset = 0; offset < CONTENT.length; offset += 100) {
    ahead.tryRead(new Uint8Array(100), offset);
  }
  assertEquals(reads, 4);
});

Deno.test("ReadAhead.tryRead() after a read that failed does not return wrong bytes", () => {
  let fails = false;
  const blocks = () => {
    if (fails) throw new Error("the device failed");
    return false;
  };
  const ahead = new ReadAhead(new MemoryText(CONTENT, { blocks }));
  const into = new Uint8Array(10);
  ahead.tryRead(into, 0);
  fails = true;
  assertThrows(() => ahead.tryRead(into, 100_000), Error, "the device failed");
  assertThrows(() => ahead.tryRead(into, 0), Error, "the device failed");
  fails = false;
  assert(ahead.tryRead(into, 0));
  assertEquals(into, CONTENT.subarray(0, 10));
});
