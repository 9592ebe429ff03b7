import type { PageStatistics } from "../lines/open_lines.ts";
import type { Counters } from "../metrics/counters.ts";
import { SYSTEM_TIMERS, type Timers } from "./timers.ts";

/** How often the values are looked at that nobody counts as they change. */
export const SAMPLE_PERIOD_MS = 250;

/** What is looked at from time to time, and where that is written. */
export interface MetricsSamplerOptions {
  readonly counters: Counters;
  readonly pageStatistics: () => PageStatistics;
  /** @default {SYSTEM_TIMERS} */
  readonly timers?: Timers;
}

/**
 * Looks at the page cache, the mailbox of the page loader and the event loop from time to time. So they cost
 * the requests nothing.
 *
 * @returns ends that
 */
export function startMetricsSampler(
  { counters, pageStatistics, timers = SYSTEM_TIMERS }: MetricsSamplerOptions,
): () => void {
  let lastMs = timers.nowMs();
  let last = pageStatistics();
  return timers.every(SAMPLE_PERIOD_MS, () => {
    const nowMs = timers.nowMs();
    const delayMs = Math.max(0, nowMs - lastMs - SAMPLE_PERIOD_MS);
    lastMs = nowMs;
    counters.setGauge("event_loop_delay_seconds", delayMs / 1_000);
    const now = pageStatistics();
    counters.add("page_hits", now.hits - last.hits);
    counters.add("page_misses", now.misses - last.misses);
    counters.setGauge("mailbox_messages", now.waiting);
    last = now;
  });
}
