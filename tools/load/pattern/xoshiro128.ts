/** One step of splitmix64 (Steele, Lea and Flood, OOPSLA 2014). */
function splitmix64(state: bigint): { state: bigint; word: bigint } {
  const next = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
  let word = BigInt.asUintN(64, (next ^ (next >> 30n)) * 0xbf58476d1ce4e5b9n);
  word = BigInt.asUintN(64, (word ^ (word >> 27n)) * 0x94d049bb133111ebn);
  return { state: next, word: word ^ (word >> 31n) };
}

function lowWord(word: bigint): number {
  return Number(BigInt.asIntN(32, word));
}

function highWord(word: bigint): number {
  return lowWord(word >> 32n);
}

/** The authors of xoshiro recommend splitmix64 for turning a seed into a state. */
function stateFromSeed(seed: number): [number, number, number, number] {
  const first = splitmix64(BigInt(seed));
  const second = splitmix64(first.state);
  return [lowWord(first.word), highWord(first.word), lowWord(second.word), highWord(second.word)];
}

/**
 * The pseudorandom generator xoshiro128++ 1.0 of David Blackman and Sebastiano Vigna ("Scrambled
 * Linear Pseudorandom Number Generators", ACM Transactions on Mathematical Software 47(4), 2021).
 *
 * - The same seed gives the same numbers on every machine, which `Math.random` does not promise.
 * - The period is 2^128 - 1.
 * - Not for secrets: a few numbers are enough to predict all that follow.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Xoshiro128 } from "./xoshiro128.ts";
 *
 * assertEquals(Xoshiro128.fromSeed(7).nextUint32(), Xoshiro128.fromSeed(7).nextUint32());
 * ```
 */
export class Xoshiro128 {
  // Signed words, because V8 keeps a signed 32-bit integer in a field without allocating.
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /**
   * Takes a state, as the reference implementation does; {@linkcode Xoshiro128.fromSeed} takes a seed.
   *
   * @param state four 32-bit words, not all zero
   * @throws {RangeError} if all four words are zero: the generator would return only zeros
   */
  constructor(state: readonly [number, number, number, number]) {
    const [a, b, c, d] = state;
    [this.#a, this.#b, this.#c, this.#d] = [a | 0, b | 0, c | 0, d | 0];
    if ((this.#a | this.#b | this.#c | this.#d) === 0) {
      throw new RangeError("the state of xoshiro128++ must not be all zero");
    }
  }

  /**
   * @param seed an integer from 0 to 2^53 - 1; seeds next to each other give unrelated numbers
   * @throws {RangeError} if the seed is not an integer
   */
  static fromSeed(seed: number): Xoshiro128 {
    return new Xoshiro128(stateFromSeed(seed));
  }

  /** Returns a uniformly distributed integer from 0 to 2^32 - 1. */
  nextUint32(): number {
    const sum = (this.#a + this.#d) | 0;
    const result = (((sum << 7) | (sum >>> 25)) + this.#a) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** Returns a uniformly distributed integer from 0 to 2^53 - 1. */
  nextUint53(): number {
    return (this.nextUint32() >>> 6) * 2 ** 27 + (this.nextUint32() >>> 5);
  }

  /** Returns a uniformly distributed multiple of 2^-53, from 0 to less than 1. */
  nextFraction(): number {
    return this.nextUint53() * 2 ** -53;
  }
}
