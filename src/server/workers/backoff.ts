/** The delay after a first failure; it doubles with each further one. */
export const BACKOFF_MIN_MS = 200;

/** The longest delay. */
export const BACKOFF_MAX_MS = 30_000;

/**
 * How long to wait before trying again.
 *
 * What has worked for {@linkcode BACKOFF_MAX_MS} or longer before it failed starts over with the shortest delay.
 * So something that fails again and again is not tried more often for failing later.
 */
export class Backoff {
  #failures = 0;

  /**
   * Counts a failure.
   *
   * @param workedMs how long it had worked before it failed
   * @returns the delay, and whether this is the first failure of a row
   */
  fail(workedMs: number): { readonly delayMs: number; readonly isFirst: boolean } {
    if (workedMs >= BACKOFF_MAX_MS) this.#failures = 0;
    const delayMs = Math.min(BACKOFF_MIN_MS * 2 ** this.#failures, BACKOFF_MAX_MS);
    this.#failures++;
    return { delayMs, isFirst: this.#failures === 1 };
  }
}
