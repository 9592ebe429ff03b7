import { assertEquals } from "@std/assert";
import {
  COMMANDS,
  Counters,
  GAUGES,
  LATENCY_BUCKETS_SECONDS,
  RESULTS,
  TOTALS,
} from "../../src/metrics/counters.ts";

/** Every value that a worker counts, in some order. */
function valuesOf(counters: Counters): number[] {
  const requests = COMMANDS.flatMap(({ door, command }) =>
    RESULTS.map((result) => counters.requests(door, command, result))
  );
  const { counts, sumSeconds } = counters.latencies("tcp");
  const http = counters.latencies("http");
  return [
    ...requests,
    ...TOTALS.map((total) => counters.total(total)),
    ...GAUGES.map((gauge) => counters.gauge(gauge)),
    ...counts,
    sumSeconds,
    ...http.counts,
    http.sumSeconds,
  ];
}

Deno.test("Counters: each value is a place of its own, and no other worker's", () => {
  const memory = Counters.allocate(3);
  const [before, counters, after] = Counters.all(memory);
  const changes: (() => void)[] = [
    ...COMMANDS.flatMap((one) =>
      RESULTS.map((result) => () =>
        one.door === "tcp"
          ? counters!.countRequest("tcp", one.command, result)
          : counters!.countRequest("http", one.command, result)
      )
    ),
    ...TOTALS.map((total) => () => counters!.add(total, 1)),
    ...GAUGES.map((gauge) => () => counters!.setGauge(gauge, 1)),
  ];
  for (const [i, change] of changes.entries()) {
    change();
    const values = valuesOf(counters!);
    assertEquals(values.reduce((sum, value) => sum + value, 0), i + 1);
    assertEquals(values.slice(0, changes.length).filter((value) => value === 1).length, i + 1);
  }
  for (const other of [before!, after!]) {
    assertEquals(valuesOf(other).every((value) => value === 0), true);
  }
});

Deno.test("Counters.countLatency() counts in the bucket whose upper bound is not exceeded", () => {
  const counters = new Counters(Counters.allocate(1), 0);
  for (const bound of LATENCY_BUCKETS_SECONDS) counters.countLatency("http", bound);
  counters.countLatency("http", 100);
  counters.countLatency("http", 0);
  const { counts, sumSeconds } = counters.latencies("http");
  assertEquals(counts, [2, ...Array(LATENCY_BUCKETS_SECONDS.length).fill(1)]);
  const sum = LATENCY_BUCKETS_SECONDS.reduce((all, bound) => all + bound, 0);
  assertEquals(Math.abs(sumSeconds - sum - 100) < 1e-9, true);
  assertEquals(counters.latencies("tcp").sumSeconds, 0);
});

Deno.test("Counters: a worker that is started again goes on counting", () => {
  const memory = Counters.allocate(2);
  new Counters(memory, 1).add("tcp_lines", 5);
  const again = new Counters(memory, 1);
  again.add("tcp_lines", 2);
  assertEquals(again.total("tcp_lines"), 7);
});
