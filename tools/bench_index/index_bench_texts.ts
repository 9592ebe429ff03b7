import type { BenchText } from "../bench/bench_text.ts";
import { LARGE_TEXT } from "../bench/large_text.ts";
import { SHORT_TEXT } from "../bench/short_text.ts";

/** A text that is indexed again and again. */
export interface IndexBenchText extends BenchText {
  /** Whether it is in the system's cache when it is read. */
  readonly isCached: boolean;
  /** How much longer than `wc -l` indexing may take. */
  readonly ratioMax?: number;
  /** How long indexing may take. */
  readonly indexMaxMs?: number;
  /** How large the index may be for a line. */
  readonly bytesPerLineMax?: number;
}

/** What the benchmark is run on: 16 GB together. */
export const INDEX_BENCH_TEXTS: readonly IndexBenchText[] = [
  {
    name: "long",
    what: "2 GB, lines of 930 bytes (1 to 1,860)",
    text: { lineCount: 2_150_000, longestBytes: 1_860 },
    isCached: true,
    ratioMax: 1,
    bytesPerLineMax: 1.5,
  },
  {
    ...SHORT_TEXT,
    isCached: true,
    ratioMax: 1.5,
    bytesPerLineMax: 0.95,
  },
  {
    name: "equal",
    what: "1 GB, lines of 50 bytes each",
    text: { lineCount: 20_000_000, shortestBytes: 49, longestBytes: 49 },
    isCached: true,
    bytesPerLineMax: 0.05,
  },
  {
    name: "many",
    what: "2 GB, 1,000,000,000 lines of one byte",
    text: { lineCount: 1_000_000_000, longestBytes: 1 },
    isCached: true,
    indexMaxMs: 60_000,
  },
  {
    ...LARGE_TEXT,
    isCached: false,
    ratioMax: 1.1,
    bytesPerLineMax: 1.5,
  },
];
