import { ensureText } from "../../bench/bench_text.ts";
import type { StepReport } from "../../load/load_report.ts";
import type { BenchContext, BenchRow } from "../bench_row.ts";
import { type Figure, medianFigure, mediansOf } from "../figure.ts";
import { type BenchServer, startServer } from "../servers/bench_server.ts";
import { load, LoadProcess, warmedUp } from "../servers/load_process.ts";

const CLIENTS = 50;
const RATIO_MAX = 5;

// The warm clients' process must start, warm up and be measured while the cold clients run.
const COLD_DURATION_FACTOR = 4;

/** Whether clients that wait for the disk delay clients that do not. */
export const coldNeighboursRow: BenchRow = {
  name: "cold-neighbours",
  what: "10 GB, 50 warm clients while 50 cold clients read from the disk",
  run,
};

/** The large file, and a file of its first lines, so that the load tester reads only those. */
export interface WarmAndColdText {
  readonly coldPath: string;
  readonly warmPath: string;
}

/** The steps of all runs with one server. */
export class NeighbourSteps {
  readonly alone: StepReport[] = [];
  readonly together: StepReport[] = [];
  readonly cold: StepReport[] = [];

  /** Measures the warm clients alone, then together with cold clients. */
  async add(context: BenchContext, server: BenchServer, text: WarmAndColdText): Promise<void> {
    const { durationMs, isQuick } = context.settings;
    const warm = {
      servers: [server],
      textPath: text.warmPath,
      clients: warmedUp(CLIENTS, 1),
      step: { durationMs },
    };
    const [alone] = await load(context, warm);
    const coldLoad = await LoadProcess.startCold(context, {
      servers: [server],
      textPath: text.coldPath,
      clients: [CLIENTS],
      step: { durationMs: durationMs * COLD_DURATION_FACTOR },
    });
    await coldLoad.stepEnded(1);
    const [together] = await load(context, warm);
    if (coldLoad.hasEnded && !isQuick) {
      throw new Error(`The cold clients ended too early with ${durationMs} ms. Raise --duration.`);
    }
    const [cold] = await coldLoad.end();
    this.alone.push(alone!.steps[0]!);
    this.together.push(together!.steps[0]!);
    this.cold.push(cold!.steps[0]!);
  }

  /** The p99 of each run together with cold clients. */
  get p99sMs(): number[] {
    return this.together.map((step) => step.latency!.p99Ms);
  }

  /** The ratio of p99 together with cold clients to p99 alone. */
  figure(prefix = ""): Figure {
    return medianFigure({
      what: `${prefix}p99 of the warm clients, relative to p99 alone`,
      unit: "times",
      runs: this.p99sMs.map((p99Ms, run) => p99Ms / this.alone[run]!.latency!.p99Ms),
      atMost: RATIO_MAX,
      servers: [
        mediansOf({ label: `${prefix}warm clients`, steps: this.together }),
        mediansOf({ label: `${prefix}warm clients alone`, steps: this.alone }),
        mediansOf({ label: `${prefix}cold clients`, steps: this.cold }),
      ],
    });
  }
}

/** Creates the files of {@linkcode NeighbourSteps}. */
export async function ensureWarmAndColdText(context: BenchContext): Promise<WarmAndColdText> {
  const { directory, scale: { largeText, hotLines } } = context.settings;
  return {
    coldPath: await ensureText(directory, largeText, context.interrupted),
    warmPath: await ensureText(directory, {
      name: `${largeText.name}-hot`,
      what: `the first ${hotLines} lines of ${largeText.name}.txt`,
      text: { ...largeText.text, lineCount: hotLines },
    }, context.interrupted),
  };
}

async function run(context: BenchContext): Promise<Figure[]> {
  const text = await ensureWarmAndColdText(context);
  const server = await startServer(context, "10 GB", text.coldPath);
  const steps = new NeighbourSteps();
  for (let run = 0; run < context.settings.runs; run++) await steps.add(context, server, text);
  return [steps.figure()];
}
