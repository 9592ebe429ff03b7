import { median } from "../bench/measure.ts";
import type { StepReport } from "../load/load_report.ts";

/** The measurements of one server. */
export interface Measured {
  /** The server's name in the table. */
  readonly label: string;
  /** One or more. */
  readonly steps: readonly StepReport[];
}

/** The medians of all runs with one server. */
export interface ServerMedians {
  readonly label: string;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The load tester's share of a processor: near 1, it may be what limits the figure. */
  readonly loadCpuShare: number;
}

/** One figure of the table. */
export interface Figure {
  readonly what: string;
  readonly unit: "times" | "requests/s" | "bytes" | "percent";
  /** The median; `null` if the system does not tell. */
  readonly value: number | null;
  /** The value of each run. */
  readonly runs: readonly number[];
  /** The required minimum. */
  readonly atLeast?: number;
  /** The required maximum. */
  readonly atMost?: number;
  readonly servers: readonly ServerMedians[];
}

export type Requirement = Pick<Figure, "atLeast" | "atMost">;

export function medianFigure(figure: Omit<Figure, "value">): Figure {
  return { ...figure, value: figure.runs.length === 0 ? null : median(figure.runs) };
}

/** Returns the ratio of the requests per second of two servers that were measured in turn. */
export function ratioFigure(
  what: string,
  requirement: Requirement,
  measured: Measured,
  reference: Measured,
): Figure {
  const runs = measured.steps.map((step, run) =>
    step.requestsPerSecond / reference.steps[run]!.requestsPerSecond
  );
  const servers = [mediansOf(measured), mediansOf(reference)];
  return medianFigure({ what, unit: "times", runs, servers, ...requirement });
}

export function mediansOf({ label, steps }: Measured): ServerMedians {
  const medianOf = (figure: (step: StepReport) => number) => median(steps.map(figure));
  return {
    label,
    requestsPerSecond: medianOf((step) => step.requestsPerSecond),
    p50Ms: medianOf((step) => step.latency!.p50Ms),
    p99Ms: medianOf((step) => step.latency!.p99Ms),
    loadCpuShare: medianOf((step) => step.ownCpuShare),
  };
}

/** Returns `undefined` if nothing is required, or the value is not known. */
export function isReached({ value, atLeast, atMost }: Figure): boolean | undefined {
  if (value === null || (atLeast === undefined && atMost === undefined)) return undefined;
  return value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity);
}
