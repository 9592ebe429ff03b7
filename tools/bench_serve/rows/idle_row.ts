import { ensureText } from "../../bench/bench_text.ts";
import { processMemory } from "../../bench/measure.ts";
import { taskCommand } from "../../bench/task_command.ts";
import type { BenchContext, BenchRow } from "../bench_row.ts";
import { type Figure, medianFigure } from "../figure.ts";
import { startServer } from "../servers/bench_server.ts";
import { load } from "../servers/load_process.ts";
import { Processes } from "../servers/processes.ts";

const WARM_UP_CLIENTS = 50;
const CONNECTION_MAX_BYTES = 20_000;

/** The memory of an idle connection. */
export const idleRow: BenchRow = {
  name: "idle",
  what: "50 MB, 10,000 connections that are idle after one request",
  run,
};

async function run(context: BenchContext): Promise<Figure[]> {
  const { directory, scale } = context.settings;
  const textPath = await ensureText(directory, scale.smallText, context.interrupted);
  const runs: number[] = [];
  for (let run = 0; run < context.settings.runs; run++) {
    runs.push(...await bytesPerConnection(context, textPath));
  }
  const what = "memory of the server for each connection";
  const atMost = CONNECTION_MAX_BYTES;
  return [medianFigure({ what, unit: "bytes", runs, atMost, servers: [] })];
}

// Returns one value, or none if the system does not tell.
async function bytesPerConnection(rowContext: BenchContext, textPath: string): Promise<number[]> {
  const { scale: { idleConnections: count }, durationMs } = rowContext.settings;
  await using processes = new Processes(rowContext.interrupted);
  const context = { ...rowContext, processes };
  const flags = ["--max-connections", `${2 * count}`, "--idle-timeout", "0"];
  const server = await startServer(context, "linesvr", textPath, flags);
  // Memory that the server allocates under load in any case is not counted.
  const warmUp = { clients: [1, WARM_UP_CLIENTS], step: { durationMs } };
  await load(context, { servers: [server], textPath, ...warmUp });
  const before = processMemory(server.pid);
  const program = taskCommand("load", { module: "tools/bench_serve/servers/idle_clients.ts" });
  const clients = processes.start([...program, server.address, `${count}`, textPath]);
  await clients.line(clients.output, /^ready$/);
  const after = processMemory(server.pid);
  if (before === undefined || after === undefined) return [];
  return [(after.residentBytes - before.residentBytes) / count];
}
