import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import type { Lines, RangeSink } from "../../src/lines/lines.ts";
import { openServed, shownNames } from "../../src/lines/open_served.ts";
import { TRUST_MS } from "../../src/source/local/local_text.ts";
import { RecordingSink } from "../support/lines_memory.ts";
import { SeveralFiles } from "../support/several_files.ts";
import { openFilesIn } from "../support/text_threads.ts";

async function read(lines: Lines, ...numbers: number[]): Promise<string[]> {
  const sink = new RecordingSink();
  await lines.read(numbers, sink);
  return sink.summary;
}

/** Reads a range as a client sees it: each chunk ends with a line end. */
async function range(lines: Lines, from: number, to: number): Promise<string> {
  const decoder = new TextDecoder();
  let all = "";
  const sink: RangeSink = {
    lines(bytes) {
      const text = decoder.decode(bytes).replaceAll("\r\n", "\n");
      all += text.endsWith("\n") ? text : `${text}\n`;
      return undefined;
    },
    async longLine(_byteLength, content) {
      for await (const chunk of content) all += decoder.decode(chunk, { stream: true });
      all += "\n";
    },
    failed({ message }) {
      all += `failed: ${message}`;
    },
  };
  await lines.range(from, to, sink);
  return all;
}

/** The lines of files, each of which ends with its file. */
function modelOf(contents: readonly string[]): string[] {
  return contents.flatMap((content) => {
    const lines = content.split("\n").map((line) => line.replace(/\r$/, ""));
    if (content === "" || content.endsWith("\n")) lines.pop();
    // Without an LF after it, a CR belongs to the line.
    if (content.endsWith("\r")) lines.push(`${lines.pop()}\r`);
    return lines;
  });
}

const content = fc.array(fc.constantFrom("a", "bb", "\n", "\r\n", "\r", "é"), { maxLength: 12 })
  .map((parts) => parts.join(""));

