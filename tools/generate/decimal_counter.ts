const ZERO = 0x30;
const NINE = 0x39;
const SPACE = 0x20;

/** One more than 2^53 - 1 has. */
const DIGITS_MAX = 17;

/**
 * A counter in ASCII digits, starting at zero. Line numbers need no conversion: an increment changes
 * 1.1 bytes on average.
 */
export class DecimalCounter {
  /** Zeros, the digits from {@linkcode start} on, and a space. Must not be modified. */
  readonly bytes: Uint8Array = new Uint8Array(DIGITS_MAX + 1).fill(ZERO);
  #start = DIGITS_MAX - 1;

  constructor() {
    this.bytes[DIGITS_MAX] = SPACE;
  }

  get start(): number {
    return this.#start;
  }

  get digitCount(): number {
    return DIGITS_MAX - this.#start;
  }

  increment(): void {
    let place = DIGITS_MAX - 1;
    while (this.bytes[place] === NINE) this.bytes[place--] = ZERO;
    this.bytes[place]! += 1;
    if (place < this.#start) this.#start = place;
  }
}
