/**
 * For how long a caution lasts; twice as long after each that follows, up to
 * {@linkcode CAUTION_MAX_MS}.
 */
export const CAUTION_MS = 50;

/** See {@linkcode CAUTION_MS}. */
export const CAUTION_MAX_MS = 1_000;

// One stall alone may have been the scheduler's doing: so it weighs as much as this many reads that did
// not stall, and so much weight is ignored.
const STALL_WEIGHT = 8;
const STALLS_MAX_WEIGHT = 24;

/**
 * Weighs reads that stalled against reads that did not.
 *
 * @example
 * ```ts
 * import { StallScale } from "./caution.ts";
 *
 * const scale = new StallScale();
 * console.log(scale.note(true), scale.note(true), scale.note(true)); // false false false
 * console.log(scale.note(true)); // true: four stalls in a row
 * ```
 */
export class StallScale {
  #weight = 0;

  /** Whether no stall weighs any more. */
  get isEven(): boolean {
    return this.#weight === 0;
  }

  /** Makes it so that one stall more is too much. */
  fill(): void {
    this.#weight = STALLS_MAX_WEIGHT;
  }

  /** Forgets all. */
  clear(): void {
    this.#weight = 0;
  }

  /** Adds a read, and says whether there are too many stalls. */
  note(isStall: boolean): boolean {
    this.#weight = isStall ? this.#weight + STALL_WEIGHT : Math.max(0, this.#weight - 1);
    return this.#weight > STALLS_MAX_WEIGHT;
  }
}

/**
 * Is on for {@linkcode CAUTION_MS} or longer after reads stalled. At first, and after that time, one
 * stall is enough; the more reads did not, the more stalls it takes.
 */
export class Caution {
  readonly #nowMs: () => number;
  readonly #scale = new StallScale();
  #untilMs = -Infinity;
  #lastsMs = CAUTION_MS;

  /**
   * Begins with no caution.
   *
   * @param nowMs the clock
   */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#scale.fill();
  }

  /** Whether to be careful. */
  get isOn(): boolean {
    return this.#nowMs() < this.#untilMs;
  }

  /** Learns from a read. */
  note(isStall: boolean): void {
    const isTooMuch = this.#scale.note(isStall);
    if (this.#scale.isEven) this.#lastsMs = CAUTION_MS;
    if (!isTooMuch) return;
    this.#scale.fill();
    this.begin();
  }

  /** Turns it on, whatever the reads were like. */
  begin(): void {
    this.#untilMs = this.#nowMs() + this.#lastsMs;
    this.#lastsMs = Math.min(2 * this.#lastsMs, CAUTION_MAX_MS);
  }
}
