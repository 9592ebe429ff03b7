import type { LineNumbers } from "./line_numbers.ts";
import type { Xoshiro128 } from "./xoshiro128.ts";

const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/** Up to this many lines, the product of two line numbers is exact as a double. */
const EXACT_LINES_MAX = 2 ** 26;

/**
 * Line numbers of which a few are frequent and most are rare: the line of rank k is drawn with a
 * probability proportional to 1 / k. Frequent lines are scattered over the whole file.
 *
 * Needs the same short time, and no memory, for any number of lines: ranks are drawn by rejection from
 * a curve above the steps of 1 / k (Hörmann and Derflinger, "Rejection-inversion to generate variates
 * from monotone discrete distributions", 1996).
 */
export class ZipfLineNumbers implements LineNumbers {
  readonly #random: Xoshiro128;
  readonly #lineCount: number;
  /** Coprime to the number of lines, so that each rank has a line of its own. */
  readonly #multiplier: number;
  // The area under the curve 1 / x, from the first rank's start to half a rank after the last one.
  readonly #areaStart: number;
  readonly #areaEnd: number;
  /** A rank that is at most this far above x is accepted without evaluating the curve. */
  readonly #sureDistance: number;

  /**
   * @param lineCount 1 to 2^53 - 1
   * @param random must not be shared
   */
  constructor(lineCount: number, random: Xoshiro128) {
    this.#lineCount = lineCount;
    this.#random = random;
    this.#multiplier = coprimeNear(lineCount * GOLDEN_RATIO, lineCount);
    this.#areaStart = Math.log(1.5) - 1;
    this.#areaEnd = Math.log(lineCount + 0.5);
    this.#sureDistance = 2 - Math.exp(Math.log(2.5) - 1 / 2);
  }

  /** Returns 1 to the number of lines. */
  next(): number {
    const rank = this.#nextRank();
    if (this.#lineCount <= EXACT_LINES_MAX) return rank * this.#multiplier % this.#lineCount + 1;
    return Number(BigInt(rank) * BigInt(this.#multiplier) % BigInt(this.#lineCount)) + 1;
  }

  #nextRank(): number {
    for (;;) {
      const area = this.#areaEnd +
        this.#random.nextFraction() * (this.#areaStart - this.#areaEnd);
      const x = Math.exp(area);
      const rank = Math.min(Math.max(Math.round(x), 1), this.#lineCount);
      const isSure = rank - x <= this.#sureDistance;
      if (isSure || area >= Math.log(rank + 0.5) - 1 / rank) return rank;
    }
  }
}

function coprimeNear(value: number, modulus: number): number {
  let multiplier = Math.max(Math.floor(value), 1);
  while (greatestCommonDivisor(multiplier, modulus) > 1) multiplier++;
  return multiplier;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
