import { createTimerMemory } from "./timer_memory.ts";

/** So much later than it was told to the system lets the thread go on, and this one notices. */
const OVERSLEEP_MS = 0.12;

/** Shorter sleeps would cost more of the processor than they spare in time. */
const SLEEP_MIN_MS = 0.1;

/**
 * Waits for parts of a millisecond. `setTimeout` wakes one or two milliseconds late, because the runtime
 * counts whole ones; a thread that waits for shared memory is woken by the system, a tenth late, and
 * wakes this one. Turns of the event loop would be as exact, but take a whole processor.
 *
 * For one that waits at a time. The thread ends only when it is told to: not with {@linkcode Worker}'s
 * `terminate`, while it sleeps.
 */
export class FineTimer implements Disposable {
  readonly #memory = createTimerMemory();
  #wake: (() => void) | undefined;

  /** Starts the thread; to be called once, and before anything else. */
  async start(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const thread = new Worker(import.meta.resolve("./timer_thread.ts"), { type: "module" });
    // Not `Atomics.waitAsync`: older runtimes settle its promises a tenth of a second late.
    thread.onmessage = () => this.#wake?.();
    thread.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
    thread.postMessage(this.#memory);
    await promise;
  }

  /**
   * Waits for about so long: now and then less, mostly a few hundredths of a millisecond more, and in
   * all at least two tenths. Whoever may not be early looks at the clock, and calls again.
   *
   * @param ms more than 0
   */
  async nap(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    this.#order(Math.max(ms - OVERSLEEP_MS, SLEEP_MIN_MS));
    await promise;
  }

  /** Ends the thread, and a nap that is under way. */
  [Symbol.dispose](): void {
    this.#order(0);
  }

  #order(ms: number): void {
    const { orders, delayMs } = this.#memory;
    delayMs[0] = ms;
    Atomics.add(orders, 0, 1);
    Atomics.notify(orders, 0);
  }
}
