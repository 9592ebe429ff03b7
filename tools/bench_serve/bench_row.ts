import type { CommandLine } from "../bench/measure.ts";
import type { BenchScale } from "./bench_scale.ts";
import type { Figure } from "./figure.ts";
import type { Processes } from "./servers/processes.ts";

export interface BenchSettings {
  /** The directory of the files. */
  readonly directory: string;
  /** How often each measurement is repeated, 1 or more. */
  readonly runs: number;
  /** The duration of a run. */
  readonly durationMs: number;
  /** The number of workers that are compared with Redis, in addition to one. */
  readonly workers: number;
  readonly scale: BenchScale;
  /** With a small scale, the figures are meaningless. */
  readonly isQuick: boolean;
  /** The command line of linesvr before `serve FILE`. */
  readonly program: CommandLine;
}

export interface BenchContext {
  readonly settings: BenchSettings;
  /** Killed after the row. */
  readonly processes: Processes;
  /** A directory that is removed after the row. */
  readonly scratchDirectory: string;
  /** Aborts the benchmark. */
  readonly interrupted: AbortSignal;
}

/** One row of the table. */
export interface BenchRow {
  /** The value of `--only`. */
  readonly name: string;
  /** A description for people. */
  readonly what: string;
  /** Whether the row is skipped if Redis is not installed. */
  readonly needsRedis?: true;
  /** @throws {Error} (as a rejection) if an answer was wrong, or anything else failed */
  readonly run: (context: BenchContext) => Promise<readonly Figure[]>;
}
