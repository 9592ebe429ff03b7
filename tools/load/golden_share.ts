/** The golden ratio, (√5 - 1) / 2. */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

// The same as a sum, to 105 bits: its first 26, the next 26, and a double for what follows.
const GOLDEN_HIGH = 41_475_558 / 2 ** 26;
const GOLDEN_MIDDLE = 60_290_215 / 2 ** 52;
const GOLDEN_LOW = 1.6772345288820625e-16;

const LOW_LIMIT = 2 ** 27;

/**
 * The fraction of a number times the golden ratio. Numbers next to each other, however many, are so
 * spread evenly between 0 and 1 (Fibonacci hashing: Knuth, "The Art of Computer Programming", 6.4).
 *
 * The double's own product has no more than 2^53 / `value` different fractions: enough for a short
 * text, but a great number would have none. {@linkcode exactGoldenShare} is for those.
 *
 * @param value 0 to 2^32
 * @returns 0 to 1, 1 excluded
 */
export function goldenShare(value: number): number {
  return fractionOf(value * GOLDEN_RATIO);
}

/**
 * As {@linkcode goldenShare}, with an error of at most 2^-50, at twice the cost.
 *
 * @param value 0 to 2^53 - 1
 * @returns 0 to 1, 1 excluded
 */
export function exactGoldenShare(value: number): number {
  const low = value % LOW_LIMIT;
  const high = value - low;
  // The product that is lacking, of `high` and GOLDEN_HIGH, is a whole number. Those that are large
  // have 53 bits at most, so nothing of them is rounded off.
  return fractionOf(
    fractionOf(low * GOLDEN_HIGH) + fractionOf(high * GOLDEN_MIDDLE) +
      (low * GOLDEN_MIDDLE + value * GOLDEN_LOW),
  );
}

function fractionOf(value: number): number {
  return value - Math.floor(value);
}
