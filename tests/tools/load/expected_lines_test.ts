import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { ExpectedLines } from "../../../tools/load/expected_lines.ts";
import { FileLines } from "../../../tools/load/file_lines.ts";
import { LoadFailure } from "../../../tools/load/load_failure.ts";
import { MemoryLines } from "../../../tools/load/memory_lines.ts";
import { openExpectedLines } from "../../../tools/load/open_expected_lines.ts";
import { TextError } from "../../../src/source/text_error.ts";
import { asText, latin1 } from "../../support/e2e_bytes.ts";
import { HUNDRED, HUNDRED_TEXT } from "../../support/load_server.ts";
import { sceneTest } from "../../support/e2e_scene.ts";

/** Reads a line as a comparison does, piece by piece. */
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
  [`${LONG}\n\n${LONG}\r\nx\n${LONG}`, [LONG, "", LONG, "x", LONG]],
];

Deno.test("MemoryLines finds the lines of every kind of text", () => {
  for (const [text, lines] of TEXTS) assertEquals(allLinesOf(new MemoryLines(latin1(text))), lines);
});

sceneTest("FileLines finds the same lines, however far apart its anchors are", async (scene) => {
  for (const [text, lines] of TEXTS) {
    const path = await scene.file(text);
    for (const spacingBytes of [1, 2, 3, 100, 2_048, 100_000]) {
      using found = await FileLines.open(path, { spacingBytes });
      assertEquals(allLinesOf(found), lines, `${text.slice(0, 20)} with ${spacingBytes}`);
      assertEquals(found.textBytes, text.length);
    }
  }
});

sceneTest("FileLines finds lines in any order", async (scene) => {
  using found = await FileLines.open(await scene.file(HUNDRED_TEXT), { spacingBytes: 64 });
  for (let i = 0; i < 1_000; i++) {
    const lineNumber = i * 37 % 100 + 1;
    assertEquals(lineOf(found, lineNumber), HUNDRED[lineNumber - 1]);
  }
});

sceneTest("FileLines says so where the text has become shorter or another", async (scene) => {
  const path = await scene.file(HUNDRED_TEXT);
  using found = await FileLines.open(path, { spacingBytes: 64 });
  await Deno.writeFile(path, latin1("x".repeat(HUNDRED_TEXT.length)));
  await assertRejects(async () => void await lineOf(found, 50), TextError, "Text changed");
  await Deno.truncate(path, 10);
  await assertRejects(async () => void await lineOf(found, 99), TextError, "Text ends at byte");
});

sceneTest(
  "A text is held in memory up to a size, and read as it is needed from there on",
  async (scene) => {
    const path = await scene.file(HUNDRED_TEXT);
    const memoryMaxBytes = HUNDRED_TEXT.length;
    using held = await openExpectedLines(path, { memoryMaxBytes });
    using read = await openExpectedLines(path, { memoryMaxBytes: memoryMaxBytes - 1 });
    assertEquals([held instanceof MemoryLines, read instanceof FileLines], [true, true]);
    assertEquals(allLinesOf(read), allLinesOf(held));
  },
);

sceneTest("Reading a large text tells how far it is, and can be ended", async (scene) => {
  const path = await scene.file(HUNDRED_TEXT);
  const done: number[] = [];
  const onProgress = (doneBytes: number, allBytes: number) => done.push(doneBytes, allBytes);
  using _lines = await openExpectedLines(path, { memoryMaxBytes: 0, onProgress });
  assertEquals(done, [HUNDRED_TEXT.length, HUNDRED_TEXT.length]);
  const signal = AbortSignal.abort(new LoadFailure("stop"));
  await assertRejects(() => openExpectedLines(path, { memoryMaxBytes: 0, signal }), LoadFailure);
});

sceneTest("A text that cannot be taken is named", async (scene) => {
  const empty = await scene.file("", "empty");
  const table: [path: string, message: RegExp][] = [
    [scene.directory, /^Cannot read text: is a directory: /],
    [empty, /^Text without a line: .*empty: /],
    [scene.path("none"), /^Cannot read text: no such file or directory: .*none$/],
  ];
  for (const [path, message] of table) {
    const failure = await assertRejects(() => openExpectedLines(path), Error);
    assertMatch(failure.message, message);
  }
});
