import { evict } from "../bench/system_cache.ts";
import type { BenchContext } from "./bench_context.ts";
import { type LoadOrder, LoadProcess } from "./load_process.ts";

/**
 * Starts a load tester that asks for lines which the system does not have in memory.
 *
 * The load tester reads a large text through before it asks, which brings it into memory: so the text
 * is evicted while the load tester is held up in its first step, with one client, which is not counted.
 *
 * @param order its `clients` are those of the steps that count
 * @returns resolves when the text is evicted
 */
export async function startColdLoad(
  context: BenchContext,
  order: LoadOrder,
): Promise<LoadProcess> {
  const load = await LoadProcess.start(context, { ...order, clients: [1, ...order.clients] });
  await load.begun();
  await load.pauseFor(async () => {
    await evict(order.textPath);
    await evict(`${order.textPath}.lineidx`);
  });
  return load;
}
