const INITIAL_BYTES = 1024;

// A larger buffer is dropped after use: many connections may have needed one once.
const KEPT_MAX_BYTES = 32 * 1024;

// Up to here a loop is faster than `set`, which needs a view of the bytes.
const LOOP_MAX_BYTES = 128;

/** Copies parts into one array. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Collects bytes, so that they leave in few writes. */
export class ByteBuffer {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(INITIAL_BYTES);
  #length = 0;

  /** How many bytes were appended since the last `take`. */
  get length(): number {
    return this.#length;
  }

  /** Appends a copy of `bytes[start]` to `bytes[end - 1]`. */
  append(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    const count = end - start;
    if (this.#length + count > this.#bytes.length) this.#grow(count);
    const into = this.#bytes;
    let at = this.#length;
    this.#length += count;
    if (count > LOOP_MAX_BYTES) into.set(bytes.subarray(start, end), at);
    else for (let i = start; i < end; i++) into[at++] = bytes[i]!;
  }

  /**
   * Takes what was appended. Reusing the memory costs less than allocating it for each chunk.
   *
   * @returns a view that is valid until the next `append`
   */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    if (this.#bytes.length > KEPT_MAX_BYTES) this.#bytes = new Uint8Array(INITIAL_BYTES);
    return taken;
  }

  /** As `take`, but what it returns stays valid. */
  takeOwned(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    this.#bytes = new Uint8Array(INITIAL_BYTES);
    return taken;
  }

  #grow(count: number): void {
    const larger = new Uint8Array(Math.max(this.#length + count, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
