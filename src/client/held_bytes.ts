const EMPTY = new Uint8Array(0);
/** A larger buffer is not kept. */
const KEPT_MAX_BYTES = 64 * 1024;

/** Holds the beginning of something whose end has not arrived yet. */
export class HeldBytes {
  #bytes: Uint8Array<ArrayBuffer> = EMPTY;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /**
   * Appends a copy, in a buffer of at most twice the size that is needed.
   *
   * @returns all held bytes, valid until the next call
   */
  append(part: Uint8Array): Uint8Array<ArrayBuffer> {
    const length = this.#length + part.length;
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(part, this.#length);
    this.#length = length;
    return this.#bytes.subarray(0, length);
  }

  release(): void {
    this.#length = 0;
    if (this.#bytes.length > KEPT_MAX_BYTES) this.#bytes = EMPTY;
  }
}
