import { decodeFromCompressedBase64 } from "hdr-histogram-js";

/** The number of points of a curve for each further nine. */
const POINTS_PER_NINE = 16;

/**
 * Returns the positions of a curve's points on the percentile axis, from 0 % to the last request.
 *
 * @param count the number of requests, 1 or more
 * @returns 1 / (1 - percentile): 1 is 0 %, 10 is 90 %, 100 is 99 %
 */
export function percentilePositions(count: number): number[] {
  const length = Math.floor(Math.log10(count) * POINTS_PER_NINE) + 1;
  return Array.from({ length }, (_, i) => 10 ** (i / POINTS_PER_NINE));
}

/**
 * Reads percentiles from a histogram.
 *
 * @param histogram an HdrHistogram of microseconds in its compressed encoding, as Base64
 * @param positions see {@linkcode percentilePositions}
 * @returns the latency in milliseconds at each position; `null` if there are too few requests
 * @throws {Error} if the text is not a histogram
 */
export function latenciesAt(histogram: string, positions: readonly number[]): (number | null)[] {
  const decoded = decodeFromCompressedBase64(histogram, 64, false);
  return positions.map((position) =>
    position > decoded.totalCount
      ? null
      : decoded.getValueAtPercentile(100 * (1 - 1 / position)) / 1_000
  );
}
