import { assert, assertEquals, assertLess } from "@std/assert";
import {
  LINE_NUMBER_MAX,
  lineNumbersForClients,
  type LinePattern,
} from "../../src/load/line_numbers.ts";

function draw(pattern: LinePattern, lineCount: number, drawCount: number, seed = 3): number[] {
  const [numbers] = lineNumbersForClients(pattern, 1, lineCount, seed);
  return Array.from({ length: drawCount }, () => numbers!.next());
}

function countOf(numbers: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  return counts;
}

Deno.test("random draws every line about equally often, and nothing else", () => {
  const counts = countOf(draw("random", 10, 100_000));
  assertEquals([...counts.keys()].sort((a, b) => a - b), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  for (const count of counts.values()) assertLess(Math.abs(count - 10_000), 500);
});

Deno.test("zipf draws the k-th in favour with a probability proportional to 1 / k", () => {
  const byFavour = [...countOf(draw("zipf", 1_000_000, 1_000_000)).values()].sort((a, b) => b - a);
  let harmonic = 0;
  for (let k = 1; k <= 1_000_000; k++) harmonic += 1 / k;
  for (const k of [1, 2]) {
    const expected = 1_000_000 / k / harmonic;
    assertLess(Math.abs(byFavour[k - 1]! / expected - 1), 0.012, `favour ${k}`);
  }
});

Deno.test("zipf draws every line of a few, and nothing else", () => {
  for (const lineCount of [1, 2, 10]) {
    const numbers = [...countOf(draw("zipf", lineCount, 10_000)).keys()].sort((a, b) => a - b);
    assert(numbers.every((number) => number >= 1 && number <= lineCount));
    assert(numbers.length >= lineCount * 0.7, `${numbers}`);
  }
});

Deno.test("zipf spreads its favourites over the whole text", () => {
  const counts = countOf(draw("zipf", 1_000_000, 100_000));
  const favourites = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 20).map(([number]) => number);
  for (const quarter of [0, 1, 2, 3]) {
    assert(favourites.some((number) => Math.floor((number - 1) / 250_000) === quarter));
  }
});

Deno.test("sequential gives the lines in order to all clients together, and begins anew", () => {
  const [one, other] = lineNumbersForClients("sequential", 2, 3, 1);
  assertEquals([one!.next(), other!.next(), other!.next(), one!.next()], [1, 2, 3, 1]);
});

Deno.test("Clients draw apart, seeds too, and the same seed draws the same", () => {
  for (const pattern of ["random", "zipf"] as const) {
    const [one, other] = lineNumbersForClients(pattern, 2, 1_000_000, 7);
    const drawn = Array.from({ length: 20 }, () => one!.next());
    assertEquals(draw(pattern, 1_000_000, 20, 7), drawn);
    assertEquals(draw(pattern, 1_000_000, 20, 8).join() === drawn.join(), false);
    assertEquals(Array.from({ length: 20 }, () => other!.next()).join() === drawn.join(), false);
  }
});

Deno.test("Numbers stay within the greatest number of lines", () => {
  for (const pattern of ["random", "zipf"] as const) {
    for (const number of draw(pattern, LINE_NUMBER_MAX, 10_000)) {
      assert(Number.isInteger(number) && number >= 1 && number <= LINE_NUMBER_MAX);
    }
  }
});
