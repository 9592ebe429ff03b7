/** What was measured, in milliseconds. */
export interface LatencySummary {
  /** The shortest. */
  readonly minMs: number;
  /** The arithmetic mean. */
  readonly avgMs: number;
  /** Half took no longer, to within 1.6%. */
  readonly p50Ms: number;
  /** 99 of 100 took no longer, to within 1.6%. */
  readonly p99Ms: number;
  /** The longest. */
  readonly maxMs: number;
}

/** Buckets to each power of two: a bucket is at most 1/64 = 1.6% wide. */
const SUB_BUCKETS = 64;
const SUB_BUCKET_BITS = 6;
/** What takes longer (half an hour) is counted in the last bucket. */
const BUCKET_MAX_US = 2 ** 31 - 1;
const BUCKET_COUNT = (31 - SUB_BUCKET_BITS + 1) * SUB_BUCKETS;

/**
 * Counts durations in buckets whose width grows with the duration.
 *
 * - Takes 13 KiB, however much is recorded; recording allocates nothing.
 * - The smallest bucket is 1 µs wide, and none is wider than 1.6% of its durations.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { LatencyHistogram } from "./latency_histogram.ts";
 *
 * const histogram = new LatencyHistogram();
 * for (const ms of [1, 2, 3]) histogram.record(ms);
 * assertEquals(histogram.summarize()?.avgMs, 2);
 * ```
 */
export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKET_COUNT);
  #count = 0;
  #sumMs = 0;
  #minMs = Infinity;
  #maxMs = 0;

  /**
   * Counts a duration.
   *
   * @param durationMs 0 or more.
   */
  record(durationMs: number): void {
    const bucket = bucketOf(Math.min(Math.round(durationMs * 1_000), BUCKET_MAX_US));
    this.#counts[bucket]! += 1;
    this.#count++;
    this.#sumMs += durationMs;
    if (durationMs < this.#minMs) this.#minMs = durationMs;
    if (durationMs > this.#maxMs) this.#maxMs = durationMs;
  }

  /** What was recorded; `undefined` where nothing was. */
  summarize(): LatencySummary | undefined {
    if (this.#count === 0) return undefined;
    return {
      minMs: this.#minMs,
      avgMs: this.#sumMs / this.#count,
      p50Ms: this.#percentileMs(0.5),
      p99Ms: this.#percentileMs(0.99),
      maxMs: this.#maxMs,
    };
  }

  #percentileMs(share: number): number {
    let left = Math.ceil(this.#count * share);
    const bucket = this.#counts.findIndex((count) => (left -= count) <= 0);
    const middleMs = (lowestUsOf(bucket) + lowestUsOf(bucket + 1) - 1) / 2 / 1_000;
    return Math.min(Math.max(middleMs, this.#minMs), this.#maxMs);
  }
}

function bucketOf(us: number): number {
  if (us < SUB_BUCKETS) return us;
  const exponent = 31 - Math.clz32(us) - SUB_BUCKET_BITS;
  return exponent * SUB_BUCKETS + (us >> exponent);
}

function lowestUsOf(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket;
  const exponent = Math.floor(bucket / SUB_BUCKETS) - 1;
  return (bucket - exponent * SUB_BUCKETS) * 2 ** exponent;
}
