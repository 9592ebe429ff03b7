/** When a run ends: after a time, or after so many requests. */
export type LoadLimit =
  | { readonly kind: "duration"; readonly durationMs: number }
  | { readonly kind: "requests"; readonly requestCount: number };

/** What all clients of a run together may still ask for. The time runs from its creation on. */
export class RequestBudget {
  #requestsLeft = Infinity;
  #endMs = Infinity;

  /**
   * Begins to count.
   *
   * @param limit When the run ends.
   */
  constructor(limit: LoadLimit) {
    if (limit.kind === "duration") this.#endMs = performance.now() + limit.durationMs;
    else this.#requestsLeft = limit.requestCount;
  }

  /**
   * Takes requests out of the budget.
   *
   * @param most How many are wanted, 1 or more.
   * @returns How many were granted: `most` or fewer, 0 where the budget is spent.
   */
  take(most: number): number {
    if (this.#endMs !== Infinity) return performance.now() < this.#endMs ? most : 0;
    const count = Math.min(most, this.#requestsLeft);
    this.#requestsLeft -= count;
    return count;
  }
}
