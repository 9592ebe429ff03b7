import type { Figure } from "./figure.ts";

/** What came of a row. */
export interface RowReport {
  /** What `--only` calls it. */
  readonly name: string;
  /** What was measured, for people. */
  readonly what: string;
  /** Why it was not measured; `null` where it was. */
  readonly leftOut: string | null;
  /** What was measured; none where it was left out. */
  readonly figures: readonly Figure[];
}

/** What came of the benchmark: what is written as JSON. */
export interface BenchReport {
  /** The version of this format. */
  readonly version: 1;
  /** When it began, as ISO 8601 in UTC. */
  readonly startedAt: string;
  /** Where it ran: system, architecture, processors. */
  readonly machine: string;
  /** The system's kernel, and its architecture. */
  readonly kernel: string;
  /** What was measured; `null` where it is not installed. */
  readonly versions: {
    readonly linesvr: string;
    readonly deno: string;
    readonly redis: string | null;
  };
  /** What was asked for. */
  readonly settings: {
    /** How often each thing was measured. */
    readonly runs: number;
    /** How long a run took. */
    readonly durationMs: number;
    /** How many workers were compared with Redis, beside one. */
    readonly workers: number;
    /** Whether the texts were so small that the figures mean nothing. */
    readonly isQuick: boolean;
    /** What stands for 50 MB, for people. */
    readonly smallText: string;
    /** What stands for 1 GB, for people. */
    readonly uncachedText: string;
    /** What stands for 10 GB, for people. */
    readonly largeText: string;
  };
  /** The table. */
  readonly rows: readonly RowReport[];
}
