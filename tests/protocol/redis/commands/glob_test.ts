import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { compileGlob } from "../../../../src/protocol/redis/commands/glob.ts";

const CASES: readonly (readonly [pattern: string, matching: string[], others: string[]])[] = [
  ["*", ["", "1"], []],
  ["", [""], ["1"]],
  ["1*", ["1", "12"], ["21", ""]],
  ["*5", ["5", "15", "55"], ["51"]],
  ["1?3", ["123"], ["13", "1223"]],
  ["[1-3]", ["1", "3"], ["4", "-"]],
  ["[3-1]", ["2"], ["4"]],
  ["[^1]", ["2"], ["1", ""]],
  ["\\*", ["*"], ["1"]],
  ["[\\]1]", ["]", "1"], ["\\"]],
  ["[12", ["1", "2"], ["["]],
];

Deno.test("compileGlob() matches by the rules of Redis", () => {
  for (const [pattern, matching, others] of CASES) {
    const matches = compileGlob(pattern);
    assertEquals(matching.filter((text) => !matches(text)), [], pattern);
    assertEquals(others.filter((text) => matches(text)), [], pattern);
  }
});

Deno.test("compileGlob() matches as a regular expression does", () => {
  const pattern = fc.array(fc.constantFrom("*", "?", "1", "2", "[1-2]", "[^1]"), { maxLength: 8 });
  const text = fc.array(fc.constantFrom("1", "2", "3"), { maxLength: 8 }).map((parts) =>
    parts.join("")
  );
  fc.assert(fc.property(pattern, text, (pattern, text) => {
    const source = pattern.map((part) => part === "*" ? ".*" : part === "?" ? "." : part).join("");
    assertEquals(compileGlob(pattern.join(""))(text), new RegExp(`^${source}$`).test(text));
  }));
});

Deno.test("compileGlob(): many stars cost no exponential time", () => {
  assert(!compileGlob("*1".repeat(1_000))("1".repeat(999)));
});

Deno.test("compileGlob(): the time for a text does not grow with the length of a set", () => {
  const pattern = `*[${"a".repeat(65_000)}]`;
  assert(!compileGlob(pattern)("1".repeat(60_000)));
});

Deno.test("compileGlob() matches a set of ranges as a comparison of characters does", () => {
  const character = fc.nat(255).map((code) => String.fromCharCode(code));
  const range = fc.tuple(character, character)
    .filter((ends) => !ends.some((end) => "\\]^-".includes(end)));
  fc.assert(
    fc.property(
      fc.array(range, { minLength: 1 }),
      fc.boolean(),
      character,
      (ranges, isNot, text) => {
        const set = `[${isNot ? "^" : ""}${ranges.map(([a, b]) => `${a}-${b}`).join("")}]`;
        const isMember = ranges.some((ends) => {
          const [first, last] = ends.toSorted();
          return first! <= text && text <= last!;
        });
        assertEquals(compileGlob(set)(text), isMember !== isNot);
      },
    ),
  );
});
