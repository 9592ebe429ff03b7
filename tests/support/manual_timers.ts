import type { Timers } from "../../src/server/timers.ts";

interface Pending {
  dueMs: number;
  /** 0 if it is called once. */
  readonly periodMs: number;
  readonly action: () => void;
}

/** Timers whose time passes only when the test says so. */
export class ManualTimers implements Timers {
  /** The delay of every call of `after`, in order. */
  readonly delaysMs: number[] = [];
  readonly #pending = new Set<Pending>();
  #nowMs = 1_000_000;

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, action: () => void): () => void {
    this.delaysMs.push(delayMs);
    return this.#add({ dueMs: this.#nowMs + delayMs, periodMs: 0, action });
  }

  every(periodMs: number, action: () => void): () => void {
    return this.#add({ dueMs: this.#nowMs + periodMs, periodMs, action });
  }

  /** How many calls are still to come; one that repeats counts once. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  /** Lets time pass, and calls what is due, in the order of time. */
  advance(durationMs: number): void {
    const endMs = this.#nowMs + durationMs;
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#nowMs = next.dueMs;
      if (next.periodMs === 0) this.#pending.delete(next);
      else next.dueMs += next.periodMs;
      next.action();
    }
    this.#nowMs = endMs;
  }

  #add(pending: Pending): () => void {
    this.#pending.add(pending);
    return () => void this.#pending.delete(pending);
  }

  #next(endMs: number): Pending | undefined {
    let next: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.dueMs <= endMs && (next === undefined || pending.dueMs < next.dueMs)) {
        next = pending;
      }
    }
    return next;
  }
}
