/** Stands in for `setTimeout` until the end of a `using` block: a timer is over when the test says so. */
export class ManualTimers implements Disposable {
  /** How long each timer was to take that was ever set. */
  readonly delaysMs: number[] = [];
  readonly #pending = new Map<number, () => void>();
  readonly #setTimeout = globalThis.setTimeout;
  readonly #clearTimeout = globalThis.clearTimeout;

  /** Stops all timers that are set from now on. */
  constructor() {
    const setTimer = (action: () => void, delayMs: number) => {
      this.#pending.set(this.delaysMs.push(delayMs), action);
      return this.delaysMs.length;
    };
    globalThis.setTimeout = setTimer as unknown as typeof setTimeout;
    globalThis.clearTimeout = (timer) => void this.#pending.delete(timer as number);
  }

  /** How many are set and not over. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Lets the time of all of them be over. */
  fire(): void {
    const actions = [...this.#pending.values()];
    this.#pending.clear();
    for (const action of actions) action();
  }

  /** Lets timers run by themselves again. */
  [Symbol.dispose](): void {
    globalThis.setTimeout = this.#setTimeout;
    globalThis.clearTimeout = this.#clearTimeout;
  }
}
