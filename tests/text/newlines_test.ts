import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { findNewlines, LF } from "../../src/text/newlines.ts";
import { CHUNK_BYTES } from "../../src/text/read_chunks.ts";
import { latin1 } from "../support/index_files.ts";
import { texts } from "../support/index_lines.ts";

function positionsIn(chunk: Uint8Array): number[] {
  const positions = new Uint32Array(chunk.length);
  return [...positions.subarray(0, findNewlines(chunk, positions))];
}

function naivePositions(chunk: Uint8Array): number[] {
  return [...chunk.keys()].filter((at) => chunk[at] === LF);
}

Deno.test("newlines are found where they stand, in every text", () => {
  fc.assert(
    fc.property(texts(600), (chunk) => {
      assertEquals(positionsIn(chunk), naivePositions(chunk));
    }),
    { numRuns: 300 },
  );
});

Deno.test("one newline is found at every place of chunks of every size up to 130", () => {
  for (let size = 1; size <= 130; size++) {
    for (let at = 0; at < size; at++) {
      const chunk = new Uint8Array(size).fill(0x0b);
      chunk[at] = LF;
      assertEquals(positionsIn(chunk), [at], `byte ${at} of ${size}`);
    }
  }
});

Deno.test("chunks of every size up to 130 full of newlines, and without any", () => {
  for (let size = 0; size <= 130; size++) {
    const all = new Uint8Array(size).fill(LF);
    assertEquals(positionsIn(all), naivePositions(all));
    assertEquals(positionsIn(new Uint8Array(size)), []);
  }
});

Deno.test("no other byte is taken for a newline", () => {
  for (let byte = 0; byte < 256; byte++) {
    const chunk = new Uint8Array(40).fill(byte);
    assertEquals(positionsIn(chunk).length, byte === LF ? 40 : 0, `byte ${byte}`);
  }
});

Deno.test("a chunk that begins anywhere in its buffer is searched, and nothing around it", () => {
  fc.assert(fc.property(texts(200), fc.nat(40), fc.nat(40), (text, before, after) => {
    const buffer = new Uint8Array(before + text.length + after).fill(LF);
    buffer.set(text, before);
    const chunk = buffer.subarray(before, before + text.length);
    assertEquals(positionsIn(chunk), naivePositions(text));
  }));
});

Deno.test("positions may be longer than the chunk, and a second chunk begins anew", () => {
  const positions = new Uint32Array(64).fill(99);
  assertEquals(findNewlines(latin1("a\nb\nc\n"), positions), 3);
  assertEquals(findNewlines(latin1("\n"), positions), 1);
  assertEquals(positions[0], 0);
  assertEquals(findNewlines(latin1(""), positions), 0);
});

Deno.test("the chunk is not changed", () => {
  const chunk = latin1("a\r\n\0\n");
  findNewlines(chunk, new Uint32Array(5));
  assertEquals(chunk, latin1("a\r\n\0\n"));
});

Deno.test("a whole chunk of newlines, and one newline at the end of a whole chunk", () => {
  const positions = new Uint32Array(CHUNK_BYTES);
  const chunk = new Uint8Array(CHUNK_BYTES).fill(LF);
  assertEquals(findNewlines(chunk, positions), CHUNK_BYTES);
  assertEquals(positions.every((position, i) => position === i), true);
  chunk.fill(0, 0, CHUNK_BYTES - 1);
  assertEquals(findNewlines(chunk, positions), 1);
  assertEquals(positions[0], CHUNK_BYTES - 1);
});
