import {
  assert,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  AssertionError,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";

/** The message of an assertion that must fail; uses none of what is tested here. */
async function failureOf(assertion: () => unknown): Promise<string> {
  try {
    await assertion();
  } catch (error) {
    if (error instanceof AssertionError) return error.message;
    throw error;
  }
  throw new Error(`This assertion did not fail: ${assertion}`);
}

/** Fails if two strings differ; uses none of what is tested here. */
function check(actual: string, expected: string): void {
  if (actual !== expected) throw new Error(`expected: ${expected}\nactual: ${actual}`);
}

class Point {
  constructor(readonly x: unknown) {}
}

const VALUES = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
});

Deno.test("assertEquals passes for a value and its copy", () => {
  fc.assert(fc.property(fc.clone(VALUES, 2), ([value, copy]) => assertEquals(value, copy)));
});

Deno.test("assertEquals passes for equal values of each kind", () => {
  const cycle = (): unknown => {
    const value: Record<string, unknown> = { list: [1] };
    value["self"] = value;
    return value;
  };
  const pairs: readonly (readonly [unknown, unknown])[] = [
    [NaN, NaN],
    [0, -0],
    [{ a: 1, b: undefined }, { b: undefined, a: 1 }],
    [Object.create(null), {}],
    [cycle(), cycle()],
    [new Set([{ a: 1 }, { b: 2 }]), new Set([{ b: 2 }, { a: 1 }])],
    [new Map([[{ a: 1 }, 2]]), new Map([[{ a: 1 }, 2]])],
    [new Point([1]), new Point([1])],
    [/a/g, /a/g],
    [new URL("http://h/"), new URL("http://h")],
    [new Date(NaN), new Date(NaN)],
  ];
  for (const [a, b] of pairs) {
    assertEquals(a, b);
    assertEquals(b, a);
  }
});

Deno.test("assertEquals fails for what differs in one detail", async () => {
  const shared = (byte: number) => new Uint8Array(new SharedArrayBuffer(2)).fill(byte).buffer;
  const withStack = <E extends Error>(error: E, stack: string) => Object.assign(error, { stack });
  const hidden = (value: number) => Object.defineProperty(new Point(1), "y", { value });
  const bytes = new Uint8Array(4).buffer;
  const pairs: readonly (readonly [unknown, unknown])[] = [
    [1, 1n],
    [null, undefined],
    [{ a: undefined }, {}],
    [[1, 2], [2, 1]],
    [new Point(1), { x: 1 }],
    [new Point(1), new Point(2)],
    [hidden(1), hidden(2)],
    [{ [Symbol.iterator]: 1 }, { [Symbol.iterator]: 2 }],
    [new Set([1]), new Set([2])],
    [new Map([[1, { a: 1 }]]), new Map([[1, { a: 2 }]])],
    [new Map([[{ a: 1 }, 1]]), new Map([[{ a: 2 }, 1]])],
    [shared(1), shared(2)],
    [new DataView(bytes, 0, 1), new DataView(bytes, 1, 1)],
    [new Uint8Array([1]), new Int8Array([1])],
    [new Float64Array([1]), new Float64Array([2])],
    [/a/g, /a/],
    [new Date(1), new Date(2)],
    [withStack(new Error("a"), ""), withStack(new Error("b"), "")],
    [withStack(new Error("a"), "1"), withStack(new Error("a"), "2")],
    [
      withStack(new AggregateError([1], "a"), ""),
      withStack(new AggregateError([2], "a"), ""),
    ],
  ];
  for (const [a, b] of pairs) {
    await failureOf(() => assertEquals(a, b));
    await failureOf(() => assertEquals(b, a));
    assertNotEquals(a, b);
  }
});

