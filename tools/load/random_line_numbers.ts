import { Xoshiro128 } from "../generate/xoshiro128.ts";

/**
 * Line numbers drawn at random, each as likely as any other (to within 2^-22 of its share).
 *
 * @example The same seed draws the same numbers
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { RandomLineNumbers } from "./random_line_numbers.ts";
 *
 * const [one, other] = RandomLineNumbers.forClients(2, 1_000, 7);
 * const [again] = RandomLineNumbers.forClients(2, 1_000, 7);
 * const drawn = one!.next();
 * assertEquals(again!.next(), drawn);
 * assertEquals(other!.next() === drawn, false);
 * ```
 */
export class RandomLineNumbers {
  readonly #random: Xoshiro128;
  readonly #lineCount: number;

  /**
   * Draws with a generator of its own.
   *
   * @param lineCount 1 to 2^31 - 1.
   * @param random Where the randomness comes from; not to be used by others.
   */
  constructor(lineCount: number, random: Xoshiro128) {
    this.#lineCount = lineCount;
    this.#random = random;
  }

  /**
   * Makes one for each client. What a client draws depends on nothing that the others do.
   *
   * @param clientCount How many are wanted.
   * @param lineCount 1 to 2^31 - 1.
   * @param seed A whole number, 0 to 2^53 - 1.
   * @throws {RangeError} The seed is not a whole number.
   */
  static forClients(clientCount: number, lineCount: number, seed: number): RandomLineNumbers[] {
    const seeds = Xoshiro128.fromSeed(seed);
    return Array.from(
      { length: clientCount },
      () => new RandomLineNumbers(lineCount, Xoshiro128.fromSeed(seeds.nextUint32())),
    );
  }

  /** The next number, 1 to the number of lines. */
  next(): number {
    const fraction = (this.#random.nextUint32() >>> 6) * 2 ** 27 +
      (this.#random.nextUint32() >>> 5);
    return Math.floor(fraction * 2 ** -53 * this.#lineCount) + 1;
  }
}
