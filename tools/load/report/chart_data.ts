import type { LatencyReport, LoadReport, StepReport, TargetReport } from "../load_report.ts";
import { formatCount } from "./figures.ts";
import { latenciesAt, percentilePlaces } from "./latency_distribution.ts";

/** A line of a chart. */
export interface Curve {
  /** What the legend calls it. */
  readonly label: string;
  /** The position of its target among the report's. */
  readonly target: number;
  /** The position of what it shows among the chart's `figures`. */
  readonly figure: number;
  /** One for each of the chart's `x`; `null` where there is none. */
  readonly values: readonly (number | null)[];
}

/** What a chart shows: as it stands in the page, for its script. */
export interface ChartData {
  /** Its name in the page. */
  readonly id: string;
  /** What it shows. */
  readonly title: string;
  /** What to know to read it; empty where there is nothing. */
  readonly note: string;
  /** Numbers of clients; or percentiles p, as 1 / (1 - p). */
  readonly xKind: "clients" | "percentile";
  /** Whether x is drawn on a logarithmic scale. */
  readonly isXLogarithmic: boolean;
  /** What its values are. */
  readonly unit: "ms" | "requests/s";
  /** Where its curves have values, rising. */
  readonly x: readonly number[];
  /** What is shown of each target. */
  readonly figures: readonly string[];
  /** Each figure of each target. */
  readonly curves: readonly Curve[];
}

type Figures = Readonly<Record<string, (step: StepReport) => number | null | undefined>>;

/** A list of clients is drawn on a logarithmic scale where its steps grow so many times. */
const GEOMETRIC_GROWTH = 4;

/**
 * Makes the charts of a report.
 *
 * @returns none that is empty
 */
export function chartsOf(report: LoadReport): ChartData[] {
  const isOpenLoop = report.settings.ratePerSecond !== null;
  const charts = [
    clientsChart(report, {
      id: "times",
      title: "Average, shortest and longest time",
      note: "From a request to the last byte of its reply" +
        (isOpenLoop ? ", counted from when the request was due." : "."),
      unit: "ms",
    }, {
      average: (step) => step.latency?.averageMs,
      shortest: (step) => step.latency?.minMs,
      longest: (step) => step.latency?.maxMs,
    }),
    clientsChart(report, {
      id: "percentiles",
      title: "Percentiles",
      note: "Half of all requests took no longer than p50, 999 of 1,000 no longer than p99.9.",
      unit: "ms",
    }, {
      p50: (step) => step.latency?.p50Ms,
      p99: (step) => step.latency?.p99Ms,
      "p99.9": (step) => step.latency?.p999Ms,
    }),
    clientsChart(report, {
      id: "throughput",
      title: "Requests a second",
      note: "Replies of all clients together.",
      unit: "requests/s",
    }, { "requests/s": (step) => step.requestsPerSecond }),
    clientsChart(report, {
      id: "phases",
      title: "Connecting, and the first byte",
      note: "Averages: opening a connection, and from a request to the first byte of its reply.",
      unit: "ms",
    }, {
      connect: (step) => step.connect?.averageMs,
      "first byte": (step) => step.firstByte?.averageMs,
    }),
    clientsChart(report, {
      id: "corrected",
      title: "p99, corrected and uncorrected",
      note:
        "Corrected counts from when a request was due; uncorrected from when it was sent, which " +
        "is blind to requests that a stalled server kept from being sent.",
      unit: "ms",
    }, {
      corrected: (step) => isOpenLoop ? step.latency?.p99Ms : null,
      uncorrected: (step) => step.uncorrected?.p99Ms,
    }),
    distributionChart(report),
  ];
  return charts.filter(({ curves }) => curves.some(({ values }) => values.some(isAboveZero)));
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

/** Draws all latencies of each target's last step that has any. */
function distributionChart({ targets, settings }: LoadReport): ChartData {
  const lastSteps = targets.map(({ steps }) => steps.findLast(({ latency }) => latency !== null));
  const x = percentilePlaces(Math.max(1, ...lastSteps.map((step) => step?.latency?.count ?? 0)));
  const figures = settings.ratePerSecond === null
    ? ["time to the last byte"]
    : ["corrected", "uncorrected"];
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
    note: "How many percent of the requests took no longer; each further nine gets the same room.",
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
  places: readonly number[],
): readonly (number | null)[] {
  return latency ? latenciesAt(latency.histogram, places) : places.map(() => null);
}

/** One target needs no name in the legend, and neither does one figure of several targets. */
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

/** Whether the last step from one number to the next is far wider than the first one. */
function isGeometric(numbers: readonly number[]): boolean {
  const [first, second] = numbers;
  const [beforeLast, last] = numbers.slice(-2);
  if (numbers.length < 3) return false;
  return last! - beforeLast! > GEOMETRIC_GROWTH * (second! - first!);
}
