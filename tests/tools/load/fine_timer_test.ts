import { assert } from "@std/assert";
import { FineTimer } from "../../../tools/load/fine_timer.ts";

// How late a nap ends depends on the machine; that it ends, and not long before, does not.
Deno.test("Naps end one after the other, and not much too early", async () => {
  using timer = new FineTimer();
  await timer.start();
  for (const ms of [0.01, 0.5, 3, 0.2, 20]) {
    const startedMs = performance.now();
    await timer.nap(ms);
    const tookMs = performance.now() - startedMs;
    assert(tookMs > ms - 0.3, `${tookMs} ms instead of ${ms} ms`);
  }
});

Deno.test("A nap that is under way ends with its timer", async () => {
  const timer = new FineTimer();
  await timer.start();
  const napping = timer.nap(1e9);
  timer[Symbol.dispose]();
  await napping;
});
