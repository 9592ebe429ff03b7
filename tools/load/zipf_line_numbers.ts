import { exactGoldenShare, goldenShare } from "./golden_share.ts";
import type { LineNumbers } from "./line_numbers.ts";
import type { Xoshiro128 } from "./xoshiro128.ts";

/** Up to so many lines the fast share tells enough of them apart. */
const FAST_SHARE_MAX_LINES = 2 ** 32;

/**
 * Line numbers of which a few are drawn often and most seldom: the k-th in favour is drawn with a
 * probability proportional to 1 / k. The favourites are spread over the whole text.
 *
 * Takes the same short time and no memory for any number of lines: ranks are drawn by rejection from a
 * curve above the steps of 1 / k (Hörmann and Derflinger, "Rejection-inversion to generate variates
 * from monotone discrete distributions", 1996).
 */
export class ZipfLineNumbers implements LineNumbers {
  readonly #random: Xoshiro128;
  readonly #lineCount: number;
  /** Where in the text a rank stands, 0 to 1. */
  readonly #shareOf: (rank: number) => number;
  // The area under the curve 1 / x, up to 1/2 behind the last rank, and where the first's begins.
  readonly #areaEnd: number;
  readonly #areaStart: number;
  /** Where so much or less is lacking to the rank, it is right without a look at the curve. */
  readonly #sureDistance: number;

  /**
   * Draws with a generator of its own.
   *
   * @param lineCount 1 to 2^53 - 1
   * @param random where the randomness comes from; not to be used by others
   */
  constructor(lineCount: number, random: Xoshiro128) {
    this.#lineCount = lineCount;
    this.#random = random;
    this.#shareOf = lineCount > FAST_SHARE_MAX_LINES ? exactGoldenShare : goldenShare;
    this.#areaStart = Math.log(1.5) - 1;
    this.#areaEnd = Math.log(lineCount + 0.5);
    this.#sureDistance = 2 - Math.exp(Math.log(2.5) - 1 / 2);
  }

  /** The next number, 1 to the number of lines. */
  next(): number {
    return Math.floor(this.#shareOf(this.#nextRank()) * this.#lineCount) + 1;
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
