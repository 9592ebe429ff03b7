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

/** Asks the server and a Redis that holds the same lines, in turn. */
export async function againstRedis(
  context: BenchContext,
  { clients, atLeast, ...order }: RedisOrder & { readonly atLeast: number },
): Promise<Figure[]> {
  const { directory, scale, workers, runs, durationMs } = context.settings;
  const textPath = await ensureText(directory, scale.smallText, context.interrupted);
  const flags = workers === undefined ? [] : ["--workers", `${workers}`];
  const servers = [
    await startServer(context, "linesvr", textPath, flags),
    await startRedis(context),
  ];
  const [ours, theirs] = await load(context, {
    ...order,
    servers,
    textPath,
    clients: warmedUp(clients, runs),
    step: { durationMs },
  });
  const what = "requests/s, by those of Redis";
  return [ratioFigure(what, { atLeast }, ours!, theirs!)];
}
