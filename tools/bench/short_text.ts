import type { BenchText } from "./bench_text.ts";

/** A text of many short lines. */
export const SHORT_TEXT: BenchText = {
  name: "short",
  what: "1 GB, lines of 50 bytes (1 to 98)",
  text: { lineCount: 20_000_000, longestBytes: 98 },
};
