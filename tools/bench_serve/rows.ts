import type { BenchRow } from "./bench_row.ts";
import { againstRedis } from "./rows/against_redis.ts";
import { coldNeighboursRow } from "./rows/cold_neighbours_row.ts";
import { idleRow } from "./rows/idle_row.ts";
import { largeRow } from "./rows/large_row.ts";
import { memoryRow } from "./rows/memory_row.ts";
import { pipelineRow } from "./rows/pipeline_row.ts";
import { workersRow } from "./rows/workers_row.ts";

/** The whole table, in the order in which it is measured. */
export const ROWS: readonly BenchRow[] = [
  {
    name: "one",
    what: "50 MB, 50 clients, one command a trip: against Redis",
    needsRedis: true,
    run: (context) => againstRedis(context, { clients: 50, atLeast: 1 }),
  },
  {
    name: "batch",
    what: "50 MB, 50 clients, 16 commands a trip: against Redis",
    needsRedis: true,
    run: (context) => againstRedis(context, { clients: 50, pipeline: 16, atLeast: 1.5 }),
  },
  {
    name: "stay",
    what: "50 MB, 500 clients that stay, one command a trip: against Redis",
    needsRedis: true,
    run: (context) => againstRedis(context, { clients: 500, atLeast: 1 }),
  },
  {
    name: "reconnect",
    what: "50 MB, 500 clients that reconnect after every 10 commands: against Redis",
    needsRedis: true,
    run: (context) => againstRedis(context, { clients: 500, reconnectAfter: 10, atLeast: 0.8 }),
  },
  pipelineRow,
  largeRow,
  coldNeighboursRow,
  workersRow,
  memoryRow,
  idleRow,
];
