import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { crc32 } from "node:zlib";
import { DecimalCounter } from "../../tools/generate/decimal_counter.ts";
import { TextGenerator, type TextOptions } from "../../tools/generate/text_generator.ts";
import { writeFile } from "../../tools/generate/write_file.ts";
import { Xoshiro128 } from "../../tools/load/pattern/xoshiro128.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

const PROGRAM = new URL("../../tools/generate.ts", import.meta.url).pathname;

function generateText(options: TextOptions, chunkBytes = 65_536): string {
  const generator = new TextGenerator(options);
  const chunk = new Uint8Array(chunkBytes);
  let text = "";
  for (let count; (count = generator.fill(chunk)) > 0;) {
    text += String.fromCharCode(...chunk.subarray(0, count));
  }
  return text;
}

/** Cannot be written, in case the program misses a wrong command line. */
const NOWHERE = "no-such-directory/a";

/** Splits a text that ends with a terminator. */
function linesOf(text: string, terminator = "\n"): string[] {
  const lines = text.split(terminator);
  assertEquals(lines.pop(), "");
  return lines;
}

function namesIn(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map((entry) => entry.name).sort();
}

async function run(command: string, args: string[]) {
  const output = await new Deno.Command(command, { args, stdin: "null" }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: output.code, stdout: decode(output.stdout), stderr: decode(output.stderr) };
}

function generate(...args: string[]) {
  return run(Deno.execPath(), ["run", "--allow-read", "--allow-write", PROGRAM, ...args]);
}

Deno.test("Xoshiro128 returns the numbers of the reference implementation", () => {
  const random = new Xoshiro128([1, 2, 3, 4]);
  assertEquals(
    Array.from({ length: 6 }, () => random.nextUint32()),
    [641, 1573767, 3222811527, 3517856514, 836907274, 4247214768],
  );
});

Deno.test("Xoshiro128 throws if the state is all zeros", () => {
  assertThrows(() => new Xoshiro128([0, 0, 0, 0]), RangeError);
});

Deno.test("DecimalCounter counts as String does", () => {
  const counter = new DecimalCounter();
  for (let number = 0; number <= 10_001; number++) {
    const digits = counter.bytes.subarray(counter.start, counter.start + counter.digitCount);
    assertEquals(String.fromCharCode(...digits), String(number));
    counter.increment();
  }
});

Deno.test("TextGenerator generates the same bytes for the same options", () => {
  const options = { lineCount: 500, seed: 42 };
  assertEquals(generateText(options), generateText(options));
});

Deno.test("TextGenerator generates the known bytes for the default options", () => {
  assertEquals(crc32(generateText({ lineCount: 2000 })), 780_191_702);
});

Deno.test("TextGenerator generates other bytes for any other seed", () => {
  const seeds = [0, 1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1];
  const texts = seeds.map((seed) => generateText({ lineCount: 20, seed }));
  assertEquals(new Set(texts).size, seeds.length);
});

Deno.test("TextGenerator generates lineCount lines", () => {
  for (const lineCount of [0, 1, 9, 10, 1001]) {
    assertEquals(linesOf(generateText({ lineCount })).length, lineCount);
  }
});

