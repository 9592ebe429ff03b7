import process from "node:process";

/** From this share of one processor on, the load tester may be what limits the figures. */
export const SATURATED_FROM_SHARE = 0.9;

/** Measures what the load tester itself takes of the processors, all its threads together. */
export class OwnCpu {
  readonly #before = process.cpuUsage();
  readonly #startedMs = performance.now();

  /** The processor time since this was made, in microseconds. */
  usedUs(): number {
    const { user, system } = process.cpuUsage(this.#before);
    return user + system;
  }

  /** The share of one processor since this was made: 1 for all of one. */
  share(): number {
    const elapsedUs = (performance.now() - this.#startedMs) * 1_000;
    return elapsedUs > 0 ? this.usedUs() / elapsedUs : 0;
  }
}
