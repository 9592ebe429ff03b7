const INITIAL_BYTES = 1024;

/**
 * Collects the replies of a batch, so that they leave in few writes.
 *
 * The buffer grows to what is appended, and is let go where that was unusually much.
 */
export class ReplyBuffer {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #used = 0;
  #taken = 0;

  /** How many bytes were appended since the last `take`. */
  get usedBytes(): number {
    return this.#used;
  }

  /** How many bytes were appended since the last `endBatch`. */
  get batchBytes(): number {
    return this.#taken + this.#used;
  }

  /** Appends a copy of the bytes. */
  append(bytes: Uint8Array): void {
    const needed = this.#used + bytes.length;
    if (needed > this.#bytes.length) this.#grow(needed);
    this.#bytes.set(bytes, this.#used);
    this.#used = needed;
  }

  /** Gives what was appended since the last time, as bytes that nobody else holds. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#used);
    this.#taken += this.#used;
    this.#used = 0;
    if (this.#bytes.length > INITIAL_BYTES) this.#bytes = new Uint8Array(INITIAL_BYTES);
    return taken;
  }

  /** Begins to count anew. */
  endBatch(): void {
    this.#taken = 0;
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = larger;
  }
}
