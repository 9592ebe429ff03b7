import { assertEquals, assertThrows } from "@std/assert";
import {
  type CommandLine,
  parseChoice,
  parseCommandLine,
  parseInteger,
} from "../../src/cli/command_line.ts";
import { UsageError } from "../../src/cli/usage_error.ts";

const SPEC = {
  command: "get",
  positionals: ["FILE", "N"],
  values: ["index", "port"],
  switches: ["quiet", "force"],
} as const;

function parse(...args: string[]): CommandLine<"index" | "port", "quiet" | "force"> {
  return parseCommandLine(args, SPEC);
}

const NO_SWITCH = { quiet: false, force: false };

Deno.test("parseCommandLine sorts words, values and switches", () => {
  const words: readonly (readonly [string[], CommandLine<string, string>])[] = [
    [["a", "1"], { positionals: ["a", "1"], lists: {}, values: {}, switches: NO_SWITCH }],
    [
      ["a", "--index", "b", "1", "--quiet"],
      {
        positionals: ["a", "1"],
        lists: {},
        values: { index: "b" },
        switches: { quiet: true, force: false },
      },
    ],
    [
      ["--index=b", "--port=007", "a", "1"],
      {
        positionals: ["a", "1"],
        lists: {},
        values: { index: "b", port: "007" },
        switches: NO_SWITCH,
      },
    ],
    [
      ["--quiet", "a", "--force", "1"],
      { positionals: ["a", "1"], lists: {}, values: {}, switches: { quiet: true, force: true } },
    ],
    [["007", "0x10"], { positionals: ["007", "0x10"], lists: {}, values: {}, switches: NO_SWITCH }],
    [["", "1"], { positionals: ["", "1"], lists: {}, values: {}, switches: NO_SWITCH }],
    [["a", "--", "--quiet"], {
      positionals: ["a", "--quiet"],
      lists: {},
      values: {},
      switches: NO_SWITCH,
    }],
    [["a", "--index", "b=c", "1"], {
      positionals: ["a", "1"],
      lists: {},
      values: { index: "b=c" },
      switches: NO_SWITCH,
    }],
  ];
  for (const [args, expected] of words) assertEquals(parse(...args), expected, args.join(" "));
});

Deno.test("parseCommandLine takes a negative number as a word, not as a flag", () => {
  assertEquals(parse("a", "-3").positionals, ["a", "-3"]);
  assertEquals(parse("--index", "b", "a", "-3").positionals, ["a", "-3"]);
  assertEquals(parse("a", "--", "-3").positionals, ["a", "-3"]);
  assertEquals(parse("-5", "-3").positionals, ["-5", "-3"]);
  assertEquals(parse("--", "-3", "5").positionals, ["-3", "5"]);
  assertEquals(parse("--", "--quiet=x", "5").positionals, ["--quiet=x", "5"]);
  assertEquals(parse("a", "--index=b", "x").positionals, ["a", "x"]);
});

Deno.test("parseCommandLine takes a negative number behind a switch as a word", () => {
  assertEquals(parse("a", "--quiet", "-3").positionals, ["a", "-3"]);
  assertEquals(parse("a", "--index=b", "-3").positionals, ["a", "-3"]);
});

Deno.test("parseCommandLine says what is wrong, and where to read more", () => {
  const wrong: readonly (readonly [string[], string])[] = [
    [[], "Missing: FILE"],
    [["a"], "Missing: N"],
    [["a", "1", "b"], "One word too many: b"],
    [["a", "1", "--what"], "Unknown flag: --what"],
    [["a", "1", "--what=x"], "Unknown flag: --what"],
    [["a", "1", "-q"], "Unknown flag: -q"],
    [["a", "1", "--no-quiet"], "Unknown flag: --no-quiet"],
    [["a", "1", "--index.x", "y"], "Unknown flag: --index.x"],
    [["a", "1", "--constructor", "y"], "Unknown flag: --constructor"],
    [["a", "1", "--__proto__", "y"], "Unknown flag: --__proto__"],
    [["a", "1", "--index"], "Missing value: --index"],
    [["a", "1", "--index="], "Missing value: --index"],
    [["a", "1", "--index", "--quiet"], "Missing value: --index"],
    [["a", "1", "--index", "x", "--index=y"], "Given twice: --index"],
    [["a", "1", "--quiet=yes"], "Takes no value: --quiet"],
    [["a", "1", "--quiet=false"], "Takes no value: --quiet"],
  ];
  for (const [args, what] of wrong) {
    const error = assertThrows(() => parse(...args), UsageError, what, args.join(" "));
    assertEquals(error.message.split(`: see "linesvr get --help"`).length, 2, error.message);
    assertEquals(error.message.includes("\n"), false);
  }
});

Deno.test("parseInteger takes integers between its bounds only", () => {
  for (const [text, value] of [["0", 0], ["65535", 65_535], ["007", 7]] as const) {
    assertEquals(parseInteger(text, "--port", 0, 65_535), value);
  }
  for (const text of ["abc", "", "-1", "+1", "1.0", "1e3", "0x1", " 1", "65536", "9".repeat(400)]) {
    assertThrows(
      () => parseInteger(text, "--port", 0, 65_535),
      UsageError,
      `Not an integer of 0 to 65535 for --port: ${text}`,
    );
  }
  assertThrows(() => parseInteger("0", "--max-connections", 1, 5), UsageError);
});

Deno.test("parseChoice takes one of its words only, and names them", () => {
  assertEquals(parseChoice("crlf", "--eol", ["lf", "crlf"]), "crlf");
  for (const text of ["cr", "LF", "", "lf ", "0"]) {
    assertThrows(
      () => parseChoice(text, "--eol", ["lf", "crlf"]),
      UsageError,
      `Not a choice for --eol: ${text}: take one of lf, crlf`,
    );
  }
});

Deno.test("parseCommandLine gathers what may be given several times, in order", () => {
  const spec = {
    command: "load",
    positionals: [],
    values: ["file"],
    lists: ["against"],
    switches: [],
  } as const;
  const listsOf = (...args: string[]) => parseCommandLine(args, spec).lists;
  assertEquals(listsOf(), { against: [] });
  assertEquals(listsOf("--against", "a=b", "--file", "x", "--against=c"), {
    against: ["a=b", "c"],
  });
  assertEquals(listsOf("--against", "-3"), { against: ["-3"] });
  assertEquals(listsOf("--against", "-5MiB"), { against: ["-5MiB"] });
  assertThrows(() => listsOf("--against"), UsageError, "Missing value: --against");
  assertThrows(
    () => listsOf("--against", "a", "--against="),
    UsageError,
    "Missing value: --against",
  );
});
