import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  formatHash,
  isMarked,
  marksBetween,
  parseHash,
} from "../../../src/http/page/line_marks.js";
import { formatBytes, formatCountOf, parseLine } from "../../../src/http/page/line_numbers.js";

const LINES = 10_000_000_000;

Deno.test("parseLine() reads numbers with separators, percentages and numbers from the end", () => {
  const cases: [string, number | null][] = [
    ["5", 5],
    [" 1,000,000 ", 1_000_000],
    ["1 000", 1000],
    ["L42", 42],
    ["#L42", 42],
    [":42", 42],
    ["0", 1],
    ["99999999999", LINES],
    ["999999999999999999999999", LINES],
    ["50%", 5_000_000_000],
    ["0%", 1],
    ["250%", LINES],
    ["-1", LINES],
    ["-10", LINES - 9],
    ["-99999999999", 1],
    ["", null],
    ["abc", null],
    ["1.5", null],
    ["5-9", null],
    ["0x10", null],
  ];
  for (const [text, line] of cases) assertEquals(parseLine(text, LINES), line, text);
  assertEquals(parseLine("1", 0), null);
});

Deno.test("formatBytes() and formatCountOf() write numbers for people", () => {
  assertEquals(
    [0, 1, 999, 1000, 9949, 9950, 999_400, 999_600, 5_400_000_000].map(formatBytes),
    ["0 bytes", "1 byte", "999 bytes", "1.0 kB", "9.9 kB", "10 kB", "999 kB", "1.0 MB", "5.4 GB"],
  );
  assertEquals(formatCountOf(1, "line"), "1 line");
  assertEquals(formatCountOf(10_000_000_000, "line"), "10,000,000,000 lines");
});

Deno.test("parseHash() reads what formatHash() writes", () => {
  const line = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
  fc.assert(fc.property(line, line, (a, b) => {
    const marks = marksBetween(a, b);
    assertEquals(parseHash(formatHash(marks), Number.MAX_SAFE_INTEGER), marks);
  }));
  assertEquals(formatHash(null), "");
});

Deno.test("parseHash() takes a range in both orders, and nothing else", () => {
  assertEquals(parseHash("#L140-123", 1000), { first: 123, last: 140 });
  assertEquals(parseHash("#L123-L140", 1000), { first: 123, last: 140 });
  for (const hash of ["", "#", "#L", "#L0", "#L1001", "#L5-1001", "#L5-", "#5", "#L1e3", "#L5x"]) {
    assertEquals(parseHash(hash, 1000), null, hash);
  }
});

Deno.test("isMarked() includes both ends", () => {
  const marks = { first: 5, last: 7 };
  assertEquals([4, 5, 6, 7, 8].map((line) => isMarked(marks, line)), [
    false,
    true,
    true,
    true,
    false,
  ]);
  assertEquals(isMarked(null, 5), false);
});
