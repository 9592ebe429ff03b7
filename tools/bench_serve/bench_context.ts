import type { BenchSettings } from "./bench_settings.ts";
import type { Processes } from "./processes.ts";

/** What a row works with. */
export interface BenchContext {
  /** How the benchmark is run. */
  readonly settings: BenchSettings;
  /** What the row starts its processes with; they are ended behind it. */
  readonly processes: Processes;
  /** Where the row may leave files; they are removed behind it. */
  readonly scratchDirectory: string;
  /** Ends the benchmark at once. */
  readonly interrupted: AbortSignal;
}
