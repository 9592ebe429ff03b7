import type { BenchRow } from "../bench_row.ts";
import { coldNeighboursRow } from "./cold_neighbours_row.ts";
import { idleRow } from "./idle_row.ts";
import { largeRow } from "./large_row.ts";
import { LOADS } from "./loads.ts";
import { memoryRow } from "./memory_row.ts";
import { pipelineRow } from "./pipeline_row.ts";
import { redisRow } from "./redis_row.ts";
import { workersRow } from "./workers_row.ts";

/** The rows without `--against`, in the order in which they are measured. */
export const ROWS: readonly BenchRow[] = [
  ...LOADS.map(redisRow),
  pipelineRow,
  largeRow,
  coldNeighboursRow,
  workersRow,
  memoryRow,
  idleRow,
];
