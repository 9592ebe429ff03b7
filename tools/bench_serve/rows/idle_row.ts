import { ensureText } from "../../bench/bench_text.ts";
import { processMemory } from "../../bench/process_memory.ts";
import type { BenchRow } from "../bench_row.ts";
import { startServer } from "../bench_server.ts";
import type { BenchContext } from "../bench_settings.ts";
import { type Figure, medianFigure } from "../figure.ts";
import { load } from "../load_process.ts";
import { taskCommand } from "../task_command.ts";

const WARM_UP_CLIENTS = 50;
const CONNECTION_MAX_BYTES = 20_000;

/** What a connection holds that asks for nothing. */
export const idleRow: BenchRow = {
  name: "idle",
  what: "50 MB, 10,000 connections that were answered once, open and idle",
  run,
};

async function run(context: BenchContext): Promise<Figure[]> {
  const textPath = await ensureText(context.settings.directory, context.settings.scale.smallText);
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
  { settings, processes }: BenchContext,
  textPath: string,
): Promise<number[]> {
  const count = settings.scale.idleConnections;
  await using ofThisRun = processes.nested();
  const context = { settings, processes: ofThisRun };
  const room = ["--max-connections", `${2 * count}`, "--idle-timeout", "0"];
  const server = await startServer(context, textPath, room);
  // So that nothing is counted that the server comes to hold anyway.
  const warmUp = { clients: [1, WARM_UP_CLIENTS], step: { durationMs: settings.durationMs } };
  await load(context, { servers: [server], textPath, ...warmUp });
  const before = processMemory(server.pid);
  const program = taskCommand("load", "tools/bench_serve/idle_clients.ts");
  const clients = ofThisRun.start([...program, server.address, `${count}`, textPath]);
  await clients.line(clients.output, /^ready$/);
  const after = processMemory(server.pid);
  if (before === undefined || after === undefined) return [];
  return [(after.residentBytes - before.residentBytes) / count];
}
