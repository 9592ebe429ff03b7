import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  parseSelector,
  readSelectors,
  resolveSelector,
  type Selector,
} from "../../../src/cli/commands/line_selectors.ts";

const TEN = { name: "ten.txt", count: 10 };

/** The numbers that a word selects of a file of ten lines. */
function selected(word: string): number[] {
  const { from, to } = resolveSelector(parseSelector(word)!, TEN);
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
}

Deno.test("resolveSelector clips a word to the lines that exist", () => {
  const table: readonly (readonly [string, readonly number[]])[] = [
    ["5", [5]],
    ["+5", [5]],
    ["005", [5]],
    ["4-6", [4, 5, 6]],
    ["6-6", [6]],
    ["6-4", []],
    ["0-2", [1, 2]],
    ["9-99999999999999999999", [9, 10]],
    ["11-12", []],
    ["8-", [8, 9, 10]],
    ["11-", []],
    ["-3", [8, 9, 10]],
    ["-99999999999999999999", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    ["-0", []],
  ];
  for (const [word, numbers] of table) assertEquals(selected(word), numbers, word);
});

Deno.test("parseSelector returns undefined if a word is no selector", () => {
  const words = ["", "-", "--1", "1--2", "-1-2", "1-2-3", "1.5", "1e3", "0x1", "a", "1-b", "+-1"];
  for (const word of words) assertEquals(parseSelector(word), undefined, word);
});

Deno.test("resolveSelector throws an error with the number as it was typed if there is no such line", () => {
  for (const word of ["0", "11", "0011", "99999999999999999999"]) {
    assertThrows(
      () => resolveSelector(parseSelector(word)!, TEN),
      RangeError,
      `No such line: ${word} (ten.txt has 10 lines).`,
    );
  }
});

Deno.test("resolveSelector throws notExtended if the last line or later ones are needed", () => {
  const notExtended = new Error("Cannot write index");
  const text = { ...TEN, notExtended };
  for (const word of ["9", "0-9", "3-9", "-0", "12-11"]) {
    resolveSelector(parseSelector(word)!, text);
  }
  for (const word of ["10", "11", "9-10", "9-", "20-30", "-1", "-3"]) {
    const error = assertThrows(() => resolveSelector(parseSelector(word)!, text));
    assertEquals(error, notExtended, word);
  }
});

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

async function readAll(...chunks: string[]): Promise<Selector[]> {
  return (await Array.fromAsync(readSelectors(ReadableStream.from(chunks.map(encode))))).flat();
}

Deno.test("readSelectors yields the words of its input, split anywhere", async () => {
  const word = fc.constantFrom("1", "23", "4-5", "6-", "-7", "12345678");
  const blank = fc.constantFrom(" ", "\n", "\r\n", "\t", "\n\n", " \n ");
  const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(word, blank)), word, sizes, async (parts, last, sizes) => {
      const text = parts.flat().join("") + last;
      const chunks: string[] = [];
      for (let at = 0, i = 0; at < text.length; i++) {
        const end = at + sizes[i % sizes.length]!;
        chunks.push(text.slice(at, end));
        at = end;
      }
      const words = [...parts.map(([word]) => word), last];
      assertEquals(await readAll(...chunks), words.map((word) => parseSelector(word)!));
    }),
    { numRuns: 50 },
  );
});

Deno.test("readSelectors yields the words of a chunk before it reads the next one", async () => {
  const input = new TransformStream<Uint8Array, Uint8Array>();
  const writer = input.writable.getWriter();
  const groups = readSelectors(input.readable);
  const written = writer.write(encode("1 2\n3"));
  assertEquals((await groups.next()).value, ["1", "2"].map((word) => parseSelector(word)!));
  await written;
  const closed = writer.close();
  assertEquals((await groups.next()).value, [parseSelector("3")!]);
  assertEquals((await groups.next()).done, true);
  await closed;
});

Deno.test("readSelectors throws an error with the line of its input if a word is no selector", async () => {
  const table: readonly (readonly [string[], string])[] = [
    [["1\n2\n\nx"], "Not a line number: x (line 4 of standard input)."],
    [["1\n", "2 3\n4", "x\n"], "Not a line number: 4x (line 3 of standard input)."],
    [["1\n2 - 3\n"], "Not a line number: - (line 2 of standard input)."],
    [["9".repeat(2_000)], `Not a line number: ${"9".repeat(40)}… (line 1 of standard input).`],
    [["\xff\0"], "Not a line number: \xff\0 (line 1 of standard input)."],
  ];
  for (const [chunks, message] of table) {
    await assertRejects(() => readAll(...chunks), Error, message);
  }
});

Deno.test("readSelectors yields the words before one that is no selector", async () => {
  const groups = readSelectors(ReadableStream.from([encode("1 2 x 3\n")]));
  assertEquals((await groups.next()).value, ["1", "2"].map((word) => parseSelector(word)!));
  await assertRejects(() => groups.next());
});
