import { ensureText } from "../../bench/bench_text.ts";
import type { StepReport } from "../../load/load_report.ts";
import type { BenchContext, BenchRow } from "../bench_row.ts";
import { type Figure, medianFigure, mediansOf, ratioFigure } from "../figure.ts";
import { type BenchServer, startServer } from "../servers/bench_server.ts";
import { load, LoadProcess, warmedUp } from "../servers/load_process.ts";

export const LARGE_CLIENTS = 50;
const RATIO_MIN = 0.5;
const WARM_UP_FACTOR = 5;

/** The cost of the size of the file, and of reads from the disk. */
export const largeRow: BenchRow = {
  name: "large",
  what: "10 GB, random lines, 50 clients: compared with the same server on 50 MB",
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

/** Makes servers read their whole index once. */
export async function warmUpLarge(
  context: BenchContext,
  servers: readonly BenchServer[],
  textPath: string,
): Promise<void> {
  const step = { durationMs: WARM_UP_FACTOR * context.settings.durationMs };
  await load(context, { servers, textPath, clients: [LARGE_CLIENTS], step });
}

async function measureWarm(context: BenchContext, large: Served, small: Served): Promise<Figure> {
  await warmUpLarge(context, [large.server], large.textPath);
  const largeSteps: StepReport[] = [];
  const smallSteps: StepReport[] = [];
  for (let run = 0; run < context.settings.runs; run++) {
    largeSteps.push(await stepOn(context, large));
    smallSteps.push(await stepOn(context, small));
  }
  return ratioFigure(
    "requests/s from the page cache, relative to 50 MB",
    { atLeast: RATIO_MIN },
    { label: "10 GB, warm", steps: largeSteps },
    { label: "50 MB", steps: smallSteps },
  );
}

// The load tester reads the whole file first, which brings it into the page cache.
async function stepOn(context: BenchContext, served: Served): Promise<StepReport> {
  const [measured] = await load(context, {
    ...orderOn(context, served),
    clients: warmedUp(LARGE_CLIENTS, 1),
  });
  return measured!.steps[0]!;
}

async function measureCold(context: BenchContext, large: Served): Promise<Figure> {
  const steps: StepReport[] = [];
  for (let run = 0; run < context.settings.runs; run++) {
    const order = { ...orderOn(context, large), clients: [LARGE_CLIENTS] };
    const [measured] = await (await LoadProcess.startCold(context, order)).end();
    steps.push(measured!.steps[0]!);
  }
  return medianFigure({
    what: "requests/s from the disk",
    unit: "requests/s",
    runs: steps.map((step) => step.requestsPerSecond),
    servers: [mediansOf({ label: "10 GB, cold", steps })],
  });
}

function orderOn({ settings }: BenchContext, { server, textPath }: Served) {
  return { servers: [server], textPath, step: { durationMs: settings.durationMs } };
}
