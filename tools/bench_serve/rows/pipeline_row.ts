import { ensureText } from "../../bench/bench_text.ts";
import type { BenchContext } from "../bench_context.ts";
import { startBareServer, startServer } from "../bench_server.ts";
import type { BenchRow } from "../bench_row.ts";
import { type Figure, ratioFigure } from "../figure.ts";
import { load, warmedUp } from "../load_process.ts";

const CLIENTS = 50;
const TRIPS = [1, 16];
const RATIO_MIN = 0.85;

/** What the streams cost. */
export const pipelineRow: BenchRow = {
  name: "pipeline",
  what: "50 MB, 50 clients: streams against a bare loop of reads and writes",
  run,
};

async function run(context: BenchContext): Promise<Figure[]> {
  const { directory, scale, runs, durationMs } = context.settings;
  const textPath = await ensureText(directory, scale.smallText, context.interrupted);
  // Also builds the index, which the other one does not.
  const streams = await startServer(context, "streams", textPath, ["--workers", "1"]);
  const servers = [streams, await startBareServer(context, "loop", textPath)];
  const figures: Figure[] = [];
  for (const pipeline of TRIPS) {
    const clients = warmedUp(CLIENTS, runs);
    const order = { servers, textPath, clients, pipeline, step: { durationMs } };
    const [ours, theirs] = await load(context, order);
    const what = `requests/s, by those of the loop, ${pipeline} a trip`;
    figures.push(
      ratioFigure(what, { atLeast: RATIO_MIN }, ours!, theirs!),
    );
  }
  return figures;
}
