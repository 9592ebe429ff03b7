/**
 * A number of permits, of which each holder takes one: a counting semaphore.
 *
 * - Order: those who wait get their permits in the order in which they asked.
 *
 * @example
 * ```ts
 * import { Permits } from "./permits.ts";
 *
 * const permits = new Permits(1);
 * await permits.acquire();
 * permits.release();
 * ```
 */
export class Permits {
  #free: number;
  readonly #waiting: PromiseWithResolvers<void>[] = [];

  /**
   * Makes permits that are all free.
   *
   * @param count how many there are, 1 or more
   */
  constructor(count: number) {
    this.#free = count;
  }

  /** Takes a permit; resolves once there is one. */
  acquire(): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve();
    }
    const waiter = Promise.withResolvers<void>();
    this.#waiting.push(waiter);
    return waiter.promise;
  }

  /** Gives a permit back that was acquired before. */
  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next.resolve();
  }
}
