import { ensureText } from "../../bench/bench_text.ts";
import type { BenchContext, BenchRow } from "../bench_row.ts";
import { type Figure, ratioFigure } from "../figure.ts";
import { startServer } from "../servers/bench_server.ts";
import { load, warmedUp } from "../servers/load_process.ts";
import { startRedis } from "../servers/redis_server.ts";
import type { Load } from "./loads.ts";

/**
 * Compares linesvr with a Redis that holds the same lines. Redis answers with one thread, so the
 * requirement is for one worker; the ratio with more workers is only reported.
 */
export function redisRow(load: Load): BenchRow {
  const { name, what } = load;
  return {
    name,
    what: `${what}: compared with Redis`,
    needsRedis: true,
    run: (context) => run(context, load),
  };
}

async function run(
  context: BenchContext,
  { clients, redisRatioMin, pipeline, reconnectAfter }: Load,
): Promise<Figure[]> {
  const { directory, scale, workers, runs, durationMs } = context.settings;
  const textPath = await ensureText(directory, scale.smallText, context.interrupted);
  const start = (label: string, count: number) =>
    startServer(context, label, textPath, ["--workers", `${count}`]);
  const [one, several, redis] = await load(context, {
    servers: [
      await start("1 worker", 1),
      await start(`${workers} workers`, workers),
      await startRedis(context),
    ],
    textPath,
    clients: warmedUp(clients, runs),
    step: { durationMs },
    ...(pipeline !== undefined && { pipeline }),
    ...(reconnectAfter !== undefined && { reconnectAfter }),
  });
  const what = (workers: string) => `requests/s of ${workers}, relative to Redis`;
  return [
    ratioFigure(what("1 worker"), { atLeast: redisRatioMin }, one!, redis!),
    ratioFigure(what(`${workers} workers`), {}, several!, redis!),
  ];
}
