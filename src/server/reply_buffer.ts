const INITIAL_BYTES = 1024;

// A larger buffer is let go after use: many connections may have needed one once.
const KEPT_MAX_BYTES = 32 * 1024;

const LF = 10;

// Up to here a loop is quicker than `set`, which needs a view of the bytes.
const LOOP_COPY_MAX_BYTES = 128;

/**
 * Collects replies, so that they leave in few writes.
 *
 * What is taken is written over by what is appended next: taking memory from the system for every
 * chunk, and giving it back, would cost more than the copying.
 */
export class ReplyBuffer {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(INITIAL_BYTES);
  #used = 0;

  /** How many bytes were appended since the last `take`. */
  get usedBytes(): number {
    return this.#used;
  }

  /** Appends a copy of the bytes. */
  append(bytes: Uint8Array): void {
    this.#makeRoomFor(bytes.length);
    this.#used = copy(bytes, 0, bytes.length, this.#bytes, this.#used);
  }

  /**
   * Appends a line between head and tail, unless an LF stands within it: looking for one while copying
   * costs less than looking and copying.
   *
   * @param bytes where the line stands
   * @param start its first byte
   * @param end behind its last byte
   * @returns whether it was appended
   */
  appendLine(
    head: Uint8Array,
    bytes: Uint8Array,
    start: number,
    end: number,
    tail: Uint8Array,
  ): boolean {
    this.#makeRoomFor(head.length + end - start + tail.length);
    const into = this.#bytes;
    const headEnd = copy(head, 0, head.length, into, this.#used);
    const lineEnd = copyUnlessLf(bytes, start, end, into, headEnd);
    if (lineEnd < 0) return false;
    this.#used = copy(tail, 0, tail.length, into, lineEnd);
    return true;
  }

  /**
   * Gives what was appended since the last time.
   *
   * @returns bytes that are the caller's until the next `append`
   */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#used);
    this.#used = 0;
    if (this.#bytes.length > KEPT_MAX_BYTES) this.#bytes = new Uint8Array(INITIAL_BYTES);
    return taken;
  }

  #makeRoomFor(bytes: number): void {
    const needed = this.#used + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = larger;
  }
}

// These give the place behind the last byte that was written.

function copy(from: Uint8Array, start: number, end: number, into: Uint8Array, at: number): number {
  let to = at;
  if (end - start > LOOP_COPY_MAX_BYTES) into.set(from.subarray(start, end), at);
  else for (let i = start; i < end; i++) into[to++] = from[i]!;
  return at + end - start;
}

function copyUnlessLf(
  from: Uint8Array,
  start: number,
  end: number,
  into: Uint8Array,
  at: number,
): number {
  if (end - start > LOOP_COPY_MAX_BYTES) {
    return copyLongUnlessLf(from.subarray(start, end), into, at);
  }
  let to = at;
  for (let i = start; i < end; i++) {
    const byte = from[i]!;
    if (byte === LF) return -1;
    into[to++] = byte;
  }
  return to;
}

function copyLongUnlessLf(line: Uint8Array, into: Uint8Array, at: number): number {
  if (line.includes(LF)) return -1;
  into.set(line, at);
  return at + line.length;
}
