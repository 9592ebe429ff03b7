import { type LineNumbers, SequentialLineNumbers } from "./line_numbers.ts";
import { RandomLineNumbers } from "./random_line_numbers.ts";
import { Xoshiro128 } from "./xoshiro128.ts";
import { ZipfLineNumbers } from "./zipf_line_numbers.ts";

/** Which lines are requested: the values of `--pattern`. */
export type LinePattern = "random" | "sequential" | "zipf";

/**
 * Returns one source of line numbers for each client of a step. With `sequential`, the clients share
 * one source.
 *
 * @param lineCount the greatest line number, 1 to 2^53 - 1
 * @param seed an integer from 0 to 2^53 - 1; the same seed gives the same numbers
 */
export function lineNumbersForClients(
  pattern: LinePattern,
  clientCount: number,
  lineCount: number,
  seed: number,
): LineNumbers[] {
  const seeds = Xoshiro128.fromSeed(seed);
  const random = () => Xoshiro128.fromSeed(seeds.nextUint32());
  const forEachClient = (create: () => LineNumbers) => Array.from({ length: clientCount }, create);
  switch (pattern) {
    case "random":
      return forEachClient(() => new RandomLineNumbers(lineCount, random()));
    case "zipf":
      return forEachClient(() => new ZipfLineNumbers(lineCount, random()));
    case "sequential": {
      const shared = new SequentialLineNumbers(lineCount);
      return forEachClient(() => shared);
    }
    default:
      return pattern satisfies never;
  }
}