Deno.test("assertEquals shows what is around the first difference, however long the values are", async () => {
  const long = "x".repeat(10_000);
  const bytes = new Uint8Array(1_000_000);
  const other = bytes.slice();
  other[777_777] = 5;
  const inText = await failureOf(() => assertEquals(`${long}a${long}`, `${long}b${long}`, "note"));
  assertMatch(inText, /^Values are not equal: note\nFirst difference at 10000\n/);
  assertMatch(inText, /^actual .*: "x+ax+"\nexpected .*: "x+bx+"$/m);
  const inBytes = await failureOf(() => assertEquals(bytes, other));
  assertMatch(inBytes, /^Values are not equal\.\nFirst difference at 777777\n/);
  assertLess(Math.max(inText.length, inBytes.length), 5_000);
});

Deno.test("each simple assertion fails with its message, or passes", async () => {
  const list = [1];
  assert("a");
  assertNotEquals(1, 2);
  assertStrictEquals(list, list);
  assertGreater(2, 1);
  assertGreaterOrEqual(2, 2);
  assertLess(1n, 2n);
  assertLessOrEqual("a", "b");
  assertMatch("line 12", /^line \d+$/);
  assertStringIncludes("hello", "ell");
  assertInstanceOf(new TypeError("x"), Error);
  const table: readonly (readonly [() => void, string])[] = [
    [() => assert(0), ""],
    [() => assert("", "note"), "note"],
    [() => assertNotEquals([1], [1]), "Expected actual: [\n  1,\n] not to be: [\n  1,\n]."],
    [() => assertGreater(1, 1), "Expect 1 > 1"],
    [() => assertGreaterOrEqual(1, 2), "Expect 1 >= 2"],
    [() => assertLess(NaN, 2), "Expect NaN < 2"],
    [() => assertLessOrEqual("b", "a", "note"), "note"],
    [() => assertMatch("a", /b/), `Expected actual: "a" to match: "/b/".`],
    [() => assertStringIncludes("a", "b", "note"), `Expected actual: "a" to contain: "b": note`],
    [
      () => assertInstanceOf([], Point),
      `Expected object to be an instance of "Point" but was "Array".`,
    ],
  ];
  for (const [assertion, message] of table) check(await failureOf(assertion), message);
  assertMatch(
    await failureOf(() => assertStrictEquals([1], [1])),
    /^Values have the same structure but are not reference-equal\.\n/,
  );
  assertMatch(
    await failureOf(() => assertStrictEquals<unknown>(1, 2)),
    /^Values are not strictly equal\.\n/,
  );
});

Deno.test("assertThrows and assertRejects return the error if it has the class and the text", async () => {
  const error = new RangeError("one \x1b[31mtwo\x1b[0m three");
  const throwing = () => {
    throw error;
  };
  const rejecting = () => Promise.reject(error);
  assertStrictEquals(assertThrows(throwing), error);
  assertStrictEquals(assertThrows(throwing, Error, "one two"), error);
  assertStrictEquals(await assertRejects(rejecting), error);
  assertStrictEquals(await assertRejects(rejecting, RangeError, "two three"), error);
});

Deno.test("assertThrows and assertRejects fail with a message that says why", async () => {
  const cases: readonly (readonly [unknown, Parameters<typeof assertThrows>, string])[] = [
    ["text", [() => 0, Error], "A non-Error object was HOW."],
    [
      new Error("a"),
      [() => 0, TypeError, "", "note"],
      'Expected error to be instance of "TypeError", but was "Error": note',
    ],
    [new Error("a"), [() => 0, Error, "b"], 'Expected error message to include "b", but got "a".'],
  ];
  for (const [thrown, [, ...expected], message] of cases) {
    const throwing = () => {
      throw thrown;
    };
    check(
      await failureOf(() => assertThrows(throwing, ...expected)),
      message.replace("HOW", "thrown"),
    );
    check(
      await failureOf(() => assertRejects(() => Promise.reject(thrown), ...expected)),
      message.replace("HOW", "rejected"),
    );
  }
  check(await failureOf(() => assertThrows(() => 1, "note")), "Expected function to throw: note");
  check(
    await failureOf(() => assertRejects(() => Promise.resolve(1))),
    "Expected function to reject.",
  );
  check(
    await failureOf(() =>
      assertRejects(() => {
        throw new Error("too early");
      }, Error)
    ),
    "Function throws when expected to reject.",
  );
});
