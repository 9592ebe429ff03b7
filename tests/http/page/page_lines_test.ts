import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  linesOfPage,
  LineSplitter,
  pageOf,
  pagesToLoad,
} from "../../../src/http/page/page_lines.js";

const MAX_BYTES = 8;

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Splits a body that arrives in chunks of `chunkBytes`. */
function split(body: Uint8Array, count: number, chunkBytes: number, cut: number[] = []) {
  const splitter = new LineSplitter(cut, MAX_BYTES);
  for (let at = 0; at < body.length; at += chunkBytes) {
    splitter.push(body.subarray(at, at + chunkBytes));
  }
  const page = splitter.finish(count);
  return Array.from({ length: page.count }, (_, i) => page.line(i));
}

Deno.test("LineSplitter agrees with split(), however the body is cut into chunks", () => {
  const byte = fc.constantFrom(0, 9, 11, 13, 65, 0xff);
  const lines = fc.array(fc.array(byte, { maxLength: 20 }));
  fc.assert(fc.property(lines, fc.integer({ min: 1, max: 50 }), (lines, chunkBytes) => {
    const body = new Uint8Array(lines.flatMap((line) => [...line, 10]));
    const found = split(body, lines.length, chunkBytes);
    assertEquals(
      found.map(({ bytes }) => [...bytes]),
      lines.map((l) => [...l.slice(0, MAX_BYTES)]),
    );
    assertEquals(found.map(({ isCut }) => isCut), lines.map(({ length }) => length > MAX_BYTES));
  }));
});

Deno.test("LineSplitter keeps lines up to the limit whole, and marks those that the server cut", () => {
  const found = split(encode("12345678\n123456789\nab\n\n\r\n"), 5, 3, [2]);
  assertEquals(found.map(({ bytes }) => new TextDecoder().decode(bytes)), [
    "12345678",
    "12345678",
    "ab",
    "",
    "\r",
  ]);
  assertEquals(found.map(({ isCut }) => isCut), [false, true, true, false, false]);
});

Deno.test("LineSplitter.finish() throws if the page has too few or too many lines, or no last LF", () => {
  for (
    const [body, count] of [["a\n", 2], ["a\nb\n", 1], ["a\nb", 2], ["a\nb", 1], ["", 1]] as const
  ) {
    assertThrows(() => split(encode(body), count, 9), Error, "the server sent");
  }
  assertEquals(split(encode(""), 0, 9), []);
});

Deno.test("PageLines.line() throws for a line that the page does not have", () => {
  const splitter = new LineSplitter();
  splitter.push(encode("a\n"));
  assertThrows(() => splitter.finish(1).line(1), RangeError);
});

Deno.test("pageOf() and linesOfPage() agree, also at the largest line number", () => {
  const lines = Number.MAX_SAFE_INTEGER;
  for (const line of [1, 1024, 1025, 5_000_000_000, lines - 1, lines]) {
    const { first, count } = linesOfPage(pageOf(line), lines);
    assertEquals(line >= first && line < first + count, true, `${line}`);
  }
  assertEquals(linesOfPage(2, 2500), { first: 2049, count: 452 });
  assertEquals(linesOfPage(3, 2500).count, 0);
});

Deno.test("pagesToLoad() gives the visible pages, then those ahead that the file has", () => {
  const view = { topLine: 1000, bottomLine: 1040 };
  assertEquals(pagesToLoad(view, 10_000, "down", 2), [0, 1, 2, 3]);
  assertEquals(pagesToLoad(view, 10_000, "up", 2), [0, 1]);
  assertEquals(pagesToLoad(view, 1040, "down", 2), [0, 1]);
  assertEquals(pagesToLoad({ topLine: 5000, bottomLine: 5010 }, 10_000, "up", 2), [4, 3, 2]);
});
