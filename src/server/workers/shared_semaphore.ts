/** How long it takes at most until a thread sees that another one has released a permit. */
export const POLL_MS = 50;

// The memory: how many permits are free, then how many each owner holds.
const AT_FREE = 0;
const AT_HELD = 1;

/**
 * A counting semaphore in shared memory, for several threads.
 *
 * - No more permits are held than there are, by all owners together.
 * - A waiting thread takes what it released itself at once, and sees within {@linkcode POLL_MS} what another
 *   one did. Only one caller of a thread may wait at a time.
 * - The permits of a thread that died can be reclaimed.
 */
export class SharedSemaphore {
  readonly #counts: Int32Array;
  readonly #atHeld: number;
  #wake: (() => void) | undefined;
  #isStopped = false;

  /**
   * @param memory from {@linkcode SharedSemaphore.allocate}
   * @param owner which of its owners this thread is: 0 or more
   */
  constructor(memory: SharedArrayBuffer, owner: number) {
    this.#counts = new Int32Array(memory);
    this.#atHeld = AT_HELD + owner;
  }

  /**
   * @param permits how many there are: 1 or more
   * @param owners how many threads share them: 1 or more
   */
  static allocate(permits: number, owners: number): SharedArrayBuffer {
    const memory = new SharedArrayBuffer((AT_HELD + owners) * Int32Array.BYTES_PER_ELEMENT);
    new Int32Array(memory)[AT_FREE] = permits;
    return memory;
  }

  /** How many permits all owners hold together. */
  static held(memory: SharedArrayBuffer): number {
    return new Int32Array(memory).subarray(AT_HELD).reduce((sum, held) => sum + held, 0);
  }

  /** Releases the permits of an owner that died. */
  static reclaim(memory: SharedArrayBuffer, owner: number): void {
    const counts = new Int32Array(memory);
    Atomics.add(counts, AT_FREE, Atomics.exchange(counts, AT_HELD + owner, 0));
  }

  /** Waits until a permit is free, or `stop` was called. */
  async waitUntilFree(): Promise<void> {
    while (this.#free === 0 && !this.#isStopped) await this.#change();
  }

  /**
   * Waits for a permit and takes it.
   *
   * @returns false if `stop` was called before
   */
  async acquire(): Promise<boolean> {
    while (!this.#isStopped) {
      if (this.#tryAcquire()) return true;
      await this.#change();
    }
    return false;
  }

  release(): void {
    Atomics.sub(this.#counts, this.#atHeld, 1);
    Atomics.add(this.#counts, AT_FREE, 1);
    this.#wake?.();
  }

  /** Ends the waiting of this thread. */
  stop(): void {
    this.#isStopped = true;
    this.#wake?.();
  }

  get #free(): number {
    return Atomics.load(this.#counts, AT_FREE);
  }

  #tryAcquire(): boolean {
    for (let free = this.#free; free > 0; free = this.#free) {
      if (Atomics.compareExchange(this.#counts, AT_FREE, free, free - 1) !== free) continue;
      Atomics.add(this.#counts, this.#atHeld, 1);
      return true;
    }
    return false;
  }

  // Threads cannot wake each other's event loop, so this one polls.
  async #change(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, POLL_MS);
    this.#wake = resolve;
    await promise;
    this.#wake = undefined;
    clearTimeout(timer);
  }
}
