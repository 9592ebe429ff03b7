import { Xoshiro128 } from "../load/pattern/xoshiro128.ts";

/** Random choices. The same seed gives the same choices. */
export class Random {
  readonly #generator: Xoshiro128;

  constructor(seed: number) {
    this.#generator = Xoshiro128.fromSeed(seed);
  }

  /** An integer from `min` to `max`. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.#generator.nextFraction() * (max - min + 1));
  }

  /** As `integer`, but each order of magnitude is as frequent as the others. `min` is 0 or more. */
  magnitude(min: number, max: number): number {
    const exponent = this.#generator.nextFraction() * Math.log(max - min + 1);
    return min + Math.floor(Math.exp(exponent)) - 1;
  }

  /** Whether an event of that probability happens. */
  chance(probability: number): boolean {
    return this.#generator.nextFraction() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.integer(0, choices.length - 1)]!;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.integer(0, 255));
  }
}
