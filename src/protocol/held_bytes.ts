const INITIAL_BYTES = 1024;

// A larger buffer is dropped after use: many connections may have needed one once.
const KEPT_MAX_BYTES = 2 * 1024;

/** Holds the beginning of a command whose end has not arrived yet. Few clients cut their commands. */
export class HeldBytes {
  readonly #maxBytes: number;
  #bytes: Uint8Array = new Uint8Array();
  #length = 0;

  /** @param maxBytes how many bytes are held at most */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#length;
  }

  /** What is held, valid until the next call of `add`. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /**
   * Adds a copy of `bytes[start]` to `bytes[end - 1]`.
   *
   * @returns false if that would be too much: then nothing is held any more
   */
  add(bytes: Uint8Array, start: number, end: number): boolean {
    if (start === end) return true;
    const length = this.#length + end - start;
    if (length > this.#maxBytes) {
      this.take();
      return false;
    }
    if (length > this.#bytes.length) this.#grow(length);
    this.#bytes.set(bytes.subarray(start, end), this.#length);
    this.#length = length;
    return true;
  }

  /** What was held, valid until the next call of `add`. */
  take(): Uint8Array {
    const taken = this.bytes;
    this.#length = 0;
    if (this.#bytes.length > KEPT_MAX_BYTES) this.#bytes = new Uint8Array();
    return taken;
  }

  #grow(length: number): void {
    const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.length, INITIAL_BYTES));
    larger.set(this.bytes);
    this.#bytes = larger;
  }
}
