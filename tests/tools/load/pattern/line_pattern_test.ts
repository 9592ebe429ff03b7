import { assert, assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import { LINE_NUMBER_MAX } from "../../../../tools/load/pattern/line_numbers.ts";
import {
  lineNumbersForClients,
  type LinePattern,
} from "../../../../tools/load/pattern/line_pattern.ts";

function draw(pattern: LinePattern, lineCount: number, drawCount: number, seed = 3): number[] {
  const [numbers] = lineNumbersForClients(pattern, 1, lineCount, seed);
  return Array.from({ length: drawCount }, () => numbers!.next());
}

function countOf(numbers: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  return counts;
}

Deno.test("random draws every line about equally often, and no other number", () => {
  const counts = countOf(draw("random", 10, 100_000));
  assertEquals([...counts.keys()].sort((a, b) => a - b), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  for (const count of counts.values()) assertLess(Math.abs(count - 10_000), 500);
});

Deno.test("zipf draws the line of rank k with a probability proportional to 1 / k", () => {
  const byRank = [...countOf(draw("zipf", 1_000_000, 1_000_000)).values()].sort((a, b) => b - a);
  let harmonic = 0;
  for (let k = 1; k <= 1_000_000; k++) harmonic += 1 / k;
  for (const k of [1, 2]) {
    const expected = 1_000_000 / k / harmonic;
    assertLess(Math.abs(byRank[k - 1]! / expected - 1), 0.012, `rank ${k}`);
  }
});

Deno.test("zipf draws only existing lines, and most of them, from a file of few lines", () => {
  for (const lineCount of [1, 2, 10]) {
    const numbers = [...countOf(draw("zipf", lineCount, 10_000)).keys()].sort((a, b) => a - b);
    assert(numbers.every((number) => number >= 1 && number <= lineCount));
    assert(numbers.length >= lineCount * 0.7, `${numbers}`);
  }
});

Deno.test("zipf scatters its most frequent lines over the whole file", () => {
  const counts = countOf(draw("zipf", 1_000_000, 100_000));
  const frequent = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 20).map(([number]) => number);
  for (const quarter of [0, 1, 2, 3]) {
    assert(frequent.some((number) => Math.floor((number - 1) / 250_000) === quarter));
  }
});

Deno.test("sequential hands out the lines in order to all clients together, then starts again", () => {
  const [one, other] = lineNumbersForClients("sequential", 2, 3, 1);
  assertEquals([one!.next(), other!.next(), other!.next(), one!.next()], [1, 2, 3, 1]);
});

Deno.test("Two clients and two seeds draw different numbers, the same seed draws the same numbers", () => {
  for (const pattern of ["random", "zipf"] as const) {
    const [one, other] = lineNumbersForClients(pattern, 2, 1_000_000, 7);
    const drawn = Array.from({ length: 20 }, () => one!.next());
    assertEquals(draw(pattern, 1_000_000, 20, 7), drawn);
    assertEquals(draw(pattern, 1_000_000, 20, 8).join() === drawn.join(), false);
    assertEquals(Array.from({ length: 20 }, () => other!.next()).join() === drawn.join(), false);
  }
});

/** Line counts above 2^32, in every order of magnitude. */
const manyLines = fc.integer({ min: 33, max: 53 }).chain((bits) =>
  fc.integer({ min: 2 ** (bits - 1) + 1, max: 2 ** bits - 1 })
);

Deno.test("random and zipf draw only existing lines for any number of lines", () => {
  const patterns = fc.constantFrom<LinePattern>("random", "zipf");
  const lineCounts = fc.oneof(fc.integer({ min: 1, max: 2 ** 32 }), manyLines);
  fc.assert(fc.property(patterns, lineCounts, fc.maxSafeNat(), (pattern, lineCount, seed) => {
    for (const number of draw(pattern, lineCount, 200, seed)) {
      assert(Number.isInteger(number) && number >= 1 && number <= lineCount, `${number}`);
    }
  }));
});

// With this many draws, 6 % are over eight standard deviations: no seed fails by chance.
const DRAWS = 40_000;
const DEVIATION_MAX = 0.06;

function assertEven(counts: readonly number[], what: string): void {
  const expected = DRAWS / counts.length;
  for (const count of counts) assertLess(Math.abs(count / expected - 1), DEVIATION_MAX, what);
}

Deno.test("random draws from all parts of a file of billions of lines equally often", () => {
  // Without rejection, a third of these lines would be twice as likely as the others.
  for (const lineCount of [2 ** 32 + 1, 3 * 2 ** 51, 2 ** 52 + 1, LINE_NUMBER_MAX]) {
    const thirds = [0, 0, 0];
    for (const number of draw("random", lineCount, DRAWS)) {
      thirds[Math.floor((number - 1) / (lineCount / 3))]!++;
    }
    assertEven(thirds, `${lineCount} lines: ${thirds}`);
  }
});

Deno.test("random and zipf draw line numbers of every remainder equally often from billions of lines", () => {
  for (const pattern of ["random", "zipf"] as const) {
    for (const lineCount of [2 ** 33, 2 ** 40, 2 ** 48]) {
      // Frequent lines would hide how the others are distributed.
      const numbers = new Set(draw(pattern, lineCount, 2 * DRAWS));
      const quarters = [0, 0, 0, 0];
      for (const number of [...numbers].slice(0, DRAWS)) quarters[number % 4]!++;
      assertEven(quarters, `${pattern} of ${lineCount} lines: ${quarters}`);
    }
  }
});

Deno.test("zipf gives each rank a line of its own", () => {
  const lineCounts = fc.oneof(fc.integer({ min: 1, max: 500 }), fc.constantFrom(360, 720, 1_024));
  fc.assert(
    fc.property(lineCounts, (lineCount) => {
      // Enough draws for the rarest rank to come up.
      assertEquals(countOf(draw("zipf", lineCount, 300 * lineCount)).size, lineCount);
    }),
    { numRuns: 20 },
  );
});

Deno.test("sequential works with more than 2^32 lines", () => {
  fc.assert(fc.property(manyLines, (lineCount) => {
    const [numbers] = lineNumbersForClients("sequential", 1, lineCount, 1);
    assertEquals([numbers!.next(), numbers!.next()], [1, 2]);
  }));
});

// Two runs of one version, or of neighbouring versions, must request the same lines.
Deno.test("A seed draws the numbers it is known to draw", () => {
  const table: [pattern: LinePattern, lineCount: number, drawn: number[]][] = [
    ["random", 1_000_000, [407_430, 906_086, 405_648, 418_457]],
    ["random", 2 ** 32, [1_749_896_057, 3_891_608_549, 1_742_241_322, 1_797_257_198]],
    ["random", 3 * 2 ** 51, [3_669_798_014_595_464, 3_653_744_871_824_698]],
    ["zipf", 1_000_000, [853_061, 236_067, 969_470, 987_399]],
    ["zipf", 2 ** 32, [1_611_444_692, 387_276_958, 281_934_331, 820_989_957, 2_468_782_439]],
    ["zipf", 2 ** 40, [511_566_642_532, 1_038_237_944_825, 374_119_204_787]],
  ];
  for (const [pattern, lineCount, drawn] of table) {
    assertEquals(draw(pattern, lineCount, drawn.length), drawn);
  }
});
