import type { BenchText } from "./bench_text.ts";

/** The largest text of the benchmarks. */
export const LARGE_TEXT: BenchText = {
  name: "large",
  what: "10 GB, lines of 930 bytes (1 to 1,860)",
  text: { lineCount: 11_000_000, longestBytes: 1_860 },
};
