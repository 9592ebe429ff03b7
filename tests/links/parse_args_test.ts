import { assertEquals } from "@std/assert";
import { parseArgs, type ParseOptions } from "@std/cli/parse-args";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;

/** Compiles only if both types are the same. */
function assertSameType<A, B>(_same: Same<A, B>): void {}

interface Example {
  args: string[];
  options?: ParseOptions;
  result: Record<string, unknown>;
}

function testAll(name: string, examples: Example[]): void {
  Deno.test(`parseArgs ${name}`, () => {
    for (const { args, options, result } of examples) {
      const parsed: Record<string, unknown> = parseArgs(args, options);
      assertEquals(parsed, result, Deno.inspect({ args, options }));
    }
  });
}

testAll("takes the argument after a flag as its value", [
  { args: ["--host", "here", "--port", "55"], result: { host: "here", port: 55, _: [] } },
  { args: ["-h", "here", "-p", "55"], result: { h: "here", p: 55, _: [] } },
  { args: ["--host", ""], options: { string: "host" }, result: { host: "", _: [] } },
  { args: ["-s", "X\nX"], result: { s: "X\nX", _: [] } },
  { args: ["-n", "-"], result: { n: "-", _: [] } },
]);

testAll("takes what stands after an equals sign as the value", [
  { args: ["--host=here", "--port=55"], result: { host: "here", port: 55, _: [] } },
  { args: ["--url=a=b"], result: { url: "a=b", _: [] } },
  { args: ["--foo=---=\\\n--+34-=/="], result: { foo: "---=\\\n--+34-=/=", _: [] } },
  { args: ["-b=123", "-f=abc=def", "-e=="], result: { b: 123, f: "abc=def", e: "=", _: [] } },
  { args: ["--foo=", "bar"], result: { foo: "", _: ["bar"] } },
  { args: ["-f="], result: { f: "", _: [] } },
  { args: ["-abc="], result: { a: true, b: true, c: "", _: [] } },
]);

testAll("reads letters after one dash as flags", [
  { args: ["-cats"], result: { c: true, a: true, t: true, s: true, _: [] } },
  { args: ["-cats", "meow"], result: { c: true, a: true, t: true, s: "meow", _: [] } },
  { args: ["-fp", "555", "x.js"], result: { f: true, p: 555, _: ["x.js"] } },
  {
    args: ["-art"],
    options: { string: ["a", "t"] },
    result: { a: "", r: true, t: "", _: [] },
  },
]);

testAll("takes a number or a path joined to a letter as its value", [
  { args: ["-n5"], result: { n: 5, _: [] } },
  { args: ["-n-5.5"], result: { n: -5.5, _: [] } },
  { args: ["-n5"], options: { string: "n" }, result: { n: "5", _: [] } },
  { args: ["-I/foo/bar"], result: { I: "/foo/bar", _: [] } },
  { args: ["-xyz/foo"], result: { x: true, y: true, z: "/foo", _: [] } },
  { args: ["-f-"], result: { f: "-", _: [] } },
]);

testAll("makes numbers of what looks like numbers", [
  {
    args: ["-x", "1234", "-y", "5.67", "-z", "1e7", "-w", "10f", "--hex", "0xdeadbeef", "789"],
    result: { x: 1234, y: 5.67, z: 1e7, w: "10f", hex: 0xdeadbeef, _: [789] },
  },
  { args: ["5", ".5", "+5", "5.", "1e-3"], result: { _: [5, .5, 5, 5, 1e-3] } },
  { args: ["", " ", "-", "\t", "five"], result: { _: ["", " ", "-", "\t", "five"] } },
  { args: ["5"], options: { string: "_" }, result: { _: ["5"] } },
  { args: ["-s", "0001"], options: { string: "s" }, result: { s: "0001", _: [] } },
]);

testAll("reads a negative number as flags unless an equals sign joins it to one", [
  { args: ["-3"], result: { "3": true, _: [] } },
  { args: ["-123", "456"], result: { "1": true, "2": true, "3": 456, _: [] } },
  { args: ["--n", "-3"], result: { n: true, "3": true, _: [] } },
  { args: ["--n=-3"], result: { n: -3, _: [] } },
  { args: ["--", "-3"], result: { _: ["-3"] } },
]);

