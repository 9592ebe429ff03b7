import { type BenchText, ensureText } from "../../bench/bench_text.ts";
import type { BenchContext, BenchRow } from "../bench_row.ts";
import { type Figure, ratioFigure } from "../figure.ts";
import { startServer } from "../servers/bench_server.ts";
import { load, warmedUp } from "../servers/load_process.ts";

const CLIENTS = 50;
const PIPELINE_DEPTH = 16;
const RATIO_MIN = 1.1;

/** The gain of a second worker. */
export const workersRow: BenchRow = {
  name: "workers",
  what: "50 clients, pipeline depth 16: two workers compared with one",
  run,
};

async function run(context: BenchContext): Promise<Figure[]> {
  const { smallText, uncachedText } = context.settings.scale;
  return [
    await measure(context, smallText, "50 MB", "--cache"),
    await measure(context, uncachedText, "1 GB", "the page cache"),
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
  const [two, one] = await load(context, {
    servers: [
      await startServer(context, `two workers, ${size}`, textPath, ["--workers", "2"]),
      await startServer(context, `one worker, ${size}`, textPath, ["--workers", "1"]),
    ],
    textPath,
    clients: warmedUp(CLIENTS, runs),
    pipeline: PIPELINE_DEPTH,
    step: { durationMs },
  });
  const what = `requests/s of two workers, relative to one: ${size}, from ${source}`;
  return ratioFigure(what, { atLeast: RATIO_MIN }, two!, one!);
}
