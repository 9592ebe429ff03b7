import type { LatencyReport, LoadReport, StepReport, TargetReport } from "../load_report.ts";
import { formatCount } from "./figures.ts";
import { hasOwnFirstByte } from "./first_byte.ts";
import { latenciesAt, percentilePositions } from "./latency_distribution.ts";

/** A line of a chart. */
export interface Curve {
  /** The entry in the legend. */
  readonly label: string;
  /** The index of its target in the report. */
  readonly target: number;
  /** The index of its figure in the chart's `figures`. */
  readonly figure: number;
  /** One for each of the chart's `x`; `null` if nothing was measured. */
  readonly values: readonly (number | null)[];
}

/** A chart, as the page's script receives it. */
export interface ChartData {
  /** Part of the element's id. */
  readonly id: string;
  readonly title: string;
  /** An explanation below the title; may be empty. */
  readonly note: string;
  /** Numbers of clients, or percentiles p as 1 / (1 - p). */
  readonly xKind: "clients" | "percentile";
  readonly isXLogarithmic: boolean;
  readonly unit: "ms" | "requests/s";
  /** The positions of the curves' values, in ascending order. */
  readonly x: readonly number[];
  /** The figures of each target. */
  readonly figures: readonly string[];
  /** One for each figure of each target. */
  readonly curves: readonly Curve[];
}

type Figures = Readonly<Record<string, (step: StepReport) => number | null | undefined>>;

/** The x axis is logarithmic if the steps between numbers of clients grow by this factor. */
const GEOMETRIC_GROWTH = 4;

/**
 * Returns the charts of a report, without empty ones.
 */
export function chartsOf(report: LoadReport): ChartData[] {
  const isOpenLoop = report.settings.ratePerSecond !== null;
  const charts = [
    clientsChart(report, {
      id: "times",
      title: "Average, minimum and maximum latency",
      note: "From a request to the last byte of its reply" +
        (isOpenLoop ? ", counted from when the request was due." : "."),
      unit: "ms",
    }, {
      average: (step) => step.latency?.averageMs,
      minimum: (step) => step.latency?.minMs,
      maximum: (step) => step.latency?.maxMs,
    }),
    clientsChart(report, {
      id: "percentiles",
      title: "Percentiles",
      note: "Half of all requests took at most p50, 999 of 1,000 at most p99.9.",
      unit: "ms",
    }, {
      p50: (step) => step.latency?.p50Ms,
      p99: (step) => step.latency?.p99Ms,
      "p99.9": (step) => step.latency?.p999Ms,
    }),
    clientsChart(report, {
      id: "throughput",
      title: "Requests per second",
      note: "Replies to all clients together.",
      unit: "requests/s",
    }, { "requests/s": (step) => step.requestsPerSecond }),
    phasesChart(report),
    clientsChart(report, {
      id: "corrected",
      title: "p99, corrected and uncorrected",
      note:
        "Corrected counts from when a request was due; uncorrected from when it was sent, which " +
        "hides the requests that a stalled server prevented from being sent.",
      unit: "ms",
    }, {
      corrected: (step) => isOpenLoop ? step.latency?.p99Ms : null,
      uncorrected: (step) => step.uncorrected?.p99Ms,
    }),
    distributionChart(report),
  ];
  return charts.filter(({ curves }) => curves.some(({ values }) => values.some(isAboveZero)));
}

function phasesChart(report: LoadReport): ChartData {
  const connect = (step: StepReport) => step.connect?.averageMs;
  const firstByte = (step: StepReport) => step.firstByte?.averageMs;
  const chart = { id: "phases", unit: "ms" } as const;
  return hasOwnFirstByte(report)
    ? clientsChart(report, {
      ...chart,
      title: "Connecting and first byte",
      note: "Averages of opening a connection, and from a request to the first byte of its reply.",
    }, { connect, "first byte": firstByte })
    : clientsChart(report, {
      ...chart,
      title: "Connecting",
      note: "Average time to open a connection.",
    }, { connect });
}

/** Draws figures of every step against its number of clients. */
function clientsChart(
  { targets }: LoadReport,
  about: Pick<ChartData, "id" | "title" | "note" | "unit">,
  figures: Figures,
): ChartData {
  const x = [...new Set(targets.flatMap(({ steps }) => steps.map(({ clients }) => clients)))]
    .sort((a, b) => a - b);
  const names = Object.keys(figures);
  const curves = targets.flatMap(({ label, steps }, target) => {
    const stepByClients = new Map(steps.map((step) => [step.clients, step]));
    return Object.entries(figures).map(([name, read], figure) => ({
      label: curveLabel(targets, label, names, name),
      target,
      figure,
      values: x.map((clients) => {
        const step = stepByClients.get(clients);
        return step === undefined ? null : read(step) ?? null;
      }),
    }));
  });
  return {
    ...about,
    xKind: "clients",
    isXLogarithmic: isGeometric(x),
    x,
    figures: names,
    curves: curves.filter(hasValue),
  };
}

/** The distribution of all latencies in each target's last step with replies. */
function distributionChart({ targets, settings }: LoadReport): ChartData {
  const lastSteps = targets.map(({ steps }) => steps.findLast(({ latency }) => latency !== null));
  const x = percentilePositions(Math.max(1, ...lastSteps.map((step) => step?.latency?.count ?? 0)));
  const figures = settings.ratePerSecond === null ? ["latency"] : ["corrected", "uncorrected"];
  const curves = targets.flatMap(({ label }, target) => {
    const step = lastSteps[target];
    const latencies = [step?.latency, step?.uncorrected].slice(0, figures.length);
    return latencies.map((latency, figure) => ({
      label: curveLabel(targets, label, figures, figures[figure]!),
      target,
      figure,
      values: valuesAt(latency, x),
    }));
  });
  const clients = [...new Set(lastSteps.flatMap((step) => step === undefined ? [] : step.clients))];
  return {
    id: "distribution",
    title: `All requests at ${clients.map(formatCount).join(" and ")} clients`,
    note:
      "How many percent of the requests took at most this long; each further nine has the same width.",
    xKind: "percentile",
    isXLogarithmic: true,
    unit: "ms",
    x,
    figures,
    curves: curves.filter(hasValue),
  };
}

function valuesAt(
  latency: LatencyReport | null | undefined,
  positions: readonly number[],
): readonly (number | null)[] {
  return latency ? latenciesAt(latency.histogram, positions) : positions.map(() => null);
}

/** A single target is not named in the legend, nor is a single figure. */
function curveLabel(
  targets: readonly TargetReport[],
  label: string,
  figures: readonly string[],
  figure: string,
): string {
  if (targets.length === 1) return figure;
  return figures.length === 1 ? label : `${label}, ${figure}`;
}

function isAboveZero(value: number | null): boolean {
  return value !== null && value > 0;
}

function hasValue({ values }: Curve): boolean {
  return values.some((value) => value !== null);
}

/** Whether the last difference of two numbers is far greater than the first one. */
function isGeometric(numbers: readonly number[]): boolean {
  const [first, second] = numbers;
  const [beforeLast, last] = numbers.slice(-2);
  if (numbers.length < 3) return false;
  return last! - beforeLast! > GEOMETRIC_GROWTH * (second! - first!);
}
