import { assertEquals, assertRejects } from "@std/assert";
import { Pacer, type PacerTimer } from "../../../tools/load/pacer.ts";

/** Time passes as the test says, and a nap ends when the test says so. */
class ManualTimer implements PacerTimer {
  nowMs = 0;
  readonly naps: number[] = [];
  isEnded = false;
  #nap = Promise.withResolvers<void>();

  start(): Promise<void> {
    return Promise.resolve();
  }

  nap(ms: number): Promise<void> {
    this.naps.push(ms);
    this.#nap = Promise.withResolvers();
    return this.#nap.promise;
  }

  /** Ends the nap at a time, and lets everything go on that this lets go on. */
  async wakeAt(ms: number): Promise<void> {
    this.nowMs = ms;
    this.#nap.resolve();
    await settled();
  }

  fail(error: Error): void {
    this.#nap.reject(error);
  }

  [Symbol.dispose](): void {
    this.isEnded = true;
  }
}

// A turn of the event loop comes after all that promises set off.
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

function setUp() {
  const timer = new ManualTimer();
  const pacer = new Pacer(timer, () => timer.nowMs);
  const woken: number[] = [];
  const wait = (dueMs: number) => pacer.until(dueMs).then(() => void woken.push(dueMs));
  return { timer, pacer, woken, wait };
}

Deno.test("What is due already does not wait, even for a nap that is late", async () => {
  const { timer, pacer, wait } = setUp();
  const waiting = wait(3);
  timer.nowMs = 5;
  await pacer.until(4);
  await pacer.until(5);
  await timer.wakeAt(5);
  await waiting;
  assertEquals(timer.naps, [3]);
});

Deno.test("One timer wakes those that are due, in their order, and sleeps until the next is", async () => {
  const { timer, woken, wait } = setUp();
  const waiting = [wait(10), wait(10), wait(12.25), wait(30)];
  await timer.wakeAt(10);
  assertEquals([woken, timer.naps], [[10, 10], [10, 2.25]]);
  await timer.wakeAt(40);
  assertEquals([woken, timer.naps], [[10, 10, 12.25, 30], [10, 2.25]]);
  await Promise.all(waiting);
});

Deno.test("A timer that is early wakes nobody, and sleeps on", async () => {
  const { timer, woken, wait } = setUp();
  const waiting = wait(10);
  await timer.wakeAt(9.75);
  assertEquals([woken, timer.naps], [[], [10, 0.25]]);
  await timer.wakeAt(10);
  assertEquals(woken, [10]);
  await waiting;
});

Deno.test("Who comes while others are waited for, or when nobody was, is woken too", async () => {
  const { timer, woken, wait } = setUp();
  const waiting = [wait(10)];
  await timer.wakeAt(4);
  waiting.push(wait(11));
  await timer.wakeAt(10);
  await timer.wakeAt(11);
  waiting.push(wait(20));
  await timer.wakeAt(20);
  assertEquals([woken, timer.naps], [[10, 11, 20], [10, 6, 1, 9]]);
  await Promise.all(waiting);
});

Deno.test("All go on at once when it is stopped, and nobody waits from then on", async () => {
  const { timer, pacer, wait } = setUp();
  const waiting = [wait(10), wait(20)];
  pacer.stop();
  await Promise.all([...waiting, wait(30)]);
  assertEquals([timer.naps, timer.isEnded], [[10], false]);
  pacer[Symbol.dispose]();
  assertEquals(timer.isEnded, true);
});

Deno.test("A timer that fails is told to all who wait", async () => {
  const { timer, wait } = setUp();
  const waiting = [wait(10), wait(20)];
  timer.fail(new Error("no timer"));
  for (const one of waiting) await assertRejects(() => one, Error, "no timer");
});
