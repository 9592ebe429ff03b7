import type { BenchText } from "../bench/bench_text.ts";
import { LARGE_TEXT } from "../bench/large_text.ts";
import { SHORT_TEXT } from "../bench/short_text.ts";

/** How much is served and asked for. */
export interface BenchScale {
  /** A text that fits in anybody's memory. */
  readonly smallText: BenchText;
  /** A text that does not fit in the server's, though its index does. */
  readonly uncachedText: BenchText;
  /** A text that does not fit in the server's, nor in the load tester's. */
  readonly largeText: BenchText;
  /** How many lines of the large text the clients that stay warm ask for. */
  readonly hotLines: number;
  /** How many requests come while the memory is watched. */
  readonly memoryRequests: number;
  /** How many connections are open and idle. */
  readonly idleConnections: number;
}

/** What the figures are about. */
export const FULL_SCALE: BenchScale = {
  smallText: {
    name: "million",
    what: "50 MB, 1,000,000 lines of 50 bytes (1 to 98)",
    text: { lineCount: 1_000_000, longestBytes: 98 },
  },
  uncachedText: SHORT_TEXT,
  largeText: LARGE_TEXT,
  hotLines: 20_000,
  memoryRequests: 10_000_000,
  idleConnections: 10_000,
};

/** So little that everything is run through in seconds; the figures mean nothing. */
export const QUICK_SCALE: BenchScale = {
  smallText: {
    name: "quick-small",
    what: "50 KB, 1,000 lines of 50 bytes (1 to 98)",
    text: { lineCount: 1_000, longestBytes: 98 },
  },
  uncachedText: {
    name: "quick-uncached",
    what: "100 KB, 2,000 lines of 50 bytes (1 to 98)",
    text: { lineCount: 2_000, longestBytes: 98 },
  },
  largeText: {
    name: "quick-large",
    what: "2 MB, 2,000 lines of 930 bytes (1 to 1,860)",
    text: { lineCount: 2_000, longestBytes: 1_860 },
  },
  hotLines: 100,
  memoryRequests: 5_000,
  idleConnections: 50,
};
