import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { LineCounter } from "../../../src/cli/commands/line_counter.ts";
import { naiveLines } from "../../support/e2e_bytes.ts";
import { joined } from "../../support/compressed_files.ts";

Deno.test("LineCounter counts the lines of any text in any chunks", () => {
  const byte = fc.constantFrom(0, 10, 13, 0x78);
  fc.assert(fc.property(fc.array(fc.uint8Array()), fc.array(fc.array(byte)), (other, few) => {
    const chunks = [...other, ...few.map((bytes) => new Uint8Array(bytes))];
    const counter = new LineCounter();
    for (const chunk of chunks) counter.add(chunk);
    assertEquals(counter.lines, naiveLines(joined(chunks)).length);
  }));
});

Deno.test("LineCounter counts the lines of a chunk that is larger than what is scanned at a time", () => {
  const counter = new LineCounter();
  counter.add(new Uint8Array(2_500_000).fill(10));
  assertEquals(counter.lines, 2_500_000);
});
