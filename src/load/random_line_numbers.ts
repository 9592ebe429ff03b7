import type { LineNumbers } from "./line_numbers.ts";
import type { Xoshiro128 } from "./xoshiro128.ts";

/** Line numbers drawn at random, each as likely as any other (to within 2^-22 of its share). */
export class RandomLineNumbers implements LineNumbers {
  readonly #random: Xoshiro128;
  readonly #lineCount: number;

  /**
   * Draws with a generator of its own.
   *
   * @param lineCount 1 to 2^31 - 1
   * @param random where the randomness comes from; not to be used by others
   */
  constructor(lineCount: number, random: Xoshiro128) {
    this.#lineCount = lineCount;
    this.#random = random;
  }

  /** The next number, 1 to the number of lines. */
  next(): number {
    return Math.floor(this.#random.nextFraction() * this.#lineCount) + 1;
  }
}
