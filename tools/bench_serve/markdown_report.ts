import type { BenchReport, RowReport } from "./bench_report.ts";
import { type Figure, isReached, type ServerMedians } from "./figure.ts";

const COLUMNS = [
  "row",
  "what",
  "measured",
  "median",
  "required",
  "reached",
  "runs",
] as const;
const SERVER_COLUMNS = ["row", "server", "requests/s", "p50", "p99", "load tester's CPU"] as const;

const SERVERS_NOTE =
  "Medians of each server. If the load tester's CPU is near 100 %, it may be what " +
  "limits the figure.";

export function markdownReport(report: BenchReport): string {
  const figures = report.rows.flatMap(figureCells);
  const servers = report.rows.flatMap(({ name, figures }) =>
    figures.flatMap(({ servers }) => servers.map((server) => serverCells(name, server)))
  );
  return [
    ...describeRun(report),
    "",
    table(COLUMNS, figures),
    "",
    ...(servers.length === 0 ? [] : [SERVERS_NOTE, "", table(SERVER_COLUMNS, servers), ""]),
  ].join("\n");
}

export function describeFigure(figure: Figure): string {
  return figure.value === null ? "unknown" : withUnit(figure.value, figure.unit);
}

function describeRun({ machine, kernel, versions, settings, startedAt }: BenchReport): string[] {
  const { runs, durationMs, workers } = settings;
  const redis = versions.redis === null ? "no Redis installed" : `Redis ${versions.redis}`;
  return [
    "# linesvr benchmark",
    "",
    ...(settings.isQuick ? ["With --quick: the figures are meaningless.", ""] : []),
    `- ${startedAt}, ${machine}, ${kernel}`,
    `- linesvr ${versions.linesvr}, Deno ${versions.deno}, ${redis}`,
    `- Runs: ${runs} of ${durationMs / 1000} s, in turn (medians); workers: ${workers}`,
    `- "50 MB": ${settings.smallText}`,
    `- "1 GB": ${settings.uncachedText}`,
    `- "10 GB": ${settings.largeText}`,
    "- Every answer was compared with the file.",
  ];
}

function figureCells({ name, what, skipped, figures }: RowReport): string[][] {
  if (skipped !== null) return [[name, what, `skipped (${skipped})`, "", "", "", ""]];
  return figures.map((figure) => [
    name,
    what,
    figure.what,
    describeFigure(figure),
    describeRequirement(figure),
    describeReached(figure),
    figure.runs.map((value) => withUnit(value, figure.unit)).join(", "),
  ]);
}

function describeRequirement({ unit, atLeast, atMost }: Figure): string {
  if (atLeast !== undefined) return `at least ${withUnit(atLeast, unit)}`;
  return atMost === undefined ? "" : `at most ${withUnit(atMost, unit)}`;
}

function describeReached(figure: Figure): string {
  const reached = isReached(figure);
  if (reached === undefined) return "";
  return reached ? "yes" : "**no**";
}

function serverCells(name: string, server: ServerMedians): string[] {
  return [
    name,
    server.label,
    withUnit(server.requestsPerSecond, "requests/s"),
    `${server.p50Ms.toFixed(2)} ms`,
    `${server.p99Ms.toFixed(2)} ms`,
    `${Math.round(server.loadCpuShare * 100)} %`,
  ];
}

function withUnit(value: number, unit: Figure["unit"]): string {
  switch (unit) {
    case "times":
      return value.toFixed(2);
    case "requests/s":
      return Math.round(value).toLocaleString("en-US");
    case "bytes":
      return value < 1e6 ? `${(value / 1e3).toFixed(1)} KB` : `${(value / 1e6).toFixed(0)} MB`;
    case "percent":
      return `${value.toFixed(1)} %`;
  }
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [columns, columns.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