testAll("gives the empty string for a string flag without value", [
  { args: ["--str"], options: { string: "str" }, result: { str: "", _: [] } },
  { args: ["-s"], options: { string: "s" }, result: { s: "", _: [] } },
  {
    args: ["--str", "--other"],
    options: { string: "str" },
    result: { str: "", other: true, _: [] },
  },
]);

testAll("gives no value to a string flag that is absent", [
  { args: [], options: { string: "str" }, result: { _: [] } },
]);

testAll("gives a boolean flag no value but true and false", [
  { args: ["--v", "x"], options: { boolean: "v" }, result: { v: true, _: ["x"] } },
  { args: ["-b", "-"], options: { boolean: "b" }, result: { b: true, _: ["-"] } },
  { args: ["--v", "false", "x"], options: { boolean: ["v"] }, result: { v: false, _: ["x"] } },
  { args: ["-v", "true"], options: { boolean: ["v"] }, result: { v: true, _: [] } },
  { args: ["-v", "true1"], options: { boolean: ["v"] }, result: { v: true, _: ["true1"] } },
  { args: ["--v=false"], options: { boolean: ["v"] }, result: { v: false, _: [] } },
  { args: ["--v=true"], options: { boolean: ["v"] }, result: { v: true, _: [] } },
]);

testAll("sets a boolean flag that is absent to its default or to false", [
  { args: [], options: { boolean: ["v"] }, result: { v: false, _: [] } },
  { args: [], options: { boolean: ["v"], default: { v: true } }, result: { v: true, _: [] } },
  { args: [], options: { boolean: ["v"], default: { v: null } }, result: { v: null, _: [] } },
  { args: ["--v"], options: { boolean: ["v"], default: { v: null } }, result: { v: true, _: [] } },
]);

testAll("leaves true and false as text where the flag is not boolean", [
  { args: ["--other=true"], result: { other: "true", _: [] } },
  { args: ["--other", "false"], result: { other: "false", _: [] } },
]);

testAll("negates only flags that are negatable", [
  { args: ["--no-moo"], result: { "no-moo": true, _: [] } },
  {
    args: ["--no-moo", "x"],
    options: { boolean: "moo", negatable: "moo" },
    result: { moo: false, _: ["x"] },
  },
  {
    args: ["--no-moo", "--moo"],
    options: { boolean: "moo", negatable: "moo" },
    result: { moo: true, _: [] },
  },
  {
    args: ["--foo", "1", "-f", "2", "--no-foo"],
    options: { string: "foo", collect: "foo", negatable: "foo", alias: { foo: "f" } },
    result: { foo: false, f: false, _: [] },
  },
]);

testAll("ends the flags at a double dash and leaves the rest as it is", [
  { args: ["-a", "--", "b", "--c", "5"], result: { a: true, _: ["b", "--c", "5"] } },
  { args: ["--a", "--", "b"], result: { a: true, _: ["b"] } },
  {
    args: ["--a", "1", "x", "--", "y", "--"],
    options: { "--": true },
    result: { a: 1, _: ["x"], "--": ["y", "--"] },
  },
  { args: ["x"], options: { "--": true }, result: { _: ["x"], "--": [] } },
]);

testAll("reads no flag after the first positional with stopEarly", [
  {
    args: ["--a", "b", "c", "--d", "5"],
    options: { stopEarly: true },
    result: { a: "b", _: ["c", "--d", "5"] },
  },
]);

testAll("gives a value to all names of a flag", [
  {
    args: ["-h"],
    options: { boolean: "herp", alias: { h: "herp" } },
    result: { h: true, herp: true, _: [] },
  },
  {
    args: ["--harp", "x"],
    options: { boolean: "h", alias: { h: ["herp", "harp"] } },
    result: { h: true, herp: true, harp: true, _: ["x"] },
  },
  {
    args: ["-s", "01"],
    options: { string: "str", alias: { str: "s" } },
    result: { s: "01", str: "01", _: [] },
  },
  {
    args: [],
    options: { default: { s: 1 }, alias: { s: "str" } },
    result: { s: 1, str: 1, _: [] },
  },
]);

