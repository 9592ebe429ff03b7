import type { StepReport } from "../load/load_report.ts";
import { median } from "../bench/median.ts";
import type { Measured } from "./load_process.ts";

/** What one server did in all runs: medians. */
export interface Side {
  /** What the server is called. */
  readonly label: string;
  /** Replies a second. */
  readonly requestsPerSecond: number;
  /** Half of the requests took no longer. */
  readonly p50Ms: number;
  /** 99 of 100 requests took no longer. */
  readonly p99Ms: number;
  /** How much of one processor the load tester took: near 1, it may be what limits the figure. */
  readonly loadCpuShare: number;
}

/** One figure of the table. */
export interface Figure {
  /** What was measured. */
  readonly what: string;
  /** What the values count. */
  readonly unit: "times" | "requests/s" | "bytes" | "percent";
  /** The median; `null` where the system does not tell. */
  readonly value: number | null;
  /** What came of each run, in order. */
  readonly runs: readonly number[];
  /** What is asked for: no less than this. */
  readonly atLeast?: number;
  /** What is asked for: no more than this. */
  readonly atMost?: number;
  /** The servers that were measured for it. */
  readonly sides: readonly Side[];
}

/** What is asked of a figure. */
export type FigureDemand = Pick<Figure, "atLeast" | "atMost">;

/**
 * Makes a figure of what came of each run.
 *
 * @param figure all but the value
 */
export function medianFigure(figure: Omit<Figure, "value">): Figure {
  return { ...figure, value: figure.runs.length === 0 ? null : median(figure.runs) };
}

/**
 * Makes a figure of two servers that were measured in turn: how many times as fast the first one is,
 * run by run.
 */
export function ratioFigure(
  what: string,
  demand: FigureDemand,
  ours: Measured,
  theirs: Measured,
): Figure {
  const runs = ours.steps.map((step, run) =>
    step.requestsPerSecond / theirs.steps[run]!.requestsPerSecond
  );
  const sides = [sideOf(ours), sideOf(theirs)];
  return medianFigure({ what, unit: "times", runs, sides, ...demand });
}

/** The medians of a server's runs. */
export function sideOf({ label, steps }: Measured): Side {
  const medianOf = (figure: (step: StepReport) => number) => median(steps.map(figure));
  return {
    label,
    requestsPerSecond: medianOf((step) => step.requestsPerSecond),
    p50Ms: medianOf((step) => step.latency!.p50Ms),
    p99Ms: medianOf((step) => step.latency!.p99Ms),
    loadCpuShare: medianOf((step) => step.ownCpuShare),
  };
}

/** Whether a figure is what was asked for; `undefined` where nothing was, or it is not known. */
export function isReached({ value, atLeast, atMost }: Figure): boolean | undefined {
  if (value === null || (atLeast === undefined && atMost === undefined)) return undefined;
  return value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity);
}
