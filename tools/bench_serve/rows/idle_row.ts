import { ensureText } from "../../bench/bench_text.ts";
import { processMemory } from "../../bench/process_memory.ts";
import type { BenchRow } from "../bench_row.ts";
import { startServer } from "../bench_server.ts";
import type { BenchContext } from "../bench_context.ts";
import { type Figure, medianFigure } from "../figure.ts";
import { load } from "../load_process.ts";
import { Processes } from "../processes.ts";
import { taskCommand } from "../../bench/task_command.ts";

const WARM_UP_CLIENTS = 50;
const CONNECTION_MAX_BYTES = 20_000;

/** What a connection holds that asks for nothing. */
export const idleRow: BenchRow = {
  name: "idle",
  what: "50 MB, 10,000 connections that were answered once, open and idle",
  run,
};

async function run(context: BenchContext): Promise<Figure[]> {
  const { directory, scale } = context.settings;
  const textPath = await ensureText(directory, scale.smallText, context.interrupted);
  const runs: number[] = [];
  for (let run = 0; run < context.settings.runs; run++) {
    runs.push(...await bytesPerConnection(context, textPath));
  }
  const figure = medianFigure({
    what: "memory of the server for each",
    unit: "bytes",
    runs,
    atMost: CONNECTION_MAX_BYTES,
    sides: [],
  });
  return [figure];
}

// One value, or none where the system does not tell.
async function bytesPerConnection(
  ofAllRuns: BenchContext,
  textPath: string,
): Promise<number[]> {
  const { scale: { idleConnections: count }, durationMs } = ofAllRuns.settings;
  await using processes = new Processes(ofAllRuns.interrupted);
  const context = { ...ofAllRuns, processes };
  const room = ["--max-connections", `${2 * count}`, "--idle-timeout", "0"];
  const server = await startServer(context, "linesvr", textPath, room);
  // So that nothing is counted that the server comes to hold anyway.
  const warmUp = { clients: [1, WARM_UP_CLIENTS], step: { durationMs } };
  await load(context, { servers: [server], textPath, ...warmUp });
  const before = processMemory(server.pid);
  const program = taskCommand("load", "tools/bench_serve/idle_clients.ts");
  const clients = processes.start([...program, server.address, `${count}`, textPath]);
  await clients.line(clients.output, /^ready$/);
  const after = processMemory(server.pid);
  if (before === undefined || after === undefined) return [];
  return [(after.residentBytes - before.residentBytes) / count];
}
