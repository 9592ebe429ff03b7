import type { LineNumbers } from "./line_numbers.ts";
import { RandomLineNumbers } from "./random_line_numbers.ts";
import { SequentialLineNumbers } from "./sequential_line_numbers.ts";
import { Xoshiro128 } from "./xoshiro128.ts";
import { ZipfLineNumbers } from "./zipf_line_numbers.ts";

/** Which lines are asked for. */
export type LinePattern = "random" | "sequential" | "zipf";

/**
 * Makes the line numbers of each client of a step.
 *
 * @param pattern which lines are asked for
 * @param clientCount how many clients there are
 * @param lineCount the greatest number, 1 to 2^53 - 1
 * @param seed a whole number, 0 to 2^53 - 1; the same one gives the same numbers
 */
export function lineNumbersForClients(
  pattern: LinePattern,
  clientCount: number,
  lineCount: number,
  seed: number,
): LineNumbers[] {
  const seeds = Xoshiro128.fromSeed(seed);
  const random = () => Xoshiro128.fromSeed(seeds.nextUint32());
  const forEach = (make: () => LineNumbers) => Array.from({ length: clientCount }, make);
  switch (pattern) {
    case "random":
      return forEach(() => new RandomLineNumbers(lineCount, random()));
    case "zipf":
      return forEach(() => new ZipfLineNumbers(lineCount, random()));
    case "sequential": {
      const shared = new SequentialLineNumbers(lineCount);
      return forEach(() => shared);
    }
    default:
      return pattern satisfies never;
  }
}
