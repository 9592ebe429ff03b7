import type { StepReport } from "../../load/load_report.ts";
import { ensureText } from "../../bench/bench_text.ts";
import type { BenchContext } from "../bench_context.ts";
import { type BenchServer, startServer } from "../bench_server.ts";
import type { BenchRow } from "../bench_row.ts";
import { startColdLoad } from "../cold_load.ts";
import { type Figure, medianFigure, sideOf } from "../figure.ts";
import { load, type LoadOrder, warmedUp } from "../load_process.ts";

const CLIENTS = 50;
const RATIO_MAX = 5;

// The neighbours ask for so many times as long as the warm clients' step takes: these must start, warm
// up and be measured in that time.
const NEIGHBOURS_TIMES_LONGER = 4;

/** Whether clients that wait for the disk hold up those that need not. */
export const coldNeighboursRow: BenchRow = {
  name: "cold-neighbours",
  what: "50 warm clients of 10 GB, while 50 others read all of it from the disk",
  run,
};

interface Scene {
  readonly server: BenchServer;
  readonly textPath: string;
  readonly warm: LoadOrder;
}

async function run(context: BenchContext): Promise<Figure[]> {
  const scene = await setScene(context);
  const alone: StepReport[] = [];
  const together: StepReport[] = [];
  const neighbours: StepReport[] = [];
  for (let run = 0; run < context.settings.runs; run++) {
    alone.push((await load(context, scene.warm))[0]!.steps[0]!);
    const [warm, cold] = await measureTogether(context, scene);
    together.push(warm);
    neighbours.push(cold);
  }
  const figure = medianFigure({
    what: "p99 of the warm clients, by what it is without the others",
    unit: "times",
    runs: together.map((step, run) => step.latency!.p99Ms / alone[run]!.latency!.p99Ms),
    atMost: RATIO_MAX,
    sides: [
      sideOf({ label: "warm, with the others", steps: together }),
      sideOf({ label: "warm, without", steps: alone }),
      sideOf({ label: "the others", steps: neighbours }),
    ],
  });
  return [figure];
}

async function setScene(context: BenchContext): Promise<Scene> {
  const { directory, scale: { largeText, hotLines }, durationMs } = context.settings;
  const textPath = await ensureText(directory, largeText, context.interrupted);
  // The same lines in a text of their own: the load tester need not read the whole of the large one.
  const hotPath = await ensureText(directory, {
    name: `${largeText.name}-hot`,
    what: `the first ${hotLines} lines of ${largeText.name}.txt`,
    text: { ...largeText.text, lineCount: hotLines },
  }, context.interrupted);
  const server = await startServer(context, "10 GB", textPath);
  const warm = {
    servers: [server],
    textPath: hotPath,
    clients: warmedUp(CLIENTS, 1),
    step: { durationMs },
  };
  return { server, textPath, warm };
}

async function measureTogether(
  context: BenchContext,
  { server, textPath, warm }: Scene,
): Promise<[warm: StepReport, cold: StepReport]> {
  const { durationMs, isQuick } = context.settings;
  const cold = await startColdLoad(context, {
    servers: [server],
    textPath,
    clients: [CLIENTS],
    step: { durationMs: durationMs * NEIGHBOURS_TIMES_LONGER },
  });
  await cold.stepEnded(1);
  const [warmMeasured] = await load(context, warm);
  if (cold.hasEnded && !isQuick) {
    throw new Error(
      `The others were done too early: --duration ${durationMs}ms: take a longer one`,
    );
  }
  const [coldMeasured] = await cold.end();
  return [warmMeasured!.steps[0]!, coldMeasured!.steps[0]!];
}
