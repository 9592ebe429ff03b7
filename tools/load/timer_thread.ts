/**
 * A thread that sleeps for another one, and wakes it: see `fine_timer.ts`.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import type { TimerMemory } from "./timer_memory.ts";

self.onmessage = ({ data }: MessageEvent<TimerMemory>) => {
  self.postMessage("begun");
  sleepAsTold(data);
  self.close();
};

function sleepAsTold({ orders, delayMs }: TimerMemory): void {
  for (let order = 0;;) {
    Atomics.wait(orders, 0, order);
    order = Atomics.load(orders, 0);
    const ms = delayMs[0]!;
    // Only the order to end can come while this one is under way.
    if (ms > 0) Atomics.wait(orders, 0, order, ms);
    self.postMessage("woken");
    if (ms === 0) return;
  }
}
