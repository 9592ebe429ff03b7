/** Holds the beginning of a command whose end has not arrived yet. Few clients cut their commands. */
export class HeldBytes {
  readonly #maxBytes: number;
  #bytes: Uint8Array | undefined;
  #length = 0;

  /** @param maxBytes how many bytes are held at most */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Adds a copy of `bytes[start]` to `bytes[end - 1]`.
   *
   * @returns false if that would be too much: then nothing is held any more
   */
  add(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#length + end - start > this.#maxBytes) {
      this.#length = 0;
      return false;
    }
    this.#bytes ??= new Uint8Array(this.#maxBytes);
    this.#bytes.set(bytes.subarray(start, end), this.#length);
    this.#length += end - start;
    return true;
  }

  /** What was held, valid until the next call of `add`. */
  take(): Uint8Array {
    const taken = this.#bytes?.subarray(0, this.#length) ?? new Uint8Array();
    this.#length = 0;
    return taken;
  }
}