Deno.test("TextGenerator generates all lengths from shortestBytes to longestBytes and no other", () => {
  const lines = linesOf(generateText({ lineCount: 1000, shortestBytes: 3, longestBytes: 9 }));
  const lengths = new Set(lines.map((line) => line.length));
  assertEquals([...lengths].sort(), [3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("TextGenerator generates lines of one length if shortestBytes equals longestBytes", () => {
  for (const bytes of [0, 1, 48, 49, 50]) {
    const text = generateText({ lineCount: 20, shortestBytes: bytes, longestBytes: bytes });
    assertEquals(linesOf(text).map((line) => line.length), Array(20).fill(bytes));
  }
});

Deno.test("TextGenerator starts a line with its number, or writes no digits if the line is too short", () => {
  const lines = linesOf(generateText({ lineCount: 1200, shortestBytes: 0, longestBytes: 8 }));
  for (const [index, line] of lines.entries()) {
    const number = String(index + 1);
    if (line.length < number.length) assertMatch(line, /^[^0-9 ]*$/);
    else assertEquals(line.slice(0, number.length + 1), `${number} `.slice(0, line.length));
  }
});

Deno.test("TextGenerator generates different lines if their numbers fit", () => {
  const lines = linesOf(generateText({ lineCount: 2000, shortestBytes: 4, longestBytes: 12 }));
  assertEquals(new Set(lines).size, lines.length);
});

Deno.test("TextGenerator fills each line with different printable ASCII", () => {
  const lines = linesOf(generateText({ lineCount: 300, shortestBytes: 30, longestBytes: 40 }));
  for (const line of lines) assertMatch(line, /^[0-9]+ [!-~]+$/);
  assertEquals(new Set(lines.map((line) => line.split(" ")[1])).size, lines.length);
});

Deno.test("TextGenerator ends lines with CRLF if terminator is crlf", () => {
  const lines = linesOf(generateText({ lineCount: 50, terminator: "crlf" }), "\r\n");
  assertEquals(lines.length, 50);
  assert(lines.every((line) => !/[\r\n]/.test(line)));
});

Deno.test("TextGenerator omits only the last terminator if finalTerminator is false", () => {
  for (const terminator of ["lf", "crlf"] as const) {
    const options = { lineCount: 30, terminator };
    const end = terminator === "lf" ? "\n" : "\r\n";
    assertEquals(generateText({ ...options, finalTerminator: false }) + end, generateText(options));
  }
});

Deno.test("TextGenerator generates the same text in chunks of any size", () => {
  const options = { lineCount: 40, longestBytes: 200, terminator: "crlf" } as const;
  const whole = generateText(options);
  for (const chunkBytes of [1, 2, 3, 5, 49, 100, 1000]) {
    assertEquals(generateText(options, chunkBytes), whole);
  }
});

Deno.test("TextGenerator generates lines longer than a chunk and than its filler block", () => {
  const options = { lineCount: 3, shortestBytes: 150_000, longestBytes: 150_000 };
  const text = generateText(options, 60_000);
  assertEquals(linesOf(text).map((line) => line.length), [150_000, 150_000, 150_000]);
  assertEquals(generateText(options, 7001), text);
});

Deno.test("TextGenerator.fill fills chunks until the text ends, then returns 0", () => {
  const generator = new TextGenerator({ lineCount: 4, shortestBytes: 9, longestBytes: 9 });
  const chunk = new Uint8Array(15);
  const counts = Array.from({ length: 5 }, () => generator.fill(chunk));
  assertEquals(counts, [15, 15, 10, 0, 0]);
});

Deno.test("TextGenerator throws at numbers out of range", () => {
  const wrong: TextOptions[] = [
    { lineCount: -1 },
    { lineCount: 1.5 },
    { longestBytes: NaN },
    { seed: 2 ** 53 },
    { shortestBytes: 5, longestBytes: 4 },
    { shortestBytes: 0, finalTerminator: false },
  ];
  for (const options of wrong) assertThrows(() => new TextGenerator(options), RangeError);
});

Deno.test("writeFile removes its partial file when aborted", () =>
  inTemporaryDirectory(async (directory) => {
    const stop = new AbortController();
    let callCount = 0;
    const fill = (chunk: Uint8Array) => {
      if (++callCount === 3) stop.abort();
      return callCount < 6 ? chunk.length : 0;
    };
    await assertRejects(() => writeFile(`${directory}/a`, { fill, signal: stop.signal }));
    assertEquals(callCount, 3);
    assertEquals(namesIn(directory), []);
  }));

Deno.test("writeFile does not replace a file that was created while it was writing", () =>
  inTemporaryDirectory(async (directory) => {
    const path = `${directory}/a`;
    const fill = () => {
      Deno.writeTextFileSync(path, "theirs");
      return 0;
    };
    await assertRejects(() => writeFile(path, { fill }), Deno.errors.AlreadyExists);
    assertEquals(Deno.readTextFileSync(path), "theirs");
    assertEquals(namesIn(directory), ["a"]);
  }));

Deno.test("writeFile does not replace symbolic links and directories", () =>
  inTemporaryDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/a`, "kept");
    await Deno.symlink(`${directory}/a`, `${directory}/link`);
    const options = { fill: () => 0, replace: true };
    await assertRejects(() => writeFile(`${directory}/link`, options), Deno.errors.NotSupported);
    await assertRejects(() => writeFile(directory, options), Deno.errors.IsADirectory);
    assertEquals(namesIn(directory), ["a", "link"]);
    assertEquals(Deno.readTextFileSync(`${directory}/a`), "kept");
  }));

Deno.test("generate writes the text of TextGenerator and prints a one-line summary", () =>
  inTemporaryDirectory(async (directory) => {
    const path = `${directory}/007`;
    const flags = "--lines 1234 --shortest 2 --longest 70 --seed 9 --terminator crlf";
    const output = await generate(path, ...flags.split(" "), "--no-final-terminator");
    const text = generateText({
      lineCount: 1234,
      shortestBytes: 2,
      longestBytes: 70,
      seed: 9,
      terminator: "crlf",
      finalTerminator: false,
    });
    assertEquals(output.code, 0, output.stderr);
    assertEquals(output.stdout, "");
    assertMatch(
      output.stderr,
      /^wrote \S+: 1,234 lines, [0-9,]+ bytes in [0-9.]+ s \(\d+ MB\/s\)\n$/,
    );
    assert(output.stderr.includes(`, ${text.length.toLocaleString("en-US")} bytes`));
    assertEquals(Deno.readTextFileSync(path), text);
    assertEquals(namesIn(directory), ["007"]);
  }));

Deno.test("generate writes a text of several chunks", () =>
  inTemporaryDirectory(async (directory) => {
    const path = `${directory}/a`;
    assertEquals((await generate(path, "--lines", "50000")).code, 0);
    assertEquals(crc32(Deno.readFileSync(path)), crc32(generateText({ lineCount: 50_000 })));
  }));

Deno.test("generate replaces a file only with --force", () =>
  inTemporaryDirectory(async (directory) => {
    const path = `${directory}/a`;
    await Deno.writeTextFile(path, "kept");
    const refused = await generate(path, "--lines", "3");
    assertEquals(refused, {
      code: 1,
      stdout: "",
      stderr: `generate: Cannot write file: ${path} (file exists). ` +
        "Choose another name, or pass --force.\n",
    });
    assertEquals(Deno.readTextFileSync(path), "kept");
    assertEquals((await generate(path, "--lines", "3", "--force")).code, 0);
    assertEquals(Deno.readTextFileSync(path), generateText({ lineCount: 3 }));
    assertEquals(namesIn(directory), ["a"]);
  }));

Deno.test("generate prints one line if the file cannot be written", () =>
  inTemporaryDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/file`, "");
    const reasons = [
      [`${directory}/none/a`, "no such file or directory"],
      [`${directory}/file/a`, "a part of the path is not a directory"],
      [directory, "is a directory"],
      [`${directory}/${"x".repeat(300)}`, "the name is too long"],
    ] as const;
    await Promise.all(reasons.map(async ([path, reason]) => {
      const output = await generate(path);
      const stderr = `generate: Cannot write file: ${path} (${reason}). Choose another place.\n`;
      assertEquals(output, { code: 1, stdout: "", stderr });
    }));
  }));

Deno.test("generate removes the partial file and prints one line when the disk is full", {
  ignore: Deno.build.os === "windows",
}, () =>
  inTemporaryDirectory(async (directory) => {
    const path = `${directory}/a`;
    // A file size limit stands in for a full disk; ignoring the signal makes it an error.
    const script = 'trap "" XFSZ; ulimit -f 4096; exec "$@"';
    const command = [Deno.execPath(), "run", "--allow-read", "--allow-write", PROGRAM, path];
    const output = await run("sh", ["-c", script, "sh", ...command]);
    assertEquals([output.code, output.stdout], [1, ""]);
    assertMatch(output.stderr, /^generate: Cannot write file: \S+ \(File too large[^\n]*\n$/);
    assertEquals(namesIn(directory), []);
  }));

Deno.test("generate prints one line and exits with 2 if the command line is wrong", async () => {
  const mistakes = [
    [[], /FILE.*"deno task generate --help"/],
    [[NOWHERE, "b"], /b/],
    [[NOWHERE, "--bytes", "3"], /--bytes/],
    [[NOWHERE, "--lines", "1e3"], /--lines.*1e3/],
    [[NOWHERE, "--longest"], /--longest/],
    [[NOWHERE, "--terminator", "cr"], /--terminator.*cr/],
    [
      [NOWHERE, "--shortest", "9", "--longest", "5"],
      /The shortest line must not be longer than the longest line \(9 > 5\)\./,
    ],
  ] as const;
  await Promise.all(mistakes.map(async ([args, mistake]) => {
    const output = await generate(...args);
    assertEquals([output.code, output.stdout], [2, ""]);
    assertMatch(output.stderr, /^generate: [^\n]+\n$/);
    assertMatch(output.stderr, mistake);
  }));
});

Deno.test("generate --help prints each flag on standard output", async () => {
  const { code, stdout, stderr } = await generate("--help");
  assertEquals([code, stderr], [0, ""]);
  for (const flag of ["lines", "shortest", "longest", "seed", "terminator", "force"]) {
    assertMatch(stdout, new RegExp(`^  --${flag} `, "m"));
  }
});
