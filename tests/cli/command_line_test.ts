import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  type CommandLine,
  parseChoice,
  parseCommandLine,
  parseInteger,
} from "../../src/cli/command_line.ts";
import { UsageError } from "../../src/cli/subcommand.ts";

const SPEC = {
  command: "linesvr get",
  positionals: ["FILE", "N"],
  values: ["index", "port"],
  lists: ["against"],
  switches: ["quiet", "no-sync"],
} as const;

function parse(...args: string[]): CommandLine<"index" | "port", "quiet" | "no-sync", "against"> {
  return parseCommandLine(args, SPEC);
}

/** What `parse` returns for these positionals, if no flag is given. */
function withoutFlags(positionals: readonly string[]): ReturnType<typeof parse> {
  const switches = { quiet: false, "no-sync": false };
  return { positionals, values: {}, lists: { against: [] }, switches };
}

Deno.test("parseCommandLine sorts positionals, values, lists and switches", () => {
  const plain = withoutFlags(["a", "1"]);
  const table: readonly (readonly [string[], ReturnType<typeof parse>])[] = [
    [["a", "1"], plain],
    [["a", "--index", "b", "1"], { ...plain, values: { index: "b" } }],
    [["--index=b=c", "--port=007", "a", "1"], { ...plain, values: { index: "b=c", port: "007" } }],
    [
      ["--quiet", "a", "--no-sync", "1"],
      { ...plain, switches: { quiet: true, "no-sync": true } },
    ],
    [
      ["a", "--against", "x", "--quiet", "1", "--against=y=z"],
      {
        ...plain,
        lists: { against: ["x", "y=z"] },
        switches: { quiet: true, "no-sync": false },
      },
    ],
  ];
  for (const [args, expected] of table) assertEquals(parse(...args), expected, args.join(" "));
});

Deno.test("parseCommandLine returns what any command line was made of", () => {
  // What a flag's value may look like; "-x" would be taken for the next flag.
  const word = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.constantFrom("-3", "-5MiB", "007", "0b11", "true", "false", "-", "x=y", "NaN", " "),
  ).filter((text) => !/^-\D/.test(text) && !text.includes("\0"));
  const flag = (name: string) =>
    fc.record({ name: fc.constant(name), value: word, hasEquals: fc.boolean() });
  const commandLine = fc.record({
    positionals: fc.tuple(word, word),
    places: fc.tuple(fc.nat(8), fc.nat(8)),
    index: fc.array(flag("index"), { maxLength: 1 }),
    against: fc.array(flag("against"), { maxLength: 4 }),
    isQuiet: fc.boolean(),
  });
  fc.assert(fc.property(commandLine, ({ positionals, places, index, against, isQuiet }) => {
    const flags = [...index, ...against].map(({ name, value, hasEquals }) =>
      hasEquals ? [`--${name}=${value}`] : [`--${name}`, value]
    );
    if (isQuiet) flags.push(["--quiet"]);
    const [first, second] = places.toSorted((a, b) => a - b) as [number, number];
    const args = [
      ...flags.slice(0, first),
      positionals[0],
      ...flags.slice(first, second),
      positionals[1],
      ...flags.slice(second),
    ].flat();
    assertEquals(parse(...args), {
      positionals,
      values: index[0] === undefined ? {} : { index: index[0].value },
      lists: { against: against.map(({ value }) => value) },
      switches: { quiet: isQuiet, "no-sync": false },
    });
  }));
});

Deno.test("parseCommandLine takes an argument that looks like a number or a boolean as it is", () => {
  for (const word of ["-3", "-5MiB", "007", "0x10", "0b11", "1e3", "true", "false", "-", ""]) {
    assertEquals(parse(word, word), withoutFlags([word, word]), word);
    assertEquals(parse("--quiet", word, "--no-sync", word).positionals, [word, word], word);
    if (word === "") continue;
    assertEquals(parse("a", "--port", word, "1").values, { port: word }, word);
    assertEquals(parse("a", `--port=${word}`, "1").values, { port: word }, word);
  }
});

