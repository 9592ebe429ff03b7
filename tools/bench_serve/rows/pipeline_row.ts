import { ensureText } from "../../bench/bench_text.ts";
import type { BenchContext, BenchRow } from "../bench_row.ts";
import { type Figure, ratioFigure } from "../figure.ts";
import { startBareServer, startServer } from "../servers/bench_server.ts";
import { load, warmedUp } from "../servers/load_process.ts";

const CLIENTS = 50;
const PIPELINE_DEPTHS = [1, 16];
const RATIO_MIN = 0.85;

/** The cost of streams. */
export const pipelineRow: BenchRow = {
  name: "pipeline",
  what: "50 MB, 50 clients: compared with a loop of reads and writes, without streams",
  run,
};

async function run(context: BenchContext): Promise<Figure[]> {
  const { directory, scale, runs, durationMs } = context.settings;
  const textPath = await ensureText(directory, scale.smallText, context.interrupted);
  // Builds the index, which the bare server does not.
  const streams = await startServer(context, "streams", textPath, ["--workers", "1"]);
  const servers = [streams, await startBareServer(context, "loop", textPath)];
  const figures: Figure[] = [];
  for (const pipeline of PIPELINE_DEPTHS) {
    const clients = warmedUp(CLIENTS, runs);
    const order = { servers, textPath, clients, pipeline, step: { durationMs } };
    const [measured, loop] = await load(context, order);
    const what = `requests/s at pipeline depth ${pipeline}, relative to the loop`;
    figures.push(ratioFigure(what, { atLeast: RATIO_MIN }, measured!, loop!));
  }
  return figures;
}
