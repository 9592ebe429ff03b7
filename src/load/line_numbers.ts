import { RandomLineNumbers } from "./random_line_numbers.ts";
import { SequentialLineNumbers } from "./sequential_line_numbers.ts";
import { Xoshiro128 } from "./xoshiro128.ts";
import { ZipfLineNumbers } from "./zipf_line_numbers.ts";

/** The greatest line number that is asked for: 2^53 - 1, as servers count. */
export const LINE_NUMBER_MAX: number = Number.MAX_SAFE_INTEGER;

/** Which lines are asked for. */
export type LinePattern = "random" | "sequential" | "zipf";

/** Gives the numbers of the lines that a client asks for. */
export interface LineNumbers {
  /** The next number, 1 to the number of lines. */
  next(): number;
}

/**
 * Makes the line numbers of each client of a step.
 *
 * @param pattern which lines are asked for
 * @param clientCount how many clients there are
 * @param lineCount the greatest number, 1 to {@linkcode LINE_NUMBER_MAX}
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
