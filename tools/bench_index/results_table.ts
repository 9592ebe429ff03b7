import type { IndexBenchResult } from "./index_bench.ts";

/** No builder may hold more memory than this. */
export const PEAK_MAX_BYTES = 200_000_000;

/** No `get` may take longer than this. */
export const GET_MAX_MS = 150;

const COLUMNS = [
  "text",
  "read from",
  "`wc -l`",
  "`linesvr index`",
  "ratio",
  "bytes a line",
  "peak memory",
  "`linesvr get`",
] as const;

/** The results as a Markdown table; behind each figure stands in brackets what it may be at most. */
export function resultsTable(results: readonly IndexBenchResult[]): string {
  const rows = [COLUMNS, COLUMNS.map(() => "---"), ...results.map(cells)];
  return rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function cells(result: IndexBenchResult): string[] {
  const { bench, peakBytes } = result;
  return [
    bench.what,
    bench.isCached ? "the system's cache" : "the disk",
    seconds(result.wcMs),
    limited(seconds(result.indexMs), bench.indexMaxMs && seconds(bench.indexMaxMs)),
    limited(result.ratio.toFixed(2), bench.ratioMax?.toFixed(2)),
    limited(result.bytesPerLine.toFixed(3), bench.bytesPerLineMax?.toFixed(2)),
    limited(
      peakBytes === undefined ? "not known" : megabytes(peakBytes),
      megabytes(PEAK_MAX_BYTES),
    ),
    limited(`${result.getMs.toFixed(0)} ms`, `${GET_MAX_MS} ms`),
  ];
}

function limited(figure: string, limit: string | undefined | 0): string {
  return limit ? `${figure} (${limit})` : figure;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
