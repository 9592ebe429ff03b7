import type { Figure } from "./figure.ts";

export interface RowReport {
  /** The value of `--only`. */
  readonly name: string;
  /** A description for people. */
  readonly what: string;
  /** Why the row was skipped; `null` if it was not. */
  readonly skipped: string | null;
  readonly figures: readonly Figure[];
}

/** The results of a benchmark: what is written as JSON. */
export interface BenchReport {
  /** The version of this format. */
  readonly version: 2;
  /** When it started, as ISO 8601 in UTC. */
  readonly startedAt: string;
  /** System, architecture, processors. */
  readonly machine: string;
  readonly kernel: string;
  readonly versions: {
    readonly linesvr: string;
    readonly deno: string;
    /** `null` if Redis is not installed. */
    readonly redis: string | null;
  };
  readonly settings: {
    readonly runs: number;
    readonly durationMs: number;
    /** The number of workers that were compared with Redis, in addition to one. */
    readonly workers: number;
    /** Whether the files were so small that the figures are meaningless. */
    readonly isQuick: boolean;
    /** What "50 MB" is. */
    readonly smallText: string;
    /** What "1 GB" is. */
    readonly uncachedText: string;
    /** What "10 GB" is. */
    readonly largeText: string;
  };
  readonly rows: readonly RowReport[];
}
