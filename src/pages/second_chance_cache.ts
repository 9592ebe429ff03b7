/** What can be kept: something that knows about how much memory it takes. */
export interface Cacheable {
  /** About how much memory it takes, in bytes. */
  readonly memoryBytes: number;
}

interface Entry<Value> {
  readonly value: Value;
  isUsed: boolean;
}

/**
 * Keeps what was used lately, within a budget of bytes.
 *
 * - The budget holds after every `set`. The oldest goes first, but one that was used since it was
 *   last looked at gets a second chance: that is nearly the order of use, and a use costs next to
 *   nothing (Tanenbaum, "Modern Operating Systems", second-chance page replacement).
 * - What is larger than the whole budget is not kept.
 * - `get` counts as a use, `has` does not.
 *
 * @example
 * ```ts
 * import { SecondChanceCache } from "./second_chance_cache.ts";
 *
 * const cache = new SecondChanceCache<{ memoryBytes: number }>(100);
 * cache.set(1, { memoryBytes: 60 });
 * cache.set(2, { memoryBytes: 60 });
 * console.log(cache.get(1), cache.usedBytes); // undefined 60
 * ```
 */
export class SecondChanceCache<Value extends Cacheable> {
  /** The budget. */
  readonly budgetBytes: number;
  // A Map keeps the order of insertion: the first key is the oldest.
  readonly #entries = new Map<number, Entry<Value>>();
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
    return this.#entries.size;
  }

  /** Whether it is kept. */
  has(key: number): boolean {
    return this.#entries.has(key);
  }

  /** Gives what is kept under the key, and counts as a use of it. */
  get(key: number): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    entry.isUsed = true;
    return entry.value;
  }

  /** Keeps the value, instead of one that was kept under the same key. */
  set(key: number, value: Value): void {
    this.#delete(key);
    if (value.memoryBytes > this.budgetBytes) return;
    this.#entries.set(key, { value, isUsed: true });
    this.#usedBytes += value.memoryBytes;
    this.#evict();
  }

  // An entry that gets a second chance comes round again at the end of the same loop.
  #evict(): void {
    for (const [key, entry] of this.#entries) {
      if (this.#usedBytes <= this.budgetBytes) return;
      const isSpared = entry.isUsed;
      this.#delete(key);
      if (!isSpared) continue;
      this.#entries.set(key, { value: entry.value, isUsed: false });
      this.#usedBytes += entry.value.memoryBytes;
    }
  }

  #delete(key: number): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#usedBytes -= entry.value.memoryBytes;
  }
}
