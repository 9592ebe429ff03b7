import type { LatencyReport, StepReport } from "../load_report.ts";

export interface LoadTableOptions {
  /** A single server gets no column. */
  readonly labels: readonly string[];
  /** Adds a column with the latency from when requests were sent. */
  readonly isOpenLoop: boolean;
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

/** Formats the results of a run as a table with a row for each step and server. */
export class LoadTable {
  readonly #columns: readonly Column[];

  constructor({ labels, isOpenLoop }: LoadTableOptions) {
    const labelWidth = Math.max(...labels.map((label) => label.length), "server".length);
    const isComparison = labels.length > 1;
    this.#columns = [
      { title: "step", width: 4, text: ({ stepNumber }) => `${stepNumber}` },
      { title: "clients", width: 7, text: ({ step }) => `${step.clients}` },
      ...isComparison ? [labelColumn(labelWidth)] : [],
      { title: "requests/s", width: 10, text: ({ step }) => formatCount(step.requestsPerSecond) },
      ...TIMES,
      ...isOpenLoop ? [UNCORRECTED] : [],
      ...COUNTS,
      ...isComparison ? RATIOS : [],
    ];
  }

  header(): string {
    return this.#line(({ title }) => title);
  }

  row(row: LoadTableRow): string {
    return this.#line(({ text }) => text(row));
  }

  #line(text: (column: Column) => string): string {
    return this.#columns.map((column) => text(column).padStart(column.width)).join("  ");
  }
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

/** Formats milliseconds with about three digits: `0.12`, `4.56`, `123`; `-` if nothing was measured. */
export function formatMs(ms: number | undefined): string {
  if (ms === undefined) return "-";
  return ms < 100 ? ms.toFixed(2) : formatCount(ms);
}

/** Formats a number without fraction: `1,234`. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

function formatRatio(value: number, base: number): string {
  return value > 0 && base > 0 ? (value / base).toFixed(2) : "-";
}
