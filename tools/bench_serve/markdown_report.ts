import type { BenchReport, RowReport } from "./bench_report.ts";
import { type Figure, isReached, type Side } from "./figure.ts";

const COLUMNS = [
  "row",
  "what",
  "measured",
  "figure",
  "asked for",
  "reached",
  "of each run",
] as const;
const SIDE_COLUMNS = ["row", "server", "requests/s", "p50", "p99", "load tester's CPU"] as const;

const SIDES_MEAN = "Medians of the servers that were measured. Where the load tester's CPU is " +
  "near 100 %, it may be what limits the figure.";

/** The report as people read it. */
export function markdownReport(report: BenchReport): string {
  const figures = report.rows.flatMap(figureCells);
  const sides = report.rows.flatMap(({ name, figures }) =>
    figures.flatMap(({ sides }) => sides.map((side) => sideCells(name, side)))
  );
  return [
    ...describeRun(report),
    "",
    table(COLUMNS, figures),
    "",
    ...(sides.length === 0 ? [] : [SIDES_MEAN, "", table(SIDE_COLUMNS, sides), ""]),
  ].join("\n");
}

/** A figure with its unit. */
export function describeFigure(figure: Figure): string {
  return figure.value === null ? "not known" : withUnit(figure.value, figure.unit);
}

function describeRun({ machine, kernel, versions, settings, startedAt }: BenchReport): string[] {
  const { runs, durationMs, workers } = settings;
  const redis = versions.redis === null ? "no Redis installed" : `Redis ${versions.redis}`;
  return [
    "# linesvr, measured",
    "",
    ...(settings.isQuick ? ["A trial on tiny texts: the figures mean nothing.", ""] : []),
    `- ${startedAt}, ${machine}, ${kernel}`,
    `- linesvr ${versions.linesvr}, Deno ${versions.deno}, ${redis}`,
    `- Medians of ${runs} runs of ${durationMs / 1000} s, in turn; ratios run by run; ` +
    `workers against Redis: 1 and ${workers}`,
    `- "50 MB": ${settings.smallText}`,
    `- "1 GB": ${settings.uncachedText}`,
    `- "10 GB": ${settings.largeText}`,
    "- Every answer was compared with the file.",
  ];
}

function figureCells({ name, what, leftOut, figures }: RowReport): string[][] {
  if (leftOut !== null) return [[name, what, `left out: ${leftOut}`, "", "", "", ""]];
  return figures.map((figure) => [
    name,
    what,
    figure.what,
    describeFigure(figure),
    describeDemand(figure),
    describeReached(figure),
    figure.runs.map((value) => withUnit(value, figure.unit)).join(", "),
  ]);
}

function describeDemand({ unit, atLeast, atMost }: Figure): string {
  if (atLeast !== undefined) return `at least ${withUnit(atLeast, unit)}`;
  return atMost === undefined ? "reported" : `at most ${withUnit(atMost, unit)}`;
}

function describeReached(figure: Figure): string {
  const reached = isReached(figure);
  if (reached === undefined) return "";
  return reached ? "yes" : "**no**";
}

function sideCells(name: string, side: Side): string[] {
  return [
    name,
    side.label,
    withUnit(side.requestsPerSecond, "requests/s"),
    `${side.p50Ms.toFixed(2)} ms`,
    `${side.p99Ms.toFixed(2)} ms`,
    `${Math.round(side.loadCpuShare * 100)} %`,
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
