/** When the requests of a step are sent. */
export interface ScheduleOptions {
  /** How long the step takes; `null` where its clients have a number of requests each. */
  readonly durationMs: number | null;
  /** Requests a second of all clients together; `null` where a client asks when it has its reply. */
  readonly ratePerSecond: number | null;
}

/**
 * What all clients of a step together may still ask for, and when. The time runs from the first
 * request on.
 *
 * - In a closed loop a request may be sent at once.
 * - In an open loop requests are due at a constant distance, whatever the server does, and whoever is
 *   free sends the next. One that is sent late, because all waited for replies, counts from when it was
 *   due: so a server's standstill shows in all requests that it held up, not only in those under way.
 * - What a client sends at once is due at once.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { StepSchedule } from "./step_schedule.ts";
 *
 * const schedule = new StepSchedule({ durationMs: null, ratePerSecond: 100 }, () => 0);
 * const due = [1, 1, 1].map((count) => (schedule.take(count), schedule.dueMs));
 * assertEquals(due, [0, 10, 20]);
 * ```
 */
export class StepSchedule {
  readonly #durationMs: number;
  readonly #intervalMs: number;
  readonly #nowMs: () => number;
  #startedMs: number | undefined;
  #takenCount = 0;
  #dueMs = 0;

  /**
   * Waits for the first request.
   *
   * @param nowMs the clock
   */
  constructor(options: ScheduleOptions, nowMs: () => number = () => performance.now()) {
    this.#durationMs = options.durationMs ?? Infinity;
    this.#intervalMs = options.ratePerSecond === null ? 0 : 1_000 / options.ratePerSecond;
    this.#nowMs = nowMs;
  }

  /** Whether requests are due at certain times. */
  get isOpenLoop(): boolean {
    return this.#intervalMs > 0;
  }

  /** When the first request was taken; `undefined` where none was. */
  get startedMs(): number | undefined {
    return this.#startedMs;
  }

  /** In an open loop: when what was last taken is due. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /**
   * Takes requests.
   *
   * @param most how many are wanted, 1 or more
   * @returns how many were granted: `most`, or 0 where the time is over
   */
  take(most: number): number {
    // Without a limit and a rate nobody looks at the clock: it costs as much as all the rest here.
    if (this.#durationMs === Infinity && !this.isOpenLoop) {
      this.#startedMs ??= this.#nowMs();
      return most;
    }
    const startedMs = this.#startedMs ??= this.#nowMs();
    const dueAfterMs = this.#takenCount * this.#intervalMs;
    this.#dueMs = startedMs + dueAfterMs;
    // Not taken from `dueMs`: its rounding could let one request more through.
    const afterMs = this.isOpenLoop ? dueAfterMs : this.#nowMs() - startedMs;
    if (afterMs >= this.#durationMs) return 0;
    this.#takenCount += most;
    return most;
  }
}
