import { type BenchText, LARGE_TEXT, SHORT_TEXT } from "../bench/bench_text.ts";

export interface IndexBenchText extends BenchText {
  /** Whether the file is in the page cache when it is indexed. */
  readonly isCached: boolean;
  /** The greatest allowed ratio to the time of `wc -l`. */
  readonly ratioMax?: number;
  readonly indexMaxMs?: number;
  readonly bytesPerLineMax?: number;
}

/** The files of the benchmark: 16 GB. */
export const INDEX_BENCH_TEXTS: readonly IndexBenchText[] = [
  {
    name: "long",
    what: "2 GB, lines of 1 to 1,860 bytes plus LF",
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
    what: "1 GB, lines of 49 bytes plus LF",
    text: { lineCount: 20_000_000, shortestBytes: 49, longestBytes: 49 },
    isCached: true,
    bytesPerLineMax: 0.05,
  },
  {
    name: "many",
    what: "2 GB, 1,000,000,000 lines of one byte plus LF",
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
