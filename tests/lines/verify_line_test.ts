import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { endOfContent } from "../../src/lines/verify_line.ts";
import { linesOf } from "../support/index_lines.ts";
import { encode, naiveLines } from "../support/text_fixture.ts";

/** As `endOfContent`, of a part of a text: where the content ends in the text, or -1. */
function endIn(text: Uint8Array, start: number, end: number): number {
  return endOfContent(text, start, end, start === 0, end === text.length);
}

Deno.test("endOfContent returns the end of every line of a text, and -1 for every other part", () => {
  const text = fc.array(fc.constantFrom(10, 13, 0, 97), { maxLength: 24, size: "max" })
    .map((bytes) => Uint8Array.from(bytes));
  fc.assert(
    fc.property(text, (text) => {
      const contents = naiveLines(text);
      const ends = new Map(
        linesOf(text).map(({ start, length }, i) => [
          `${start}-${start + length}`,
          start + contents[i]!.length,
        ]),
      );
      for (let start = 0; start < text.length; start++) {
        for (let end = start + 1; end <= text.length; end++) {
          assertEquals(endIn(text, start, end), ends.get(`${start}-${end}`) ?? -1);
        }
      }
    }),
  );
});

Deno.test("endOfContent finds an LF anywhere in a line of any length", () => {
  for (const length of [2, 3, 127, 128, 129, 130, 131, 300]) {
    const line = encode("x".repeat(length - 1) + "\n");
    assertEquals(endIn(line, 0, length), length - 1, `${length}`);
    for (let at = 0; at < length - 1; at++) {
      const broken = line.slice();
      broken[at] = 10;
      assertEquals(endIn(broken, 0, length), -1, `${length} ${at}`);
      // The same without a terminator, at the end of a text.
      broken[length - 1] = 0;
      assertEquals(endIn(broken, 0, length), -1, `${length} ${at}`);
    }
  }
});

Deno.test("endOfContent does not look at the byte before the first line", () => {
  for (const before of ["\n", "\r", "x"]) {
    assertEquals(endOfContent(encode(`${before}\n`), 1, 2, true, true), 1, before);
    assertEquals(endOfContent(encode(`${before}x`), 1, 2, true, true), 2, before);
  }
});

Deno.test("endOfContent removes one CR at most, and only before the LF", () => {
  const table: readonly (readonly [string, number])[] = [
    ["\n", 0],
    ["\r\n", 0],
    ["\r\r\n", 1],
    ["a\r\n", 1],
    ["a\rb\n", 3],
    ["\r", 1],
    ["a\r", 2],
  ];
  for (const [text, end] of table) {
    const bytes = encode(text);
    assertEquals(endIn(bytes, 0, bytes.length), end, JSON.stringify(text));
  }
});
