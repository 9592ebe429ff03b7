/** What can be kept: something that knows about how much memory it takes. */
export interface Cacheable {
  /** About how much memory it takes, in bytes. */
  readonly memoryBytes: number;
}

/**
 * Keeps what was used last, within a budget of bytes.
 *
 * - The budget holds after every `set`; the least recently used goes first.
 * - What is larger than the whole budget is not kept.
 * - `get` counts as a use, `has` does not.
 *
 * @example
 * ```ts
 * import { PageCache } from "./page_cache.ts";
 *
 * const cache = new PageCache<{ memoryBytes: number }>(100);
 * cache.set(1, { memoryBytes: 60 });
 * cache.set(2, { memoryBytes: 60 });
 * console.log(cache.get(1), cache.usedBytes); // undefined 60
 * ```
 */
export class PageCache<Value extends Cacheable> {
  /** The budget. */
  readonly budgetBytes: number;
  // A Map keeps the order of insertion: the first key is the least recently used.
  readonly #values = new Map<number, Value>();
  #usedBytes = 0;

  /**
   * Makes an empty cache.
   *
   * @param budgetBytes 0 or more; with 0 nothing is kept
   */
  constructor(budgetBytes: number) {
    this.budgetBytes = budgetBytes;
  }

  /** How much memory what is kept takes together: 0 to `budgetBytes`. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** How many are kept. */
  get size(): number {
    return this.#values.size;
  }

  /** Whether it is kept. */
  has(key: number): boolean {
    return this.#values.has(key);
  }

  /** Gives what is kept under the key, and counts as a use of it. */
  get(key: number): Value | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    this.#values.delete(key);
    this.#values.set(key, value);
    return value;
  }

  /** Keeps the value, instead of one that was kept under the same key. */
  set(key: number, value: Value): void {
    this.#delete(key);
    if (value.memoryBytes > this.budgetBytes) return;
    this.#values.set(key, value);
    this.#usedBytes += value.memoryBytes;
    for (const oldest of this.#values.keys()) {
      if (this.#usedBytes <= this.budgetBytes) return;
      this.#delete(oldest);
    }
  }

  #delete(key: number): void {
    const value = this.#values.get(key);
    if (value === undefined) return;
    this.#values.delete(key);
    this.#usedBytes -= value.memoryBytes;
  }
}
