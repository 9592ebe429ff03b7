import { ensureText } from "../../bench/bench_text.ts";
import type { BenchContext } from "../bench_context.ts";
import { startServer } from "../bench_server.ts";
import { type Figure, type FigureDemand, ratioFigure } from "../figure.ts";
import { load, type LoadOrder, warmedUp } from "../load_process.ts";
import { startRedis } from "../redis_server.ts";

/** How the two are asked, and what is asked for. */
export type RedisOrder =
  & Pick<LoadOrder, "pipeline" | "reconnectAfter">
  & FigureDemand
  & { readonly clients: number };

/**
 * Asks the server and a Redis that holds the same lines, in turn. What is asked for is asked of one worker,
 * since Redis answers with one thread; more are shown beside it.
 */
export async function againstRedis(
  context: BenchContext,
  { clients, atLeast, ...order }: RedisOrder & { readonly atLeast: number },
): Promise<Figure[]> {
  const { directory, scale, workers, runs, durationMs } = context.settings;
  const textPath = await ensureText(directory, scale.smallText, context.interrupted);
  const start = (label: string, count: number) =>
    startServer(context, label, textPath, ["--workers", `${count}`]);
  const servers = [
    await start("1 worker", 1),
    await start(`${workers} workers`, workers),
    await startRedis(context),
  ];
  const [one, several, theirs] = await load(context, {
    ...order,
    servers,
    textPath,
    clients: warmedUp(clients, runs),
    step: { durationMs },
  });
  return [
    ratioFigure("requests/s of one worker, by those of Redis", { atLeast }, one!, theirs!),
    ratioFigure(`requests/s of ${workers} workers, by those of Redis`, {}, several!, theirs!),
  ];
}
