import { FineTimer } from "./fine_timer.ts";

/** What a pacer waits with. */
export interface PacerTimer extends Disposable {
  /** Gets ready. */
  start(): Promise<void>;
  /** Waits for about so long, rather less; for one that waits at a time. */
  nap(ms: number): Promise<void>;
}

interface Waiter {
  readonly dueMs: number;
  readonly wake: () => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Lets clients go on when their requests are due, never too early: one timer serves all of them. Those
 * whose requests became due meanwhile go on together.
 */
export class Pacer implements Disposable {
  readonly #timer: PacerTimer;
  readonly #nowMs: () => number;
  // In the order in which they are due.
  #waiters: Waiter[] = [];
  #isPacing = false;
  #isStopped = false;

  /**
   * Nobody waits yet.
   *
   * @param nowMs the clock
   */
  constructor(
    timer: PacerTimer = new FineTimer(),
    nowMs: () => number = () => performance.now(),
  ) {
    this.#timer = timer;
    this.#nowMs = nowMs;
  }

  /** Gets ready; to be called once, and before anybody waits. */
  async start(): Promise<void> {
    await this.#timer.start();
  }

  /**
   * Waits until a time has come, or all is stopped.
   *
   * @param dueMs not before what others wait for
   */
  async until(dueMs: number): Promise<void> {
    if (this.#isStopped || dueMs <= this.#nowMs()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiters.push({ dueMs, wake: resolve, fail: reject });
    // It never rejects: what fails is told to those who wait.
    if (!this.#isPacing) void this.#pace();
    await promise;
  }

  /** Wakes all who wait; nobody waits from now on. */
  stop(): void {
    this.#isStopped = true;
    this.#wakeUntil(Infinity);
  }

  /** The same, and ends the timer. */
  [Symbol.dispose](): void {
    this.stop();
    this.#timer[Symbol.dispose]();
  }

  async #pace(): Promise<void> {
    this.#isPacing = true;
    try {
      for (;;) {
        const nowMs = this.#nowMs();
        this.#wakeUntil(nowMs);
        const next = this.#waiters[0];
        if (next === undefined) return;
        await this.#timer.nap(next.dueMs - nowMs);
      }
    } catch (error) {
      for (const { fail } of this.#waiters.splice(0)) fail(error);
    } finally {
      this.#isPacing = false;
    }
  }

  #wakeUntil(ms: number): void {
    const end = this.#waiters.findIndex(({ dueMs }) => dueMs > ms);
    const due = this.#waiters.splice(0, end < 0 ? Infinity : end);
    for (const { wake } of due) wake();
  }
}
