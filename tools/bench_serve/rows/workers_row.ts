import { ensureText } from "../../bench/bench_text.ts";
import type { BenchContext } from "../bench_context.ts";
import { startServer } from "../bench_server.ts";
import type { BenchRow } from "../bench_row.ts";
import { type Figure, ratioFigure } from "../figure.ts";
import { load, warmedUp } from "../load_process.ts";

const CLIENTS = 50;
const PIPELINE = 16;
const RATIO_MIN = 1.1;

/** What a second worker is good for. */
export const workersRow: BenchRow = {
  name: "workers",
  what: "50 MB, 50 clients, 16 commands a trip: two workers against one",
  run,
};

async function run(context: BenchContext): Promise<Figure[]> {
  const { directory, scale, runs, durationMs } = context.settings;
  const textPath = await ensureText(directory, scale.smallText, context.interrupted);
  const servers = [
    await startServer(context, "two workers", textPath, ["--workers", "2"]),
    await startServer(context, "one worker", textPath, ["--workers", "1"]),
  ];
  const clients = warmedUp(CLIENTS, runs);
  const order = { servers, textPath, clients, pipeline: PIPELINE, step: { durationMs } };
  const [two, one] = await load(context, order);
  const what = "requests/s of two, by those of one";
  return [ratioFigure(what, { atLeast: RATIO_MIN }, two!, one!)];
}