Deno.test("parseCommandLine takes every argument after -- as a positional", () => {
  assertEquals(parse("--", "-3", "--quiet"), withoutFlags(["-3", "--quiet"]));
  assertEquals(parse("a", "--", "--quiet=x"), withoutFlags(["a", "--quiet=x"]));
  assertEquals(parse("a", "--", "--"), withoutFlags(["a", "--"]));
});

Deno.test("parseCommandLine accepts the last positional several times if it is repeatable", () => {
  const spec = { ...SPEC, lastPositional: "repeatable" } as const;
  const args = ["a", "1", "--quiet", "-2", "-", "--", "--quiet"];
  assertEquals(parseCommandLine(args, spec).positionals, ["a", "1", "-2", "-", "--quiet"]);
  const { message } = assertThrows(() => parseCommandLine(["a"], spec), UsageError);
  assertEquals(message, 'Missing argument: N. See "linesvr get --help".');
});

Deno.test("parseCommandLine throws one line that says what is wrong and which help to read", () => {
  const table: readonly (readonly [string[], string])[] = [
    [[], "Missing argument: FILE"],
    [["a"], "Missing argument: N"],
    [["a", "1", "6"], "Unexpected argument: 6"],
    [["a", "1", "--what"], "Unknown option: --what"],
    [["a", "1", "--what=x"], "Unknown option: --what=x"],
    [["a", "1", "-q"], "Unknown option: -q"],
    [["a", "1", "-ab=c"], "Unknown option: -ab=c"],
    [["a", "1", "--no-quiet"], "Unknown option: --no-quiet"],
    [["a", "1", "--index.x", "y"], "Unknown option: --index.x"],
    [["a", "1", "--_", "y"], "Unknown option: --_"],
    [["a", "1", "-_=y"], "Unknown option: -_=y"],
    [["a", "1", "--constructor", "y"], "Unknown option: --constructor"],
    [["a", "1", "--__proto__", "y"], "Unknown option: --__proto__"],
    [["a", "1", "--index"], "--index needs a value"],
    [["a", "1", "--index="], "--index needs a value"],
    [["a", "1", "--index", ""], "--index needs a value"],
    [["a", "1", "--index", "--quiet"], "--index needs a value"],
    [["a", "1", "--against", "x", "--against="], "--against needs a value"],
    [["a", "1", "--index", "x", "--index=y"], "--index is given twice"],
    [["a", "1", "--quiet=yes"], "--quiet takes no value"],
    [["a", "1", "--quiet=false"], "--quiet takes no value"],
    [["a", "1", "--no-sync=x"], "--no-sync takes no value"],
  ];
  for (const [args, what] of table) {
    const { message } = assertThrows(() => parse(...args), UsageError);
    assertEquals(message, `${what}. See "linesvr get --help".`);
  }
});

Deno.test("parseInteger accepts only digits, and only from min to max", () => {
  for (const [text, value] of [["0", 0], ["65535", 65_535], ["007", 7]] as const) {
    assertEquals(parseInteger(text, "--port", 0, 65_535), value);
  }
  for (const text of ["abc", "", "-1", "+1", "1.0", "1e3", "0x1", " 1", "65536", "9".repeat(400)]) {
    const { message } = assertThrows(() => parseInteger(text, "--port", 0, 65_535), UsageError);
    assertEquals(message, `--port must be an integer from 0 to 65,535, not ${text}.`);
  }
  assertThrows(() => parseInteger("0", "--workers", 1, 5), UsageError);
});

Deno.test("parseChoice accepts only one of its words, and lists them otherwise", () => {
  assertEquals(parseChoice("crlf", "--eol", ["lf", "crlf"]), "crlf");
  for (const text of ["cr", "LF", "", "lf ", "0"]) {
    const { message } = assertThrows(
      () => parseChoice(text, "--eol", ["lf", "crlf"]),
      UsageError,
    );
    assertEquals(message, `--eol must be lf or crlf, not ${text}.`);
  }
  assertThrows(
    () => parseChoice("me", "--shutdown", ["loopback", "any", "off"]),
    UsageError,
    "--shutdown must be loopback, any or off, not me.",
  );
});
