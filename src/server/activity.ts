/**
 * Counts that something happened, and tells for how long nothing has.
 *
 * Looking at a clock at every read and write would cost more than it tells: only whoever asks looks at
 * one. So the silence is known as exactly as it is asked for.
 */
export class Activity {
  #count = 0;
  #countAtClock = 0;
  #quietSinceMs: number;
  #countAtLook = 0;
  #silentLooks = 0;

  /** Makes a count that begins now. */
  constructor(nowMs: number) {
    this.#quietSinceMs = nowMs;
  }

  /** Notes that something happened. */
  note(): void {
    this.#count++;
  }

  /** How often something has happened. */
  get count(): number {
    return this.#count;
  }

  /** For how long nothing has happened, as far as earlier calls of this could see. */
  silentMs(nowMs: number): number {
    if (this.#count !== this.#countAtClock) {
      this.#countAtClock = this.#count;
      this.#quietSinceMs = nowMs;
    }
    return nowMs - this.#quietSinceMs;
  }

  /** How many calls of this in a row, this one included, found that nothing had happened. */
  silentLooks(): number {
    this.#silentLooks = this.#count === this.#countAtLook ? this.#silentLooks + 1 : 0;
    this.#countAtLook = this.#count;
    return this.#silentLooks;
  }
}
