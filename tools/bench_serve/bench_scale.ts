import { type BenchText, LARGE_TEXT, SHORT_TEXT } from "../bench/bench_text.ts";

/** How much is served and requested. */
export interface BenchScale {
  /** A file that fits in the server's cache. */
  readonly smallText: BenchText;
  /** A file that does not fit in the server's cache, but whose index does. */
  readonly uncachedText: BenchText;
  /** A file that fits neither in the server's cache nor in the load tester's memory. */
  readonly largeText: BenchText;
  /** How many lines of the large file the warm clients request. */
  readonly hotLines: number;
  /** How many requests are sent while the memory is measured. */
  readonly memoryRequests: number;
  readonly idleConnections: number;
}

export const FULL_SCALE: BenchScale = {
  smallText: {
    name: "million",
    what: "50 MB, 1,000,000 lines of 1 to 98 bytes plus LF",
    text: { lineCount: 1_000_000, longestBytes: 98 },
  },
  uncachedText: SHORT_TEXT,
  largeText: LARGE_TEXT,
  hotLines: 20_000,
  memoryRequests: 10_000_000,
  idleConnections: 10_000,
};

/** For tests: takes seconds, and the figures are meaningless. */
export const QUICK_SCALE: BenchScale = {
  smallText: {
    name: "quick-small",
    what: "50 KB, 1,000 lines of 1 to 98 bytes plus LF",
    text: { lineCount: 1_000, longestBytes: 98 },
  },
  uncachedText: {
    name: "quick-uncached",
    what: "100 KB, 2,000 lines of 1 to 98 bytes plus LF",
    text: { lineCount: 2_000, longestBytes: 98 },
  },
  largeText: {
    name: "quick-large",
    what: "2 MB, 2,000 lines of 1 to 1,860 bytes plus LF",
    text: { lineCount: 2_000, longestBytes: 1_860 },
  },
  hotLines: 100,
  memoryRequests: 5_000,
  idleConnections: 50,
};
