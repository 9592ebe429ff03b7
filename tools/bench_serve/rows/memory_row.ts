import { ensureText } from "../../bench/bench_text.ts";
import { median, processMemory } from "../../bench/measure.ts";
import type { BenchContext, BenchRow } from "../bench_row.ts";
import { type Figure, medianFigure, mediansOf, type ServerMedians } from "../figure.ts";
import { startServer } from "../servers/bench_server.ts";
import { LoadProcess } from "../servers/load_process.ts";

const CLIENTS = 50;
const PIPELINE_DEPTH = 16;
const PEAK_MAX_BYTES = 256_000_000;
const GROWTH_MAX_PERCENT = 3;
const SAMPLE_EVERY_MS = 250;

/** The server's memory, and whether it keeps growing. Measured once, because a run is long. */
export const memoryRow: BenchRow = {
  name: "memory",
  what:
    "10 GB, random lines, 50 clients, pipeline depth 16, default cache, 10,000,000 requests, once",
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
    pipeline: PIPELINE_DEPTH,
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
    return figures(samples, server.pid, [mediansOf(measured!)]);
  } finally {
    clearInterval(sampling);
  }
}

function residentBytes(pid: number): number[] {
  const memory = processMemory(pid);
  return memory === undefined ? [] : [memory.residentBytes];
}

function figures(
  samples: readonly number[],
  pid: number,
  servers: readonly ServerMedians[],
): Figure[] {
  const peakBytes = processMemory(pid)?.peakBytes;
  return [
    medianFigure({
      what: "peak memory",
      unit: "bytes",
      runs: peakBytes === undefined ? [] : [peakBytes],
      atMost: PEAK_MAX_BYTES,
      servers,
    }),
    medianFigure({
      what: "growth from the third to the last quarter of the run",
      unit: "percent",
      runs: samples.length === 0 ? [] : [growthPercent(samples)],
      atMost: GROWTH_MAX_PERCENT,
      servers: [],
    }),
  ];
}

// Medians, because V8's memory rises and falls between two collections.
function growthPercent(samples: readonly number[]): number {
  const lastHalf = samples.slice(Math.floor(samples.length / 2));
  const third = lastHalf.slice(0, Math.ceil(lastHalf.length / 2));
  const fourth = lastHalf.slice(Math.floor(lastHalf.length / 2));
  return (median(fourth) / median(third) - 1) * 100;
}
