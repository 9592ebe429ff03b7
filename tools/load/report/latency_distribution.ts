import { decodeFromCompressedBase64 } from "hdr-histogram-js";

/** How many points a curve has for each further nine. */
const POINTS_PER_NINE = 16;

/**
 * Where on the percentile axis a curve has points: at 0 %, and on to the last request of so many.
 *
 * @param count how many were measured, 1 or more
 * @returns 1 / (1 - percentile): 1 stands for 0 %, 10 for 90 %, 100 for 99 %
 */
export function percentilePlaces(count: number): number[] {
  const length = Math.floor(Math.log10(count) * POINTS_PER_NINE) + 1;
  return Array.from({ length }, (_, i) => 10 ** (i / POINTS_PER_NINE));
}

/**
 * Reads the curve of percentiles off a histogram.
 *
 * @param histogram of microseconds: an HdrHistogram in its compressed encoding, Base64
 * @param places see {@linkcode percentilePlaces}
 * @returns the latency in milliseconds at each place; `null` where there are too few for one
 * @throws {Error} where it is no histogram
 */
export function latenciesAt(histogram: string, places: readonly number[]): (number | null)[] {
  const decoded = decodeFromCompressedBase64(histogram, 64, false);
  return places.map((place) =>
    place > decoded.totalCount ? null : decoded.getValueAtPercentile(100 * (1 - 1 / place)) / 1_000
  );
}
