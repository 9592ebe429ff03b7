/** How long it takes at most until it is seen that another thread has released a permit. */
export const LOOK_AGAIN_MS = 50;

// The memory: how many permits are free, and how many each holder has.
const AT_FREE = 0;
const AT_HELD = 1;

/**
 * A number of permits that several threads take and release: a counting semaphore in shared memory.
 *
 * - No more permits are held than there are, whoever holds them.
 * - A thread that waits takes what it has released itself at once, and sees within
 *   {@linkcode LOOK_AGAIN_MS} what another has.
 * - What a thread held that died can be taken back.
 *
 * @example
 * ```ts
 * import { Permits } from "./permits.ts";
 *
 * const memory = Permits.create(1, 2);
 * const [one, other] = [new Permits(memory, 0), new Permits(memory, 1)];
 * await one.acquire();
 * console.log(other.free); // 0
 * one.release();
 * await other.acquire();
 * ```
 */
export class Permits {
  readonly #counts: Int32Array;
  readonly #atHeld: number;
  #wake: (() => void) | undefined;
  #isStopped = false;

  /**
   * Joins the holders of permits.
   *
   * @param memory made by {@linkcode Permits.create}
   * @param holder which of its holders this one is: 0 or more
   */
  constructor(memory: SharedArrayBuffer, holder: number) {
    this.#counts = new Int32Array(memory);
    this.#atHeld = AT_HELD + holder;
  }

  /**
   * Makes permits that are all free.
   *
   * @param count how many there are: 1 or more
   * @param holders how many threads share them: 1 or more
   */
  static create(count: number, holders: number): SharedArrayBuffer {
    const memory = new SharedArrayBuffer((AT_HELD + holders) * Int32Array.BYTES_PER_ELEMENT);
    new Int32Array(memory)[AT_FREE] = count;
    return memory;
  }

  /** Releases what a holder had that died. */
  static takeBack(memory: SharedArrayBuffer, holder: number): void {
    const counts = new Int32Array(memory);
    Atomics.add(counts, AT_FREE, Atomics.exchange(counts, AT_HELD + holder, 0));
  }

  /** How many are free. */
  get free(): number {
    return Atomics.load(this.#counts, AT_FREE);
  }

  /** Waits until one is free, or `stop` was called. Only one caller at a time may wait. */
  async available(): Promise<void> {
    while (this.free === 0 && !this.#isStopped) await this.#change();
  }

  /**
   * Takes one; resolves once it was free. Only one caller at a time may wait.
   *
   * @returns whether it was taken: not so where `stop` was called before
   */
  async acquire(): Promise<boolean> {
    while (!this.#isStopped) {
      if (this.#take()) return true;
      await this.#change();
    }
    return false;
  }

  /** Gives one back that was acquired before. */
  release(): void {
    Atomics.sub(this.#counts, this.#atHeld, 1);
    Atomics.add(this.#counts, AT_FREE, 1);
    this.#wake?.();
  }

  /** Ends the waiting. */
  stop(): void {
    this.#isStopped = true;
    this.#wake?.();
  }

  #take(): boolean {
    for (let free = this.free; free > 0; free = this.free) {
      if (Atomics.compareExchange(this.#counts, AT_FREE, free, free - 1) !== free) continue;
      Atomics.add(this.#counts, this.#atHeld, 1);
      return true;
    }
    return false;
  }

  // Threads cannot wake each other's event loop: so this one looks again.
  async #change(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, LOOK_AGAIN_MS);
    this.#wake = resolve;
    await promise;
    this.#wake = undefined;
    clearTimeout(timer);
  }
}
