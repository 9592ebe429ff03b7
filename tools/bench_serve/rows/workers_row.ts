import { type BenchText, ensureText } from "../../bench/bench_text.ts";
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
  what: "50 clients, 16 commands a trip: two workers against one",
  run,
};

async function run(context: BenchContext): Promise<Figure[]> {
  const { smallText, uncachedText } = context.settings.scale;
  return [
    await measure(context, smallText, "50 MB", "--cache"),
    await measure(context, uncachedText, "1 GB", "the system's cache"),
  ];
}

async function measure(
  context: BenchContext,
  text: BenchText,
  size: string,
  source: string,
): Promise<Figure> {
  const { directory, runs, durationMs } = context.settings;
  const textPath = await ensureText(directory, text, context.interrupted);
  const servers = [
    await startServer(context, `two workers, ${size}`, textPath, ["--workers", "2"]),
    await startServer(context, `one worker, ${size}`, textPath, ["--workers", "1"]),
  ];
  const clients = warmedUp(CLIENTS, runs);
  const order = { servers, textPath, clients, pipeline: PIPELINE, step: { durationMs } };
  const [two, one] = await load(context, order);
  const what = `requests/s of two, by those of one: ${size}, from ${source}`;
  return ratioFigure(what, { atLeast: RATIO_MIN }, two!, one!);
}
