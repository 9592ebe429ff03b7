import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { crc32 } from "node:zlib";
import { DecimalCounter } from "../../tools/generate/decimal_counter.ts";
import { explainWriteError } from "../../tools/generate/explain_write_error.ts";
import { TextGenerator, type TextOptions } from "../../tools/generate/text_generator.ts";
import { writeFile } from "../../tools/generate/write_file.ts";
import { Xoshiro128 } from "../../tools/load/xoshiro128.ts";
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

/** Not even a program that overlooks a mistake can write this. */
const NOWHERE = "no-such-directory/a";

/** The lines of a text that ends with a terminator. */
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

Deno.test("Xoshiro128 gives the numbers of the reference implementation", () => {
  const random = new Xoshiro128([1, 2, 3, 4]);
  assertEquals(
    Array.from({ length: 6 }, () => random.nextUint32()),
    [641, 1573767, 3222811527, 3517856514, 836907274, 4247214768],
  );
});

Deno.test("Xoshiro128 refuses the state that gives nothing but zeros", () => {
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

Deno.test("TextGenerator gives the same bytes for the same options", () => {
  const options = { lineCount: 500, seed: 42 };
  assertEquals(generateText(options), generateText(options));
});

Deno.test("TextGenerator gives the bytes it always gave", () => {
  assertEquals(crc32(generateText({ lineCount: 2000 })), 780_191_702);
});

Deno.test("TextGenerator gives other bytes for another seed, large seeds included", () => {
  const seeds = [0, 1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1];
  const texts = seeds.map((seed) => generateText({ lineCount: 20, seed }));
  assertEquals(new Set(texts).size, seeds.length);
});

Deno.test("TextGenerator makes the number of lines asked for", () => {
  for (const lineCount of [0, 1, 9, 10, 1001]) {
    assertEquals(linesOf(generateText({ lineCount })).length, lineCount);
  }
});

Deno.test("TextGenerator makes every length from the shortest to the longest and no other", () => {
  const lines = linesOf(generateText({ lineCount: 1000, shortestBytes: 3, longestBytes: 9 }));
  const lengths = new Set(lines.map((line) => line.length));
  assertEquals([...lengths].sort(), [3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("TextGenerator makes lines of one length where shortest and longest are the same", () => {
  for (const bytes of [0, 1, 48, 49, 50]) {
    const text = generateText({ lineCount: 20, shortestBytes: bytes, longestBytes: bytes });
    assertEquals(linesOf(text).map((line) => line.length), Array(20).fill(bytes));
  }
});

Deno.test("TextGenerator begins a line with its number where that fits, else without digits", () => {
  const lines = linesOf(generateText({ lineCount: 1200, shortestBytes: 0, longestBytes: 8 }));
  for (const [index, line] of lines.entries()) {
    const number = String(index + 1);
    if (line.length < number.length) assertMatch(line, /^[^0-9 ]*$/);
    else assertEquals(line.slice(0, number.length + 1), `${number} `.slice(0, line.length));
  }
});

Deno.test("TextGenerator makes lines that differ where their numbers fit", () => {
  const lines = linesOf(generateText({ lineCount: 2000, shortestBytes: 4, longestBytes: 12 }));
  assertEquals(new Set(lines).size, lines.length);
});

Deno.test("TextGenerator fills lines with printable ASCII that is not the same in every line", () => {
  const lines = linesOf(generateText({ lineCount: 300, shortestBytes: 30, longestBytes: 40 }));
  for (const line of lines) assertMatch(line, /^[0-9]+ [!-~]+$/);
  assertEquals(new Set(lines.map((line) => line.split(" ")[1])).size, lines.length);
});

Deno.test("TextGenerator ends lines with CRLF where asked", () => {
  const lines = linesOf(generateText({ lineCount: 50, terminator: "crlf" }), "\r\n");
  assertEquals(lines.length, 50);
  assert(lines.every((line) => !/[\r\n]/.test(line)));
});

Deno.test("TextGenerator leaves out nothing but the last terminator where asked", () => {
  for (const terminator of ["lf", "crlf"] as const) {
    const options = { lineCount: 30, terminator };
    const end = terminator === "lf" ? "\n" : "\r\n";
    assertEquals(generateText({ ...options, finalTerminator: false }) + end, generateText(options));
  }
});

Deno.test("TextGenerator gives the same text through chunks of any size", () => {
  const options = { lineCount: 40, longestBytes: 200, terminator: "crlf" } as const;
  const whole = generateText(options);
  for (const chunkBytes of [1, 2, 3, 5, 49, 100, 1000]) {
    assertEquals(generateText(options, chunkBytes), whole);
  }
});

Deno.test("TextGenerator makes lines longer than a chunk and than its own filler", () => {
  const options = { lineCount: 3, shortestBytes: 150_000, longestBytes: 150_000 };
  const text = generateText(options, 60_000);
  assertEquals(linesOf(text).map((line) => line.length), [150_000, 150_000, 150_000]);
  assertEquals(generateText(options, 7001), text);
});

Deno.test("TextGenerator fills a chunk unless the text ends in it, and then gives 0", () => {
  const generator = new TextGenerator({ lineCount: 4, shortestBytes: 9, longestBytes: 9 });
  const chunk = new Uint8Array(15);
  const counts = Array.from({ length: 5 }, () => generator.fill(chunk));
  assertEquals(counts, [15, 15, 10, 0, 0]);
});

Deno.test("TextGenerator refuses numbers that make no text", () => {
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

Deno.test("writeFile removes its partial file and leaves no file when it is aborted midway", () =>
  inTemporaryDirectory(async (directory) => {
    const stop = new AbortController();
    let callCount = 0;
    const fill = (chunk: Uint8Array) => {
      if (++callCount === 3) stop.abort();
      return callCount < 6 ? chunk.length : 0;
    };
    const error = await assertRejects(() =>
      writeFile(`${directory}/a`, { fill, signal: stop.signal, chunkBytes: 10 })
    );
    assertMatch(explainWriteError(error), /^stopped before the end: /);
    assertEquals(callCount, 3);
    assertEquals(namesIn(directory), []);
  }));

Deno.test("writeFile does not replace a file that came while it wrote", () =>
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

Deno.test("writeFile replaces neither a link nor a directory", () =>
  inTemporaryDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/a`, "kept");
    await Deno.symlink(`${directory}/a`, `${directory}/link`);
    const options = { fill: () => 0, replace: true };
    await assertRejects(() => writeFile(`${directory}/link`, options), Deno.errors.NotSupported);
    await assertRejects(() => writeFile(directory, options), Deno.errors.IsADirectory);
    assertEquals(namesIn(directory), ["a", "link"]);
    assertEquals(Deno.readTextFileSync(`${directory}/a`), "kept");
  }));

Deno.test("explainWriteError is one line for any error", () => {
  assertEquals(explainWriteError(new Error("odd\nstack")), "odd: choose another place for it");
  assertEquals(explainWriteError("odd"), "odd: choose another place for it");
});

Deno.test("generate writes what TextGenerator makes and sums it up in one line", () =>
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
      /^Wrote \S+: 1,234 lines, [0-9,]+ bytes in [0-9.]+ s \(\d+ MB\/s\)\n$/,
    );
    assert(output.stderr.includes(`, ${text.length.toLocaleString("en-US")} bytes`));
    assertEquals(Deno.readTextFileSync(path), text);
    assertEquals(namesIn(directory), ["007"]);
  }));

Deno.test("generate writes more than one chunk", () =>
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
      stderr: `Cannot write ${path}: it exists already: ` +
        "choose another name, or add --force to replace it\n",
    });
    assertEquals(Deno.readTextFileSync(path), "kept");
    assertEquals((await generate(path, "--lines", "3", "--force")).code, 0);
    assertEquals(Deno.readTextFileSync(path), generateText({ lineCount: 3 }));
    assertEquals(namesIn(directory), ["a"]);
  }));

Deno.test("generate says in one line why a file cannot be written", () =>
  inTemporaryDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/file`, "");
    const reasons = [
      [`${directory}/none/a`, "no such directory: create it first"],
      [`${directory}/file/a`, "a part of the path is a file, not a directory: choose another path"],
      [directory, "it is a directory: name a file in it"],
      [`${directory}/${"x".repeat(300)}`, "file name too long: choose a shorter one"],
    ] as const;
    await Promise.all(reasons.map(async ([path, reason]) => {
      const output = await generate(path);
      const stderr = `Cannot write ${path}: ${reason}\n`;
      assertEquals(output, { code: 1, stdout: "", stderr });
    }));
  }));

Deno.test("generate removes the partial file and says so in one line when space runs out", {
  ignore: Deno.build.os === "windows",
}, () =>
  inTemporaryDirectory(async (directory) => {
    const path = `${directory}/a`;
    // A limit on the size of files stands in for a full disk; ignoring the signal makes it an error.
    const script = 'trap "" XFSZ; ulimit -f 4096; exec "$@"';
    const command = [Deno.execPath(), "run", "--allow-read", "--allow-write", PROGRAM, path];
    const output = await run("sh", ["-c", script, "sh", ...command]);
    const reason = "File too large (os error 27): choose another place for it";
    assertEquals(output, { code: 1, stdout: "", stderr: `Cannot write ${path}: ${reason}\n` });
    assertEquals(namesIn(directory), []);
  }));

Deno.test("generate says in one line what is wrong with a command line and exits with 2", async () => {
  const mistakes = [
    [[], "no file named, see --help: FILE"],
    [[NOWHERE, "b"], "one file at a time: b"],
    [[NOWHERE, "--bytes", "3"], "no such flag, see --help: --bytes"],
    [[NOWHERE, "--lines", "1e3"], "--lines wants a whole number from 0 to 2^53 - 1: 1e3"],
    [[NOWHERE, "--longest"], "--longest wants a whole number from 0 to 2^53 - 1: nothing"],
    [[NOWHERE, "--terminator", "cr"], "--terminator wants lf or crlf: cr"],
    [
      [NOWHERE, "--shortest", "9", "--longest", "5"],
      "the shortest line is longer than the longest: 9 > 5",
    ],
  ] as const;
  await Promise.all(mistakes.map(async ([args, mistake]) => {
    const output = await generate(...args);
    assertEquals(output, { code: 2, stdout: "", stderr: `Wrong command line: ${mistake}\n` });
  }));
});

Deno.test("generate --help shows every flag on standard output", async () => {
  const { code, stdout, stderr } = await generate("--help");
  assertEquals([code, stderr], [0, ""]);
  for (const flag of ["lines", "shortest", "longest", "seed", "terminator", "force"]) {
    assertMatch(stdout, new RegExp(`^  --${flag} `, "m"));
  }
});