Deno.test("SeveralLines hands over what a naive model says, with any number of open files", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(content, { minLength: 2, maxLength: 5 }),
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom(0, 10_000, 1024 * 1024),
      fc.array(fc.integer({ min: -1, max: 40 }), { maxLength: 70 }),
      fc.nat(),
      fc.nat(),
      async (contents, openFilesMax, cacheBytes, numbers, a, b) => {
        const model = modelOf(contents);
        await using files = await SeveralFiles.create(contents);
        await using lines = await files.open({ openFilesMax, cacheBytes });
        assertEquals(lines.count, model.length);
        const expected = numbers.map((number) => model[number - 1] ?? `missing ${number}`);
        for (let i = 0; i < 3; i++) assertEquals(await read(lines, ...numbers), expected);
        if (model.length === 0) return;
        const [from, to] = [a, b].map((any) => any % model.length).sort((x, y) => x - y);
        const some = model.slice(from!, to! + 1).map((line) => `${line}\n`).join("");
        assertEquals(await range(lines, from! + 1, to! + 1), some);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("SeveralLines hands over long lines, and the same file twice", async () => {
  const long = "x".repeat(300_000);
  await using parts = await SeveralFiles.create([`one\n${long}`, "three\r\n"]);
  const [first, second] = parts.files;
  await using lines = await parts.open({ files: [first!, second!, first!] });
  const all = ["one", long, "three", "one", long];
  assertEquals(await read(lines, 1, 2, 3, 4, 5), all);
  assertEquals(await range(lines, 1, 5), all.map((line) => `${line}\n`).join(""));
  assertEquals(lines.files.map(({ name, firstLine }) => [name, firstLine]), [
    ["part-0", 1],
    ["part-1", 3],
    ["part-0", 4],
  ]);
});

Deno.test("SeveralLines.read() returns no promise if the files are open", async () => {
  await using parts = await SeveralFiles.create(["1\n2\n", "3\n4\n"]);
  await using lines = await parts.open();
  assert(lines.read([1, 3], new RecordingSink()) !== undefined);
  await read(lines, 1, 3);
  const sink = new RecordingSink();
  assertEquals(lines.read([4, 1, 99, 2, 3], sink), undefined);
  assertEquals(sink.summary, ["4", "1", "missing 99", "2", "3"]);
});

Deno.test("SeveralLines: a file that vanishes, is replaced or is damaged fails only its own lines", async () => {
  await using parts = await SeveralFiles.create(["1\n", "2\n", "3\n", "4\n", "5\n"]);
  const errors: string[] = [];
  await using lines = await parts.open({ onError: ({ message }) => errors.push(message) });
  await read(lines, 3);
  await Deno.remove(parts.files[0]!.textPath);
  await Deno.writeTextFile(parts.files[1]!.textPath, "other\n");
  await Deno.writeTextFile(parts.files[2]!.textPath, "x\n");
  await Deno.writeTextFile(parts.files[3]!.indexPath, "damaged");
  await new Promise((resolve) => setTimeout(resolve, TRUST_MS + 1));
  const failed = ["failed 1", "failed 2", "failed 3", "failed 4", "5"];
  for (let i = 0; i < 2; i++) assertEquals(await read(lines, 1, 2, 3, 4, 5), failed);
  for (const name of ["part-0 (", "part-1.lineidx", "part-2 (", "part-3.lineidx"]) {
    assert(errors.some((message) => message.includes(name)), name);
  }
  for (const number of [1, 2, 3, 4]) {
    assert((await range(lines, number, 5)).startsWith("failed: "), `${number}`);
    let message = "";
    try {
      lines.check(number, number);
    } catch (error) {
      message = (error as Error).message;
    }
    assert(message.includes(`part-${number - 1}`), message);
  }
  assertEquals(await range(lines, 5, 5), "5\n");
  assertEquals(lines.check(5, 5), "unchanged");
});

Deno.test("SeveralLines.range() rejects if a later file cannot be read", async () => {
  await using parts = await SeveralFiles.create(["1\n", "2\n"]);
  await using lines = await parts.open();
  await Deno.remove(parts.files[1]!.textPath);
  await assertRejects(() => range(lines, 1, 2), Error, "part-1");
});

Deno.test("SeveralLines serves of a file that has grown what it had, and no file after it moves", async () => {
  await using parts = await SeveralFiles.create(["1\n2", "3\n"]);
  await using lines = await parts.open({ openFilesMax: 1 });
  for (let i = 0; i < 2; i++) {
    await Deno.writeTextFile(parts.files[0]!.textPath, "more\n", { append: true });
    assertEquals(await read(lines, 1, 2, 3, 4), ["1", "2", "3", "missing 4"]);
  }
});

Deno.test("SeveralLines.check() does not look at files that are not open", async () => {
  await using parts = await SeveralFiles.create(["1\n", "2\n"]);
  await using lines = await parts.open();
  assertEquals(lines.check(), "not open");
  await read(lines, 1);
  assertEquals([lines.check(1, 1), lines.check(2, 2)], ["unchanged", "not open"]);
  await read(lines, 2);
  assertEquals(lines.check(), "unchanged");
});

Deno.test("SeveralLines opens no more files than it may, and closes all", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  await using parts = await SeveralFiles.create(["1\n", "2\n", "3\n", "4\n"]);
  {
    await using lines = await parts.open({ openFilesMax: 2 });
    assertEquals(openFilesIn(parts.directory).length, 0);
    await Promise.all([1, 2, 3, 4, 1].map((number) => read(lines, number)));
    await read(lines, 1, 2, 3, 4, 4, 3, 2, 1);
    assertEquals(openFilesIn(parts.directory).length, 2 * 4);
    assertEquals(lines.pageStatistics().hits + lines.pageStatistics().misses > 0, true);
  }
  assertEquals(openFilesIn(parts.directory).length, 0);
});

Deno.test("SeveralLines.read() rejects with the signal's reason once it is aborted", async () => {
  await using parts = await SeveralFiles.create(["1\n", "2\n"]);
  await using lines = await parts.open();
  const aborted = AbortSignal.abort(new Error("enough"));
  await assertRejects(
    async () => await lines.read([1], new RecordingSink(), aborted),
    Error,
    "enough",
  );
});

Deno.test("SeveralLines: stores of a small cache read the files", async () => {
  await using parts = await SeveralFiles.create(["1\n", "2\n"]);
  await using lines = await parts.open({ cacheBytes: 0, mayBlock: true });
  for (let i = 0; i < 2; i++) assertEquals(await read(lines, 2, 1), ["2", "1"]);
});

Deno.test("openServed() serves 1,000 files", async () => {
  const contents = Array.from({ length: 1_000 }, (_, i) => `${2 * i + 1}\n${2 * i + 2}\n`);
  await using parts = await SeveralFiles.create(contents);
  await using lines = await parts.open({ openFilesMax: 100 });
  const numbers = Array.from({ length: 2_000 }, (_, i) => 1 + i * 1_999 % 2_000);
  assertEquals(await read(lines, ...numbers), numbers.map(String));
});

Deno.test("openServed() of one file is the store of that file", async () => {
  await using parts = await SeveralFiles.create(["1\n"]);
  await using lines = await openServed({ files: parts.files, cacheBytes: 0 });
  assertEquals(lines.files, [{ name: "part-0", firstLine: 1, lines: 1, bytes: 2 }]);
  assertEquals(lines.read([1], new RecordingSink()), undefined);
});

Deno.test("shownNames() leaves out the folders that all paths have", () => {
  const table: [string[], string[]][] = [
    [["a"], ["a"]],
    [["/x/y/a.txt"], ["a.txt"]],
    [["/x/y/a", "/x/y/b"], ["a", "b"]],
    [["/x/y/a", "/x/z/a"], ["y/a", "z/a"]],
    [["/x/ya", "/x/yb"], ["ya", "yb"]],
    [["a", "x/a"], ["a", "x/a"]],
    [["/a/b", "c"], ["/a/b", "c"]],
    [["//a/b", "/c"], ["/a/b", "c"]],
    [["x/a", "x/a"], ["a", "a"]],
  ];
  for (const [paths, names] of table) assertEquals(shownNames(paths), names);
});
