import { ensureText } from "../../bench/bench_text.ts";
import { median } from "../../bench/median.ts";
import { processMemory } from "../../bench/process_memory.ts";
import type { BenchRow } from "../bench_row.ts";
import { startServer } from "../bench_server.ts";
import type { BenchContext } from "../bench_context.ts";
import { type Figure, medianFigure, type Side, sideOf } from "../figure.ts";
import { LoadProcess } from "../load_process.ts";

const CLIENTS = 50;
const PIPELINE = 16;
const PEAK_MAX_BYTES = 256_000_000;
const GROWTH_MAX_PERCENT = 3;
const SAMPLE_EVERY_MS = 250;

/** How much memory the server holds, and whether it still grows. Once: one run is long. */
export const memoryRow: BenchRow = {
  name: "memory",
  what: "10 GB at random, 50 clients, 16 commands a trip, default cache, 10,000,000 requests, once",
  run,
};

async function run(context: BenchContext): Promise<Figure[]> {
  const { directory, scale } = context.settings;
  const textPath = await ensureText(directory, scale.largeText, context.interrupted);
  const server = await startServer(context, "10 GB", textPath);
  const load = await LoadProcess.start(context, {
    servers: [server],
    textPath,
    // The step that is not counted is a short one.
    clients: [1, CLIENTS],
    pipeline: PIPELINE,
    step: { requests: Math.ceil(scale.memoryRequests / CLIENTS) },
  });
  await load.stepEnded(1);
  const samples: number[] = [];
  const sample = () => samples.push(...residentBytes(server.pid));
  sample();
  const sampling = setInterval(sample, SAMPLE_EVERY_MS);
  try {
    const [measured] = await load.end();
    sample();
    return figures(samples, server.pid, [sideOf(measured!)]);
  } finally {
    clearInterval(sampling);
  }
}

function residentBytes(pid: number): number[] {
  const memory = processMemory(pid);
  return memory === undefined ? [] : [memory.residentBytes];
}

function figures(samples: readonly number[], pid: number, sides: readonly Side[]): Figure[] {
  const peakBytes = processMemory(pid)?.peakBytes;
  return [
    medianFigure({
      what: "the most memory it held",
      unit: "bytes",
      runs: peakBytes === undefined ? [] : [peakBytes],
      atMost: PEAK_MAX_BYTES,
      sides,
    }),
    medianFigure({
      what: "growth over the last half: its last quarter by the one before",
      unit: "percent",
      runs: samples.length === 0 ? [] : [growthPercent(samples)],
      atMost: GROWTH_MAX_PERCENT,
      sides: [],
    }),
  ];
}

// Medians: what the engine holds goes up and down between two collections.
function growthPercent(samples: readonly number[]): number {
  const lastHalf = samples.slice(Math.floor(samples.length / 2));
  const before = lastHalf.slice(0, Math.ceil(lastHalf.length / 2));
  const after = lastHalf.slice(Math.floor(lastHalf.length / 2));
  return (median(after) / median(before) - 1) * 100;
}
