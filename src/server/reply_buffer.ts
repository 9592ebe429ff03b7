const INITIAL_BYTES = 1024;

// A larger buffer is let go after its batch: many connections may have needed one once.
const KEPT_MAX_BYTES = 32 * 1024;

const NO_BYTES = new Uint8Array(0);

// Up to here a loop is quicker than `set`, which needs a view of the bytes.
const LOOP_COPY_MAX_BYTES = 128;

/**
 * Collects the replies of a batch, so that they leave in few writes.
 *
 * Two buffers are filled in turns, a batch each: taking memory from the system for every batch, and
 * giving it back, would cost more than the copying.
 */
export class ReplyBuffer {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(INITIAL_BYTES);
  #spare = new Uint8Array(INITIAL_BYTES);
  // The buffer of this batch, once something of it was taken.
  #given: Uint8Array<ArrayBuffer> | undefined;
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

  /** Appends a copy of the bytes, or of those from `start` to before `end`. */
  append(bytes: Uint8Array, start: number = 0, end: number = bytes.length): void {
    const used = this.#used;
    const needed = used + end - start;
    if (needed > this.#bytes.length) this.#grow(needed);
    if (end - start > LOOP_COPY_MAX_BYTES) this.#bytes.set(bytes.subarray(start, end), used);
    else for (let at = start; at < end; at++) this.#bytes[used + at - start] = bytes[at]!;
    this.#used = needed;
  }

  /**
   * Gives what was appended since the last time.
   *
   * @returns bytes that are the caller's until `endBatch` has been called twice
   */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#used);
    this.#taken += this.#used;
    this.#used = 0;
    this.#given ??= this.#bytes;
    // What else the batch needs must not touch the spare one: it may still be on its way.
    this.#bytes = NO_BYTES;
    return taken;
  }

  /** Ends a batch: begins to count anew, and to fill the other buffer. */
  endBatch(): void {
    this.#taken = 0;
    if (this.#given === undefined) return;
    this.#bytes = this.#spare;
    this.#spare = this.#given.length > KEPT_MAX_BYTES ? new Uint8Array(INITIAL_BYTES) : this.#given;
    this.#given = undefined;
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length, INITIAL_BYTES));
    larger.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = larger;
  }
}
