import type { StepReport } from "../../load/load_report.ts";
import { ensureText } from "../../bench/bench_text.ts";
import type { BenchContext } from "../bench_context.ts";
import { type BenchServer, startServer } from "../bench_server.ts";
import type { BenchRow } from "../bench_row.ts";
import { startColdLoad } from "../cold_load.ts";
import { type Figure, medianFigure, ratioFigure, sideOf } from "../figure.ts";
import { load, warmedUp } from "../load_process.ts";

const CLIENTS = 50;
const RATIO_MIN = 0.5;
const WARM_UP_TIMES_LONGER = 5;

/** What the size of the text costs, and what the disk does. */
export const largeRow: BenchRow = {
  name: "large",
  what: "10 GB at random, 50 clients: against the same server on 50 MB",
  run,
};

interface Served {
  readonly server: BenchServer;
  readonly textPath: string;
}

async function run(context: BenchContext): Promise<Figure[]> {
  const { directory, scale } = context.settings;
  const serve = async (label: string, textPath: string) => ({
    textPath,
    server: await startServer(context, label, textPath),
  });
  const large = await serve(
    "10 GB",
    await ensureText(directory, scale.largeText, context.interrupted),
  );
  const small = await serve(
    "50 MB",
    await ensureText(directory, scale.smallText, context.interrupted),
  );
  return [await measureWarm(context, large, small), await measureCold(context, large)];
}

async function measureWarm(context: BenchContext, large: Served, small: Served): Promise<Figure> {
  // Until it has read the whole index once, the server is not warm.
  const durationMs = WARM_UP_TIMES_LONGER * context.settings.durationMs;
  await load(context, { ...orderOn(context, large), clients: [CLIENTS], step: { durationMs } });
  const largeSteps: StepReport[] = [];
  const smallSteps: StepReport[] = [];
  for (let run = 0; run < context.settings.runs; run++) {
    largeSteps.push(await stepOn(context, large));
    smallSteps.push(await stepOn(context, small));
  }
  const what = "requests/s from the system's cache, by those on 50 MB";
  const demand = { atLeast: RATIO_MIN };
  return ratioFigure(what, demand, { label: "10 GB, warm", steps: largeSteps }, {
    label: "50 MB",
    steps: smallSteps,
  });
}

// The load tester reads the text through first, so that all of it is in the system's cache.
async function stepOn(context: BenchContext, served: Served): Promise<StepReport> {
  const [measured] = await load(context, {
    ...orderOn(context, served),
    clients: warmedUp(CLIENTS, 1),
  });
  return measured!.steps[0]!;
}

async function measureCold(context: BenchContext, large: Served): Promise<Figure> {
  const steps: StepReport[] = [];
  for (let run = 0; run < context.settings.runs; run++) {
    const cold = await startColdLoad(context, { ...orderOn(context, large), clients: [CLIENTS] });
    const [measured] = await cold.end();
    steps.push(measured!.steps[0]!);
  }
  return medianFigure({
    what: "requests/s from the disk",
    unit: "requests/s",
    runs: steps.map((step) => step.requestsPerSecond),
    sides: [sideOf({ label: "10 GB, cold", steps })],
  });
}

function orderOn({ settings }: BenchContext, { server, textPath }: Served) {
  return { servers: [server], textPath, step: { durationMs: settings.durationMs } };
}
