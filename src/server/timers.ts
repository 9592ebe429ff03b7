/** The time, and calls at a later time. Tests pass timers that they advance themselves. */
export interface Timers {
  /** Milliseconds since some fixed moment; never goes back. */
  nowMs(): number;
  /** Calls `action` once, after `delayMs`; returns a function that cancels that. */
  after(delayMs: number, action: () => void): () => void;
  /** Calls `action` every `periodMs`; returns a function that ends that. */
  every(periodMs: number, action: () => void): () => void;
}

/** The timers of this thread. */
export const SYSTEM_TIMERS: Timers = {
  nowMs: () => performance.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
  every(periodMs, action) {
    const timer = setInterval(action, periodMs);
    return () => clearInterval(timer);
  },
};
