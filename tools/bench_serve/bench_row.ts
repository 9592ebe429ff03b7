import type { BenchContext } from "./bench_context.ts";
import type { Figure } from "./figure.ts";

/** One row of the table. */
export interface BenchRow {
  /** What `--only` calls it. */
  readonly name: string;
  /** What is measured, for people. */
  readonly what: string;
  /** Whether it is left out where Redis is not installed. */
  readonly needsRedis?: true;
  /**
   * Measures it.
   *
   * @throws {Error} (as a rejection) where one answer was wrong, or anything failed
   */
  readonly run: (context: BenchContext) => Promise<readonly Figure[]>;
}
