import { assertEquals, assertLess } from "@std/assert";
import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import { LatencyHistogram } from "../../../../tools/load/measure/latency_histogram.ts";

const DURATIONS_MS = Array.from(
  { length: 10_000 },
  (_, i) => 0.05 + (i * 7_919 % 10_000) ** 2 / 1e4,
);
const SORTED_MS = DURATIONS_MS.toSorted((a, b) => a - b);

function recorded(): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const ms of DURATIONS_MS) histogram.record(ms);
  return histogram;
}

Deno.test("LatencyHistogram reports minimum, average and maximum exactly, percentiles within 0.1%", () => {
  const { count, minMs, averageMs, p50Ms, p99Ms, p999Ms, maxMs } = recorded().report()!;
  assertEquals([count, minMs, maxMs], [10_000, SORTED_MS[0], SORTED_MS.at(-1)]);
  assertLess(Math.abs(averageMs * 10_000 / DURATIONS_MS.reduce((sum, ms) => sum + ms) - 1), 1e-9);
  assertLess(Math.abs(p50Ms / SORTED_MS[4_999]! - 1), 0.001);
  assertLess(Math.abs(p99Ms / SORTED_MS[9_899]! - 1), 0.001);
  assertLess(Math.abs(p999Ms / SORTED_MS[9_989]! - 1), 0.001);
});

Deno.test("LatencyHistogram encodes microseconds in the standard encoding of HdrHistogram", () => {
  const decoded = decodeFromCompressedBase64(recorded().report()!.histogram);
  assertEquals(decoded.totalCount, 10_000);
  assertEquals(decoded.minNonZeroValue, 50);
  assertLess(Math.abs(decoded.getValueAtPercentile(50) / 1_000 / SORTED_MS[4_999]! - 1), 0.001);
});

Deno.test("LatencyHistogram records durations from zero to days", () => {
  assertEquals(new LatencyHistogram().report(), null);
  for (const ms of [0, 0.0004, 0.063, 1, 3.6e6, 1e9]) {
    const histogram = new LatencyHistogram();
    histogram.record(ms, 3);
    const { count, minMs, averageMs, p50Ms, p999Ms, maxMs } = histogram.report()!;
    assertEquals([count, minMs, p50Ms, p999Ms, maxMs], [3, ms, ms, ms, ms]);
    assertLess(Math.abs(averageMs - ms), 1e-6 + ms * 1e-9);
  }
});
