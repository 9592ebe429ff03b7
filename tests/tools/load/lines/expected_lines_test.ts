import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import fc from "fast-check";
import type { ExpectedLines } from "../../../../tools/load/lines/expected_lines.ts";
import { FileLines } from "../../../../tools/load/lines/file_lines.ts";
import { LoadFailure } from "../../../../tools/load/load_failure.ts";
import { MemoryLines } from "../../../../tools/load/lines/memory_lines.ts";
import { openExpectedLines } from "../../../../tools/load/lines/open_expected_lines.ts";
import { asText, latin1 } from "../../../support/e2e_bytes.ts";
import { HUNDRED, HUNDRED_TEXT } from "../../../support/load_server.ts";
import { sceneTest } from "../../../support/e2e_scene.ts";

/** Reads a line in parts, as a comparison does. */
function lineOf(lines: ExpectedLines, lineNumber: number): string {
  lines.locate(lineNumber);
  const { lineStart, lineBytes } = lines;
  let line = "";
  while (line.length < lineBytes) {
    const viewed = lines.viewText(lineStart + line.length, lineBytes - line.length);
    line += asText(lines.view.subarray(lines.viewAt, lines.viewAt + viewed));
  }
  return line;
}

function allLinesOf(lines: ExpectedLines): string[] {
  return Array.from({ length: lines.lineCount }, (_, i) => lineOf(lines, i + 1));
}

const LONG = "long ".repeat(40_000);

const BLOCK = "a".repeat(2_047);

const TEXTS: readonly (readonly [text: string, lines: readonly string[]])[] = [
  ["", []],
  ["a", ["a"]],
  ["a\n", ["a"]],
  ["\n", [""]],
  ["\n\n", ["", ""]],
  ["a\nb", ["a", "b"]],
  ["a\r\nb\r\n", ["a", "b"]],
  ["\r\n", [""]],
  ["a\rb\n", ["a\rb"]],
  ["a\r\r\n", ["a\r"]],
  ["a\r", ["a\r"]],
  ["\r", ["\r"]],
  ["a\0b\n", ["a\0b"]],
  [HUNDRED_TEXT, HUNDRED],
  ["\n".repeat(1_000), Array(1_000).fill("")],
  // Lines that start exactly at the distance of two anchors.
  [`${BLOCK}\n\n\nb\n${BLOCK}\nd\n`, [BLOCK, "", "", "b", BLOCK, "d"]],
  [`${LONG}\n\n${LONG}\r\nx\n${LONG}`, [LONG, "", LONG, "x", LONG]],
];

Deno.test("MemoryLines finds the lines of every kind of file", () => {
  for (const [text, lines] of TEXTS) assertEquals(allLinesOf(new MemoryLines(latin1(text))), lines);
});

sceneTest("FileLines finds the lines of every kind of file", async (scene) => {
  for (const [text, lines] of TEXTS) {
    using found = await FileLines.open(await scene.file(text));
    assertEquals(allLinesOf(found), lines, text.slice(0, 20));
    assertEquals(found.textBytes, text.length);
  }
});

sceneTest(
  "FileLines agrees with a plain array for lines of any lengths in any order",
  async (scene) => {
    // Anchors are 2 KiB apart, and the window has 64 KiB.
    const lengths = fc.oneof(fc.nat(3), fc.nat(300), fc.nat(5_000), fc.nat(100_000));
    const texts = fc.array(lengths, { minLength: 1, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(
        texts,
        fc.constantFrom("\n", "\r\n"),
        fc.boolean(),
        fc.infiniteStream(fc.nat()),
        async (
          lengths,
          terminator,
          isTerminated,
          order,
        ) => {
          const lines = lengths.map((length, i) => `${i}${"x".repeat(length)}`);
          const text = lines.join(terminator) + (isTerminated ? terminator : "");
          using found = await FileLines.open(await scene.file(text));
          assertEquals(found.lineCount, lines.length);
          for (const number of order.take(20)) {
            const i = number % lines.length;
            assert(lineOf(found, i + 1) === lines[i], `line ${i + 1}`);
          }
        },
      ),
      { numRuns: 30 },
    );
  },
);

sceneTest("FileLines throws when the file has been modified or truncated", async (scene) => {
  const path = await scene.file(HUNDRED_TEXT);
  using found = await FileLines.open(path);
  await Deno.writeFile(path, latin1("x".repeat(HUNDRED_TEXT.length)));
  await assertRejects(async () => void await lineOf(found, 50), LoadFailure, "File changed");
  await Deno.truncate(path, 10);
  await assertRejects(async () => void await lineOf(found, 99), LoadFailure, "File changed");
});

sceneTest("openExpectedLines reads a file over 1 GiB in parts, with progress", async (scene) => {
  // A sparse file: its zeros take no space on the disk.
  const path = await scene.file("one\n");
  await Deno.truncate(path, 2 ** 30);
  await Deno.writeTextFile(path, "\nlast\n", { append: true });
  const done: number[] = [];
  const onProgress = (doneBytes: number, allBytes: number) => done.push(doneBytes, allBytes);
  using lines = await openExpectedLines(path, { onProgress });
  assertEquals([lines instanceof FileLines, lines.lineCount], [true, 3]);
  assertEquals([lineOf(lines, 1), lineOf(lines, 3)], ["one", "last"]);
  assertEquals(done.slice(-2), [2 ** 30 + 6, 2 ** 30 + 6]);
  const signal = AbortSignal.abort(new LoadFailure("stop"));
  await assertRejects(() => openExpectedLines(path, { signal }), LoadFailure, "stop");
});

sceneTest("openExpectedLines holds a smaller file in memory", async (scene) => {
  using lines = await openExpectedLines(await scene.file(HUNDRED_TEXT));
  assertEquals([lines instanceof MemoryLines, allLinesOf(lines)], [true, HUNDRED]);
});

sceneTest(
  "openExpectedLines throws and names the file if it has no lines to read",
  async (scene) => {
    const empty = await scene.file("", "empty");
    const table: [path: string, message: RegExp][] = [
      [scene.directory, /^Cannot read file: .* \(is a directory\)\. /],
      [empty, /^File has no line: .*empty\. /],
      [scene.path("none"), /^Cannot read file: .*none \(no such file or directory\)\. /],
    ];
    for (const [path, message] of table) {
      const failure = await assertRejects(() => openExpectedLines(path), LoadFailure);
      assertMatch(failure.message, message);
    }
  },
);
