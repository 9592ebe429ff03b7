import type { IndexBenchResult } from "./index_bench.ts";

const PEAK_MAX_BYTES = 200_000_000;

const GET_MAX_MS = 150;

const COLUMNS = [
  "file",
  "read from",
  "`wc -l`",
  "`linesvr index`",
  "ratio",
  "bytes per line",
  "peak memory",
  "`linesvr get`",
] as const;

/** Formats the results as a Markdown table, with the required maximum in parentheses. */
export function resultsTable(results: readonly IndexBenchResult[]): string {
  const rows = [COLUMNS, COLUMNS.map(() => "---"), ...results.map(cells)];
  return rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function cells(result: IndexBenchResult): string[] {
  const { bench, peakBytes } = result;
  return [
    bench.what,
    bench.isCached ? "the page cache" : "the disk",
    seconds(result.wcMs),
    limited(seconds(result.indexMs), bench.indexMaxMs && seconds(bench.indexMaxMs)),
    limited(result.ratio.toFixed(2), bench.ratioMax?.toFixed(2)),
    limited(result.bytesPerLine.toFixed(3), bench.bytesPerLineMax?.toFixed(2)),
    limited(
      peakBytes === undefined ? "unknown" : megabytes(peakBytes),
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
