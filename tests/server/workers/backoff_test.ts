import { assertEquals } from "@std/assert";
import { Backoff, BACKOFF_MAX_MS, BACKOFF_MIN_MS } from "../../../src/server/workers/backoff.ts";

Deno.test("Backoff.fail() doubles the delay up to the longest one", () => {
  const backoff = new Backoff();
  const delaysMs = Array.from({ length: 10 }, () => backoff.fail(0).delayMs);
  assertEquals(delaysMs, [200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
  assertEquals([BACKOFF_MIN_MS, BACKOFF_MAX_MS], [200, 30_000]);
});

Deno.test("Backoff.fail() keeps the longest delay for any number of failures", () => {
  const backoff = new Backoff();
  for (let i = 0; i < 5000; i++) backoff.fail(BACKOFF_MAX_MS - 1);
  assertEquals(backoff.fail(0), { delayMs: BACKOFF_MAX_MS, isFirst: false });
});

Deno.test("Backoff.fail() starts over after something has worked for the longest delay", () => {
  const backoff = new Backoff();
  const results = [0, BACKOFF_MAX_MS - 1, BACKOFF_MAX_MS, 0].map((workedMs) =>
    backoff.fail(workedMs)
  );
  assertEquals(results, [
    { delayMs: BACKOFF_MIN_MS, isFirst: true },
    { delayMs: 2 * BACKOFF_MIN_MS, isFirst: false },
    { delayMs: BACKOFF_MIN_MS, isFirst: true },
    { delayMs: 2 * BACKOFF_MIN_MS, isFirst: false },
  ]);
});
