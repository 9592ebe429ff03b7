import { assertEquals } from "@std/assert";
import { Counters } from "../../src/metrics/counters.ts";
import { SAMPLE_PERIOD_MS, startMetricsSampler } from "../../src/server/metrics_sampler.ts";
import { ManualTimers } from "../support/manual_timers.ts";

Deno.test("startMetricsSampler() adds what was counted since, and measures how late its timer is", () => {
  const timers = new ManualTimers();
  const counters = new Counters(Counters.allocate(1), 0);
  let pages = { hits: 10, misses: 1, waiting: 0 };
  const stop = startMetricsSampler({ counters, pageStatistics: () => pages, timers });
  pages = { hits: 15, misses: 3, waiting: 7 };
  timers.advance(SAMPLE_PERIOD_MS);
  assertEquals([counters.total("page_hits"), counters.total("page_misses")], [5, 2]);
  assertEquals(counters.gauge("mailbox_messages"), 7);
  assertEquals(counters.gauge("event_loop_delay_seconds"), 0);
  pages = { hits: 16, misses: 3, waiting: 0 };
  timers.advance(SAMPLE_PERIOD_MS);
  assertEquals([counters.total("page_hits"), counters.gauge("mailbox_messages")], [6, 0]);
  stop();
  pages = { hits: 99, misses: 99, waiting: 9 };
  timers.advance(SAMPLE_PERIOD_MS);
  assertEquals(counters.total("page_hits"), 6);
});
