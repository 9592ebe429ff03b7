const ZERO = 0x30;
const NINE = 0x39;
const BLANK = 0x20;

/** Enough for 2^53 - 1, which has 16 digits. */
const DIGITS_MAX = 17;

/**
 * Counts in ASCII digits, so that a line's number need not be converted for each line: adding one
 * touches 1.1 bytes on average.
 *
 * @example Counting to ten
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DecimalCounter } from "./decimal_counter.ts";
 *
 * const counter = new DecimalCounter();
 * for (let i = 0; i < 10; i++) counter.increment();
 * const text = counter.bytes.subarray(counter.start, counter.start + counter.digitCount);
 * assertEquals(new TextDecoder().decode(text), "10");
 * ```
 */
export class DecimalCounter {
  /** The digits at the end, one blank behind them, zeros before them. Read it, do not write it. */
  readonly bytes: Uint8Array = new Uint8Array(DIGITS_MAX + 1).fill(ZERO);
  #start = DIGITS_MAX - 1;

  /** Starts at zero. */
  constructor() {
    this.bytes[DIGITS_MAX] = BLANK;
  }

  /** Where in {@linkcode bytes} the first digit is. */
  get start(): number {
    return this.#start;
  }

  /** How many digits the number has, 1 to 17. */
  get digitCount(): number {
    return DIGITS_MAX - this.#start;
  }

  /** Adds one. */
  increment(): void {
    let place = DIGITS_MAX - 1;
    while (this.bytes[place] === NINE) this.bytes[place--] = ZERO;
    this.bytes[place]! += 1;
    if (place < this.#start) this.#start = place;
  }
}
