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
  equal,
  fail,
  unreachable,
} from "@std/assert";

/** Runs an assertion that must fail and gives its message. Uses nothing of what is tested here. */
function failureOf(assertion: () => void): string {
  try {
    assertion();
  } catch (error) {
    if (error instanceof AssertionError) return error.message;
    throw error;
  }
  throw new Error("the assertion held");
}

async function rejectionOf(assertion: () => Promise<unknown>): Promise<string> {
  try {
    await assertion();
  } catch (error) {
    if (error instanceof AssertionError) return error.message;
    throw error;
  }
  throw new Error("the assertion held");
}

function check(actual: string, expected: string): void {
  if (actual !== expected) throw new Error(`expected ${expected}: ${actual}`);
}

class Point {
  constructor(readonly x: number) {}
}

class OtherPoint {
  constructor(readonly x: number) {}
}

class Secret {
  readonly #value: number;
  constructor(value: number) {
    this.#value = value;
  }
  get value(): number {
    return this.#value;
  }
}

const symbol = Symbol("s");
const circular = (name: string) => {
  const object: Record<string, unknown> = { name };
  object["self"] = object;
  return object;
};
const numbers = Array.from({ length: 10_000 }, (_, index) => index);

const EQUAL: Record<string, [unknown, unknown]> = {
  "strings": ["a", "a"],
  "NaN": [NaN, NaN],
  "0 and -0": [0, -0],
  "big integers": [5n, 5n],
  "a symbol": [symbol, symbol],
  "arrays": [[1, [2, "3"]], [1, [2, "3"]]],
  "objects in another order": [{ a: 1, b: { c: 2 } }, { b: { c: 2 }, a: 1 }],
  "undefined properties": [{ a: undefined }, { a: undefined }],
  "symbol properties": [{ [symbol]: 1 }, { [symbol]: 1 }],
  "no prototype and a plain one": [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  "a property called constructor": [{ constructor: { x: 1 } }, { constructor: { x: 1 } }],
  "instances of a class": [new Point(1), new Point(1)],
  "accessors of a class": [new Secret(1), new Secret(1)],
  "dates": [new Date(5), new Date(5)],
  "invalid dates": [new Date(NaN), new Date(NaN)],
  "regular expressions": [/a/g, /a/g],
  "URLs": [new URL("http://a.test/b"), new URL("http://a.test/b")],
  "errors": [new TypeError("a", { cause: 1 }), new TypeError("a", { cause: 1 })],
  "maps in another order": [new Map([[1, [2]], [3, [4]]]), new Map([[3, [4]], [1, [2]]])],
  "maps with objects as keys": [
    new Map([[{ b: 2 }, 2], [{ a: 1 }, 1]]),
    new Map([[{ a: 1 }, 1], [{ b: 2 }, 2]]),
  ],
  "sets in another order": [new Set([1, new Set([2, 3])]), new Set([new Set([3, 2]), 1])],
  "large sets": [new Set(numbers), new Set(numbers.toReversed())],
  "bytes": [new Uint8Array([1, 2]), new Uint8Array([0, 1, 2]).subarray(1)],
  "floats": [new Float64Array([NaN, 0]), new Float64Array([NaN, -0])],
  "array buffers": [new Uint8Array([1]).buffer, new Uint8Array([1]).buffer],
  "cycles": [circular("a"), circular("a")],
};

const UNEQUAL: Record<string, [unknown, unknown]> = {
  "strings": ["a", "b"],
  "types": [1, "1"],
  "number and big integer": [1, 1n],
  "null and undefined": [null, undefined],
  "null and an object": [null, {}],
  "symbols": [Symbol("s"), Symbol("s")],
  "functions": [() => 1, () => 1],
  "arrays": [[1, 2], [2, 1]],
  "arrays of other length": [[1, 2], [1, 2, 3]],
  "an array and an object": [[], {}],
  "an array and a longer empty one": [[], new Array(1)],
  "nested values": [{ a: [{ b: 1 }] }, { a: [{ b: 2 }] }],
  "undefined and absent properties": [{ a: undefined }, {}],
  "undefined properties of other names": [{ a: undefined }, { b: undefined }],
  "symbol properties": [{ [symbol]: 1 }, { [symbol]: 2 }],
  "instances of two classes": [new Point(1), new OtherPoint(1)],
  "an instance and an object": [new Point(1), { x: 1 }],
  "accessors of a class": [new Secret(1), new Secret(2)],
  "dates": [new Date(5), new Date(6)],
  "a date and an invalid one": [new Date(5), new Date(NaN)],
  "regular expressions": [/a/g, /a/i],
  "URLs": [new URL("http://a.test/b"), new URL("http://a.test/c")],
  "messages of errors": [new Error("a"), new Error("b")],
  "classes of errors": [new Error("a"), new TypeError("a")],
  "causes of errors": [new Error("a", { cause: 1 }), new Error("a", { cause: 2 })],
  "values of maps": [new Map([[1, 2]]), new Map([[1, 3]])],
  "keys of maps": [new Map([[{ a: 1 }, 1]]), new Map([[{ a: 2 }, 1]])],
  "primitive keys of maps": [new Map([[1, undefined]]), new Map([[2, undefined]])],
  "sizes of sets": [new Set([1]), new Set([1, 2])],
  "sets whose members pair up once": [
    new Set([{ a: 1 }, { a: 1 }, { a: 2 }]),
    new Set([{ a: 1 }, { a: 2 }, { a: 2 }]),
  ],
  "large sets": [new Set(numbers), new Set(numbers.with(-1, -1))],
  "bytes": [new Uint8Array([1, 2]), new Uint8Array([1, 3])],
  "numbers of bytes": [new Uint8Array([0]), new Uint8Array([0, 0])],
  "types of typed arrays": [new Uint8Array([1]), new Int8Array([1])],
  "floats": [new Float32Array([1]), new Float32Array([2])],
  "array buffers": [new Uint8Array([1]).buffer, new Uint8Array([2]).buffer],
  "cycles": [circular("a"), circular("b")],
};

for (const [name, [a, b]] of Object.entries(EQUAL)) {
  Deno.test(`assertEquals takes as equal: ${name}`, () => {
    assertEquals(a, b);
    assertEquals(b, a);
    failureOf(() => assertNotEquals(a, b));
  });
}

for (const [name, [a, b]] of Object.entries(UNEQUAL)) {
  Deno.test(`assertEquals takes as unequal: ${name}`, () => {
    failureOf(() => assertEquals(a, b));
    failureOf(() => assertEquals(b, a));
    assertNotEquals(a, b);
  });
}

Deno.test("equal gives the answer instead of throwing", () => {
  assertStrictEquals(equal([1], [1]), true);
  assertStrictEquals(equal([1], [2]), false);
});

Deno.test("equal refuses to compare weak collections", () => {
  assertThrows(() => equal(new WeakMap(), new WeakMap()), TypeError);
  assertThrows(() => equal(new WeakSet(), new WeakSet()), TypeError);
  assertStrictEquals(equal(new WeakMap(), new WeakSet()), false);
});

Deno.test("equal compares what weak references refer to", () => {
  const [one, same, other] = [{ a: 1 }, { a: 1 }, { a: 2 }];
  assertStrictEquals(equal(new WeakRef(one), new WeakRef(same)), true);
  assertStrictEquals(equal(new WeakRef(one), new WeakRef(other)), false);
});

Deno.test("equal ends on cycles that are shaped differently", () => {
  const a: Record<string, unknown> = {};
  a["x"] = a;
  const b: Record<string, unknown> = {};
  b["x"] = { x: b };
  assertStrictEquals(equal(a, b), true);
});

Deno.test("assertEquals says what there is and what there should be", () => {
  check(
    failureOf(() => assertEquals<unknown>(1, "1")),
    `Values are not equal.\n\nactual:   1\nexpected: "1"`,
  );
  check(
    failureOf(() => assertEquals(1, 2, "of the page")),
    "Values are not equal: of the page\n\nactual:   1\nexpected: 2",
  );
});

Deno.test("assertEquals shows a long text around the first difference, and no more", () => {
  const long = "x".repeat(1_000_000);
  const message = failureOf(() => assertEquals(`${long}1${long}`, `${long}2${long}`));
  assertLess(message.length, 5_000);
  assertStringIncludes(message, "xx1xx");
  assertStringIncludes(message, "xx2xx");
});

Deno.test("assertEquals shows the first index at which megabytes differ, and no more", () => {
  const actual = new Uint8Array(4_000_000);
  const expected = actual.slice();
  assertEquals(actual, expected);
  expected[3_000_000] = 7;
  const message = failureOf(() => assertEquals(actual, expected));
  assertLess(message.length, 500);
  assertStringIncludes(message, "first difference at index 3000000");
  assertStringIncludes(message, "Uint8Array(4000000) [… 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0");
});

Deno.test("assertEquals shows where the shorter of two typed arrays ends", () => {
  const message = failureOf(() => assertEquals(new Uint8Array([1, 2]), new Uint8Array([1, 2, 3])));
  assertStringIncludes(message, "first difference at index 2");
  assertStringIncludes(message, "actual:   Uint8Array(2) [1, 2]");
  assertStringIncludes(message, "expected: Uint8Array(3) [1, 2, 3]");
});

Deno.test("assertNotEquals says what should not be", () => {
  check(failureOf(() => assertNotEquals("a", "a")), `Expected actual: "a" not to be: "a".`);
  check(failureOf(() => assertNotEquals(1, 1, "id")), "Expected actual: 1 not to be: 1: id");
});

Deno.test("assertStrictEquals compares as Object.is does", () => {
  const list = [1];
  assertStrictEquals(list, list);
  assertStrictEquals(NaN, NaN);
  failureOf(() => assertStrictEquals(0, -0));
  assertStringIncludes(
    failureOf(() => assertStrictEquals([1], [2])),
    "Values are not strictly equal.",
  );
  assertStringIncludes(
    failureOf(() => assertStrictEquals([1], [1], "lists")),
    "Values have the same structure but are not reference-equal: lists",
  );
});

Deno.test("assert takes what is truthy", () => {
  assert("a");
  check(failureOf(() => assert(0)), "");
  check(failureOf(() => assert("", "no text")), "no text");
});

Deno.test("assertGreater and its like compare numbers and big integers", () => {
  assertGreater(2, 1);
  assertGreaterOrEqual(2n, 2n);
  assertLess(1, 2);
  assertLessOrEqual(2, 2);
  check(failureOf(() => assertGreater(1, 1)), "Expect 1 > 1.");
  check(failureOf(() => assertGreaterOrEqual(1, 2)), "Expect 1 >= 2.");
  check(failureOf(() => assertLess(1, 1)), "Expect 1 < 1.");
  check(failureOf(() => assertLessOrEqual(2, 1, "ms")), "Expect 2 <= 1: ms");
});

Deno.test("assertGreater and its like fail on NaN", () => {
  failureOf(() => assertGreater(NaN, 1));
  failureOf(() => assertGreaterOrEqual(NaN, 1));
  failureOf(() => assertLess(NaN, 1));
  failureOf(() => assertLessOrEqual(NaN, 1));
});

Deno.test("assertStringIncludes and assertMatch show text and pattern", () => {
  assertStringIncludes("hello", "ell");
  assertMatch("hello", /^h/);
  check(
    failureOf(() => assertStringIncludes("hello", "x")),
    `Expected actual: "hello" to contain: "x".`,
  );
  check(
    failureOf(() => assertMatch("hello", /x/, "reply")),
    `Expected actual: "hello" to match: "/x/": reply`,
  );
});

Deno.test("assertInstanceOf says what the value is instead", () => {
  const start = `Expected object to be an instance of "RegExp"`;
  assertInstanceOf(new TypeError("x"), Error);
  check(failureOf(() => assertInstanceOf(new Date(), RegExp)), `${start} but was "Date".`);
  check(failureOf(() => assertInstanceOf(5, RegExp)), `${start} but was "number".`);
  check(failureOf(() => assertInstanceOf(null, RegExp)), `${start} but was "null".`);
  check(
    failureOf(() => assertInstanceOf(Object.create(null), RegExp)),
    `${start} but was "Object".`,
  );
  check(
    failureOf(() => assertInstanceOf(RegExp, RegExp)),
    `${start} but was not an instanced object.`,
  );
});

Deno.test("assertInstanceOf narrows the type", () => {
  const point: unknown = new Point(1);
  assertInstanceOf(point, Point);
  assertEquals(point.x, 1);
});

Deno.test("assertThrows returns what was thrown", () => {
  const error = new RangeError("too far");
  const throwIt = () => {
    throw error;
  };
  assertStrictEquals(assertThrows(throwIt), error);
  const typed: RangeError = assertThrows(throwIt, RangeError, "far");
  assertStrictEquals(typed, error);
  assertThrows(throwIt, Error);
  assertStrictEquals(
    assertThrows(() => {
      throw null;
    }),
    null,
  );
});

Deno.test("assertThrows fails on nothing, another class, another message, no error", () => {
  const throwIt = () => {
    throw new RangeError("too far");
  };
  const throwText = () => {
    throw "text";
  };
  check(failureOf(() => assertThrows(() => 1)), "Expected function to throw.");
  check(failureOf(() => assertThrows(() => 1, "at once")), "Expected function to throw: at once");
  check(
    failureOf(() => assertThrows(throwIt, TypeError)),
    `Expected error to be instance of "TypeError", but was "RangeError".`,
  );
  check(
    failureOf(() => assertThrows(throwIt, RangeError, `"near"`)),
    `Expected error message to include "\\"near\\"", but got "too far".`,
  );
  check(failureOf(() => assertThrows(throwText, Error)), "A non-Error object was thrown.");
});

Deno.test("assertRejects resolves with the reason", async () => {
  const error = new RangeError("too far");
  assertStrictEquals(await assertRejects(() => Promise.reject(error)), error);
  assertStrictEquals(await assertRejects(() => Promise.reject(error), RangeError, "far"), error);
  assertStrictEquals(await assertRejects(() => Promise.reject(undefined)), undefined);
});

Deno.test("assertRejects fails on a value, a throw, no promise, another error", async () => {
  const throwing = () => {
    throw new Error("sync");
  };
  const noPromise = () => 1 as unknown as Promise<number>;
  const reject = (reason: unknown) => () => Promise.reject(reason);
  check(
    await rejectionOf(() => assertRejects(() => Promise.resolve(1), "late")),
    "Expected function to reject: late",
  );
  const throws = "Function throws when expected to reject.";
  check(await rejectionOf(() => assertRejects(throwing)), throws);
  check(await rejectionOf(() => assertRejects(noPromise)), throws);
  check(
    await rejectionOf(() => assertRejects(reject("x"), Error)),
    "A non-Error object was rejected.",
  );
  check(
    await rejectionOf(() => assertRejects(reject(new RangeError("x")), TypeError)),
    `Expected error to be instance of "TypeError", but was "RangeError".`,
  );
});

Deno.test("fail and unreachable always throw", () => {
  check(failureOf(() => fail()), "Failed assertion.");
  check(failureOf(() => fail("why")), "Failed assertion: why");
  check(failureOf(() => unreachable()), "Unreachable.");
  check(failureOf(() => unreachable("why")), "Unreachable: why");
});

Deno.test("AssertionError is an Error with name, message and cause", () => {
  const cause = new Error("below");
  const error = new AssertionError("above", { cause });
  assertInstanceOf(error, Error);
  assertEquals([error.name, error.message, error.cause === cause], [
    "AssertionError",
    "above",
    true,
  ]);
});

Deno.test("every function can be imported by a path of its own", async () => {
  const { default: config } = await import("../../links/assert/deno.json", {
    with: { type: "json" },
  });
  const names = await Promise.all(
    Object.values(config.exports).map(async (file) =>
      Object.keys(await import(`../../links/assert/${file}`))
    ),
  );
  const [all, ...single] = names;
  assertEquals(single.flat().sort(), all?.sort());
});
