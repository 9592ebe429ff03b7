import { assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import fc from "fast-check";

Deno.test("parseArgs without options guesses what each argument means, as the registry's does", () => {
  const table: readonly (readonly [string[], Record<string, unknown>])[] = [
    [["a", "0b11", "-", "1e3", " ", "007"], { _: ["a", 3, "-", 1000, " ", 7] }],
    [["--port", "80", "--host=h", "--quiet"], { _: [], port: 80, host: "h", quiet: true }],
    [["--port", "-1"], { _: [], port: true, 1: true }],
    [["--host", "", "a"], { _: ["", "a"], host: true }],
    [["--quiet", "false", "--color", "true"], { _: [], quiet: "false", color: "true" }],
    [["--no-color", "--no-port=5"], { _: [], "no-color": true, port: 5 }],
    [["-n5", "-x=y", "-ab=c"], { _: [], n: 5, x: "y", a: "c" }],
    [["-abc", "x", "-35"], { _: [], a: true, b: true, c: "x", 3: true, 5: true }],
    [["-I/usr", "-f-"], { _: [], I: "/usr", f: "-" }],
    [["--a.b", "5", "--a.c=x"], { _: [], a: { b: 5, c: "x" } }],
    [["--__proto__", "x", "--constructor=y"], { _: [] }],
    [["-a", "--", "-b", "--", "7"], { _: ["-b", "--", "7"], a: true }],
    [["--port", "1", "--port", "2"], { _: [], port: 2 }],
  ];
  for (const [args, expected] of table) assertEquals(parseArgs(args), expected, args.join(" "));
});

Deno.test("parseArgs converts and collects values as its options say", () => {
  const options = {
    string: ["_", "port", "file"],
    collect: ["file", "level"],
    boolean: ["quiet", "final"],
    negatable: ["final"],
    default: { final: true, port: "80" },
  } as const;
  const plain = { _: [], file: [], port: "80", quiet: false, final: true };
  const table: readonly (readonly [string[], Record<string, unknown>])[] = [
    [[], plain],
    [["007", "x"], { ...plain, _: ["007", "x"] }],
    [["--port", "0b11"], { ...plain, port: "0b11" }],
    [["--port"], { ...plain, port: "" }],
    [["--file=a", "--file", "1"], { ...plain, file: ["a", "1"] }],
    [["--level=a", "--level", "1"], { ...plain, level: ["a", 1] }],
    [["--quiet", "x"], { ...plain, _: ["x"], quiet: true }],
    [["--quiet", "false", "--no-final"], { ...plain, final: false }],
    [["--quiet=no", "--final=false"], { ...plain, quiet: true, final: false }],
  ];
  for (const [args, expected] of table) {
    assertEquals(parseArgs<string, string, string>(args, options), expected, args.join(" "));
  }
});

Deno.test("parseArgs drops what unknown() returns false for", () => {
  const calls: unknown[][] = [];
  const unknown = (...call: unknown[]) => {
    calls.push(call);
    return call[0] === "b";
  };
  const args = ["a", "b", "--known", "x", "--other", "5", "-c"];
  assertEquals(parseArgs(args, { string: ["known"], unknown }), { _: ["b"], known: "x" });
  assertEquals(calls, [["a"], ["b"], ["--other", "other", "5"], ["-c", "c", true]]);
});

Deno.test("parseArgs returns the flags and positionals a command line was made of", () => {
  const value = fc.string({ minLength: 1 }).filter((text) => !text.startsWith("-"));
  fc.assert(
    fc.property(
      fc.array(value),
      fc.array(value),
      fc.array(fc.string()),
      fc.boolean(),
      (positionals, files, rest, quiet) => {
        const flags = files.flatMap((file, i) => i % 2 ? [`--file=${file}`] : ["--file", file]);
        const args = [...positionals, ...flags, ...quiet ? ["--quiet"] : [], "--", ...rest];
        const parsed = parseArgs(args, {
          string: ["_", "file"],
          collect: ["file"],
          boolean: ["quiet"],
        });
        assertEquals(parsed, { _: [...positionals, ...rest], file: files, quiet });
      },
    ),
  );
});
