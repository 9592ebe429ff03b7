import type { LineNumbers } from "./line_numbers.ts";
import type { Xoshiro128 } from "./xoshiro128.ts";

/** Up to this many lines, scaling a fraction is exact enough; it is the fastest way. */
const SCALED_LINES_MAX = 2 ** 32;

/**
 * Uniformly distributed line numbers. Up to 2^32 lines, the probabilities of two lines differ by at
 * most one part in 2^21; above that they are equal.
 */
export class RandomLineNumbers implements LineNumbers {
  readonly #random: Xoshiro128;
  readonly #lineCount: number;
  /** The greatest multiple of the number of lines that is at most 2^53. */
  readonly #drawnEnd: number;

  /**
   * @param lineCount 1 to 2^53 - 1
   * @param random must not be shared
   */
  constructor(lineCount: number, random: Xoshiro128) {
    this.#lineCount = lineCount;
    this.#random = random;
    this.#drawnEnd = 2 ** 53 - 2 ** 53 % lineCount;
  }

  /** Returns 1 to the number of lines. */
  next(): number {
    if (this.#lineCount > SCALED_LINES_MAX) return this.#nextUnbiased();
    return Math.floor(this.#random.nextFraction() * this.#lineCount) + 1;
  }

  // Numbers from the last, incomplete multiple would make the first lines more likely.
  #nextUnbiased(): number {
    let drawn: number;
    do drawn = this.#random.nextUint53(); while (drawn >= this.#drawnEnd);
    return drawn % this.#lineCount + 1;
  }
}
