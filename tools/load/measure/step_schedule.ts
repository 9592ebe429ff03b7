export interface ScheduleOptions {
  /** The length of the step; `null` if each client sends a fixed number of requests. */
  readonly durationMs: number | null;
  /** Requests per second of all clients together; `null` for a closed loop. */
  readonly ratePerSecond: number | null;
}

/**
 * Decides how many requests the clients of a step may send, and when. Time starts with the first
 * request.
 *
 * - Closed loop: a request may be sent at once.
 * - Open loop: requests are due at constant intervals, whatever the server does; the next idle client
 *   sends the next request. A request that is sent late, because all clients were waiting for replies,
 *   counts from when it was due. So a stall of the server shows in all requests that it delayed, not
 *   only in those in flight.
 * - Requests that a client sends in one write are due at the same time.
 */
export class StepSchedule {
  readonly #durationMs: number;
  readonly #intervalMs: number;
  readonly #nowMs: () => number;
  #startedMs: number | undefined;
  #takenCount = 0;
  #dueMs = 0;

  /** @param nowMs the clock */
  constructor(options: ScheduleOptions, nowMs: () => number = () => performance.now()) {
    this.#durationMs = options.durationMs ?? Infinity;
    this.#intervalMs = options.ratePerSecond === null ? 0 : 1_000 / options.ratePerSecond;
    this.#nowMs = nowMs;
  }

  get isOpenLoop(): boolean {
    return this.#intervalMs > 0;
  }

  /** When the first request was taken. */
  get startedMs(): number | undefined {
    return this.#startedMs;
  }

  /** In an open loop, when the requests that were last taken are due. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /**
   * Takes requests.
   *
   * @param most 1 or more
   * @returns `most`, or 0 after the end of the step
   */
  take(most: number): number {
    // Reading the clock costs as much as everything else here, so it is avoided if nothing needs it.
    if (this.#durationMs === Infinity && !this.isOpenLoop) {
      this.#startedMs ??= this.#nowMs();
      return most;
    }
    const startedMs = this.#startedMs ??= this.#nowMs();
    const dueAfterMs = this.#takenCount * this.#intervalMs;
    this.#dueMs = startedMs + dueAfterMs;
    // Not computed from `dueMs`: a rounding error could allow one request too many.
    const afterMs = this.isOpenLoop ? dueAfterMs : this.#nowMs() - startedMs;
    if (afterMs >= this.#durationMs) return 0;
    this.#takenCount += most;
    return most;
  }
}
