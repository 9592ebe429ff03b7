/**
 * A thread that sleeps for another one, and wakes it: see `fine_timer.ts`.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import { type TimerMemory, TimerWord } from "./timer_memory.ts";

self.onmessage = ({ data }: MessageEvent<TimerMemory>) => {
  self.postMessage("begun");
  sleepAsTold(data);
  self.close();
};

function sleepAsTold({ words, delayMs }: TimerMemory): void {
  for (let order = 0;;) {
    Atomics.wait(words, TimerWord.order, order);
    order = Atomics.load(words, TimerWord.order);
    const ms = delayMs[0]!;
    // Only the order to end can come while this one is under way.
    if (ms > 0) Atomics.wait(words, TimerWord.order, order, ms);
    Atomics.store(words, TimerWord.woken, order);
    Atomics.notify(words, TimerWord.woken);
    if (ms === 0) return;
  }
}
