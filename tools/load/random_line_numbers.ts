import type { LineNumbers } from "./line_numbers.ts";
import type { Xoshiro128 } from "./xoshiro128.ts";

/** Up to so many lines a fraction is fine enough to be scaled: that is the fastest. */
const SCALED_MAX_LINES = 2 ** 32;

/**
 * Line numbers drawn at random, each as likely as any other: to within 2^-21 of its share up to 2^32
 * lines, and exactly from there on.
 */
export class RandomLineNumbers implements LineNumbers {
  readonly #random: Xoshiro128;
  readonly #lineCount: number;
  /** The greatest multiple of the number of lines that is not over 2^53. */
  readonly #drawnEnd: number;

  /**
   * Draws with a generator of its own.
   *
   * @param lineCount 1 to 2^53 - 1
   * @param random where the randomness comes from; not to be used by others
   */
  constructor(lineCount: number, random: Xoshiro128) {
    this.#lineCount = lineCount;
    this.#random = random;
    this.#drawnEnd = 2 ** 53 - 2 ** 53 % lineCount;
  }

  /** The next number, 1 to the number of lines. */
  next(): number {
    if (this.#lineCount > SCALED_MAX_LINES) return this.#nextOfMany();
    return Math.floor(this.#random.nextFraction() * this.#lineCount) + 1;
  }

  // What is drawn from the last, incomplete multiple on would favour the first lines.
  #nextOfMany(): number {
    let drawn: number;
    do drawn = this.#random.nextUint53(); while (drawn >= this.#drawnEnd);
    return drawn % this.#lineCount + 1;
  }
}
