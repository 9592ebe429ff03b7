/**
 * Stands in for the clock of this thread until the end of a `using` block: time passes only as the
 * test says, so that no read is quick or slow by chance.
 */
export class ManualClock implements Disposable {
  /** The time in milliseconds. */
  nowMs: number = performance.now();
  /** How much time passes whenever somebody looks. */
  stepMs = 0;

  /** Stops the clock. */
  constructor() {
    performance.now = () => this.nowMs += this.stepMs;
  }

  /** Lets everything seem to take this long that `body` does between two looks at the clock. */
  slowly(stepMs: number, body: () => void): void {
    this.stepMs = stepMs;
    try {
      body();
    } finally {
      this.stepMs = 0;
    }
  }

  /** Lets the clock go on. */
  [Symbol.dispose](): void {
    // The clock's own method stands in its prototype.
    Reflect.deleteProperty(performance, "now");
  }
}
