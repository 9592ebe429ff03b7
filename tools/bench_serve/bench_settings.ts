import type { CommandLine } from "../bench/run_process.ts";
import type { BenchScale } from "./bench_scale.ts";

/** How the benchmark is run. */
export interface BenchSettings {
  /** Where the texts are, or are made; there is such a directory. */
  readonly directory: string;
  /** How often each thing is measured: 1 or more. */
  readonly runs: number;
  /** How long a run takes. */
  readonly durationMs: number;
  /** How many workers are compared with Redis, beside one. */
  readonly workers: number;
  /** How much is served and asked for. */
  readonly scale: BenchScale;
  /** Whether figures count: they do not where the scale is small. */
  readonly isQuick: boolean;
  /** The words before `serve FILE`. */
  readonly program: CommandLine;
}
