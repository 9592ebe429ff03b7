import { build, encodeIntoCompressedBase64, type Histogram } from "hdr-histogram-js";
import type { LatencyReport } from "../load_report.ts";

/** Longer durations count as this in the histogram: one hour. The maximum stays exact. */
const DURATION_MAX_US = 3_600_000_000;

/**
 * Durations. Minimum, average and maximum are exact; the percentiles come from an HdrHistogram of
 * microseconds with three significant digits. Takes 200 KB, however much is recorded.
 */
export class LatencyHistogram {
  readonly #histogram: Histogram = build({
    // Counts are doubles: 32-bit integers could overflow in a long run.
    bitBucketSize: 64,
    autoResize: false,
    lowestDiscernibleValue: 1,
    highestTrackableValue: DURATION_MAX_US,
    numberOfSignificantValueDigits: 3,
  });
  #count = 0;
  #sumMs = 0;
  #minMs = Infinity;
  #maxMs = 0;

  /** Records a duration that was measured `count` times. */
  record(durationMs: number, count = 1): void {
    const us = Math.min(Math.round(durationMs * 1_000), DURATION_MAX_US);
    this.#histogram.recordValueWithCount(us, count);
    this.#count += count;
    this.#sumMs += durationMs * count;
    if (durationMs < this.#minMs) this.#minMs = durationMs;
    if (durationMs > this.#maxMs) this.#maxMs = durationMs;
  }

  /** Returns `null` if nothing was recorded. */
  report(): LatencyReport | null {
    if (this.#count === 0) return null;
    return {
      count: this.#count,
      minMs: this.#minMs,
      averageMs: this.#sumMs / this.#count,
      p50Ms: this.#percentileMs(50),
      p99Ms: this.#percentileMs(99),
      p999Ms: this.#percentileMs(99.9),
      maxMs: this.#maxMs,
      histogram: encodeIntoCompressedBase64(this.#histogram),
    };
  }

  // The histogram returns the greatest duration of a bucket, which can be above the maximum.
  #percentileMs(percentile: number): number {
    const ms = this.#histogram.getValueAtPercentile(percentile) / 1_000;
    return Math.min(Math.max(ms, this.#minMs), this.#maxMs);
  }
}
