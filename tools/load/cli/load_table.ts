import type { LatencyReport, StepReport } from "../load_report.ts";

export interface LoadTableOptions {
  /** A single server gets no column. */
  readonly labels: readonly string[];
  /** Adds a column with the latency from when requests were sent. */
  readonly isOpenLoop: boolean;
  /** The width of the terminal; without it, the table has all columns. */
  readonly widthMax?: number | undefined;
}

export interface LoadTableRow {
  /** 1 or more. */
  readonly stepNumber: number;
  readonly label: string;
  readonly step: StepReport;
  /** The first server in the same step, for the ratios. */
  readonly first: StepReport;
}

interface Column {
  readonly title: string;
  readonly width: number;
  readonly text: (row: LoadTableRow) => string;
}

const GAP = "  ";

/** The columns that a narrow terminal does without, the least important first. */
const DISPENSABLE: readonly string[] = [
  "connect",
  "p99.9 ms",
  "min ms",
  "p50 ms",
  "step",
  "own CPU",
  "× avg",
  "max ms",
  "avg ms",
];

/** Formats the results of a run as a table with a row for each step and server. */
export class LoadTable {
  readonly #columns: readonly Column[];
  /** The titles of the columns for which the terminal is too narrow. */
  readonly omitted: readonly string[];

  constructor({ labels, isOpenLoop, widthMax = Infinity }: LoadTableOptions) {
    const labelWidth = Math.max(...labels.map((label) => label.length), "server".length);
    const isComparison = labels.length > 1;
    const all: Column[] = [
      { title: "step", width: 4, text: ({ stepNumber }) => `${stepNumber}` },
      { title: "clients", width: 7, text: ({ step }) => `${step.clients}` },
      ...isComparison ? [labelColumn(labelWidth)] : [],
      { title: "requests/s", width: 10, text: ({ step }) => formatRate(step.requestsPerSecond) },
      ...TIMES,
      ...isOpenLoop ? [UNCORRECTED] : [],
      ...COUNTS,
      ...isComparison ? RATIOS : [],
    ];
    this.#columns = fitting(all, widthMax);
    this.omitted = all.filter((column) => !this.#columns.includes(column))
      .map(({ title }) => title);
  }

  header(): string {
    return this.#line(({ title }) => title);
  }

  row(row: LoadTableRow): string {
    return this.#line(({ text }) => text(row));
  }

  #line(text: (column: Column) => string): string {
    return this.#columns.map((column) => text(column).padStart(column.width)).join(GAP);
  }
}

function fitting(columns: readonly Column[], widthMax: number): readonly Column[] {
  let left = columns;
  for (const omitted of DISPENSABLE) {
    const width = left.reduce((sum, column) => sum + column.width, 0);
    if (width + GAP.length * (left.length - 1) <= widthMax) break;
    left = left.filter(({ title }) => title !== omitted);
  }
  return left;
}

function labelColumn(width: number): Column {
  return { title: "server", width, text: ({ label }) => label };
}

const TIMES: readonly Column[] = [
  timeColumn("avg ms", ({ latency }) => latency?.averageMs),
  timeColumn("min ms", ({ latency }) => latency?.minMs),
  timeColumn("p50 ms", ({ latency }) => latency?.p50Ms),
  timeColumn("p99 ms", ({ latency }) => latency?.p99Ms),
  timeColumn("p99.9 ms", ({ latency }) => latency?.p999Ms),
  timeColumn("max ms", ({ latency }) => latency?.maxMs),
];

const UNCORRECTED: Column = timeColumn("p99 sent", ({ uncorrected }) => uncorrected?.p99Ms);

const COUNTS: readonly Column[] = [
  timeColumn("connect", ({ connect }) => connect?.averageMs),
  { title: "errors", width: 6, text: ({ step }) => formatCount(step.errors) },
  { title: "wrong", width: 6, text: ({ step }) => formatCount(step.wrong) },
  {
    title: "own CPU",
    width: 8,
    text: ({ step }) => `${Math.round(step.ownCpuShare * 100)}%${step.isSaturated ? "*" : " "}`,
  },
];

const RATIOS: readonly Column[] = [
  {
    title: "× req/s",
    width: 7,
    text: ({ step, first }) => formatRatio(step.requestsPerSecond, first.requestsPerSecond),
  },
  {
    title: "× avg",
    width: 7,
    text: ({ step, first }) => formatRatio(averageMs(step.latency), averageMs(first.latency)),
  },
];

function timeColumn(title: string, ms: (step: StepReport) => number | undefined): Column {
  return { title, width: 8, text: ({ step }) => formatMs(ms(step)) };
}

function averageMs(latency: LatencyReport | null): number {
  return latency?.averageMs ?? 0;
}

/** Formats milliseconds: `0.012`, `0.12`, `4.56`, `123`; `-` if nothing was measured. */
export function formatMs(ms: number | undefined): string {
  if (ms === undefined) return "-";
  if (ms < 0.0995) return ms > 0 && ms < 0.0005 ? "<0.001" : ms.toFixed(3);
  return ms < 99.995 ? ms.toFixed(2) : formatCount(ms);
}

/** Formats a number of requests per second: `0.12`, `4.5`, `1,234`. */
export function formatRate(perSecond: number): string {
  if (perSecond === 0 || perSecond >= 9.95) return formatCount(perSecond);
  return perSecond < 0.995 ? perSecond.toPrecision(2) : perSecond.toFixed(1);
}

/** Formats a number without fraction: `1,234`. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

function formatRatio(value: number, base: number): string {
  if (value <= 0 || base <= 0) return "-";
  const ratio = value / base;
  return ratio < 0.0995 ? ratio.toPrecision(1) : ratio.toFixed(2);
}