testAll("keeps the last value of a flag unless it is collected", [
  { args: ["-v", "a", "-v", "b"], result: { v: "b", _: [] } },
  { args: ["-v", "a", "-v", "b"], options: { collect: "v" }, result: { v: ["a", "b"], _: [] } },
  { args: ["--b", "--b"], options: { collect: "b" }, result: { b: [true, true], _: [] } },
  {
    args: ["--header", "x", "-H", "y"],
    options: { collect: "header", alias: { H: "header" } },
    result: { header: ["x", "y"], H: ["x", "y"], _: [] },
  },
  { args: [], options: { string: "v", collect: "v" }, result: { v: [], _: [] } },
  { args: [], options: { collect: "v", default: { v: ["a"] } }, result: { v: ["a"], _: [] } },
]);

testAll("nests flags with dots in their names", [
  {
    args: ["--foo.bar", "3", "--foo.q.oO", "--beep.boop"],
    result: { foo: { bar: 3, q: { oO: true } }, beep: { boop: true }, _: [] },
  },
  {
    args: [],
    options: { default: { "a.b": 11 }, alias: { "a.b": "aa.bb" } },
    result: { a: { b: 11 }, aa: { bb: 11 }, _: [] },
  },
]);

testAll("takes names of built-in properties as names like any other", [
  { args: ["--toString", "--valueOf", "x"], result: { toString: true, valueOf: "x", _: [] } },
]);

Deno.test("parseArgs leaves prototypes alone", () => {
  parseArgs(["--__proto__.polluted", "yes", "--constructor.prototype.polluted", "yes"]);
  assertEquals(Object.hasOwn(Object.prototype, "polluted"), false);
});

Deno.test("parseArgs shows undeclared arguments to unknown and drops those it refuses", () => {
  const seen: unknown[] = [];
  const unknown = (arg: string, key?: string, value?: unknown) => {
    seen.push([arg, key, value]);
    return arg === "keep";
  };
  const args = ["-h", "x", "--derp", "55", "--eq=1", "-d", "keep", "drop", "--bad", "--", "rest"];
  const parsed = parseArgs(args, { string: "host", boolean: "d", alias: { host: "h" }, unknown });
  assertEquals(seen, [
    ["--derp", "derp", "55"],
    ["--eq=1", "eq", "1"],
    ["keep", undefined, undefined],
    ["drop", undefined, undefined],
    ["--bad", "bad", true],
  ]);
  assertEquals<unknown>(parsed, { h: "x", host: "x", d: true, _: ["keep", "rest"] });
});

Deno.test("parseArgs keeps an undeclared argument that unknown does not refuse with false", () => {
  const parsed = parseArgs(["--a", "b"], { unknown: () => undefined });
  assertEquals<unknown>(parsed, { a: "b", _: [] });
});

Deno.test("parseArgs types the flags as they are declared", () => {
  const args = parseArgs([], {
    string: ["port", "host", "tag", "log"],
    boolean: ["force"],
    collect: ["tag"],
    negatable: ["log"],
    default: { host: "127.0.0.1" },
    alias: { force: "f", port: ["p"] },
    "--": true,
  });
  assertSameType<typeof args.port, string | undefined>(true);
  assertSameType<typeof args.p, string | undefined>(true);
  assertSameType<typeof args.host, string>(true);
  assertSameType<typeof args.tag, string[]>(true);
  assertSameType<typeof args.log, string | false | undefined>(true);
  assertSameType<typeof args.force, boolean>(true);
  assertSameType<typeof args.f, boolean>(true);
  assertSameType<typeof args._, (string | number)[]>(true);
  assertSameType<typeof args["--"], string[]>(true);
  assertEquals(args.host, "127.0.0.1");
});
