import type { LatencyReport, StepReport } from "../load_report.ts";

/** What a table of steps shows. */
export interface LoadTableOptions {
  /** What the servers are called; one gets no column. */
  readonly labels: readonly string[];
  /** Whether latency counts from when a request was due: then the uncorrected one is shown too. */
  readonly isOpenLoop: boolean;
}

/** What one row is about. */
export interface LoadTableRow {
  /** Which step, 1 or more. */
  readonly stepNumber: number;
  /** What the server is called. */
  readonly label: string;
  /** What it did. */
  readonly step: StepReport;
  /** What the first server did in the same step. */
  readonly first: StepReport;
}

interface Column {
  readonly title: string;
  readonly width: number;
  readonly text: (row: LoadTableRow) => string;
}

/** Lays out what came of the steps of a run: a row for each step and server. */
export class LoadTable {
  readonly #columns: readonly Column[];

  /** Chooses the columns. */
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

  /** The line above the rows. */
  header(): string {
    return this.#line(({ title }) => title);
  }

  /** The line of a row. */
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

/** Shows milliseconds with about three digits: `0.12`, `4.56`, `123`; `-` where nothing was measured. */
export function formatMs(ms: number | undefined): string {
  if (ms === undefined) return "-";
  return ms < 100 ? ms.toFixed(2) : formatCount(ms);
}

/** Shows a number without a fraction, in groups of three digits. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

function formatRatio(value: number, base: number): string {
  return value > 0 && base > 0 ? (value / base).toFixed(2) : "-";
}
