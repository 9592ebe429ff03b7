import { SEGMENT_BYTES, segmentCount } from "./segment_scanner.ts";

/** How many segments may be searched ahead of the one that is taken next. */
export const RING_SLOTS = 8;

// The head of the shared memory: two 64-bit counters, a flag, and a state for each slot.
const AT_CLAIMED = 0;
const AT_TAKEN = 1;
const AT_STOPPED = 4;
const AT_STATES = 8;
const HEAD_BYTES = 1024;

const EMPTY = 0;
const FAILED = -1;
// Above these states a slot holds the newlines of its segment: their count and this.
const FILLED = 1;

/** Why no segment could be claimed. */
export type ClaimRefusal = "full" | "end";

/**
 * Memory shared by the threads that search a text. They claim segments in the text's order, search
 * them side by side, and put what they find into slots; one thread takes the slots, in order.
 *
 * The ring is the bound on what is found and not yet taken: a thread that is {@linkcode RING_SLOTS}
 * segments ahead waits.
 *
 * @example
 * ```ts
 * import { ScanRing } from "./scan_ring.ts";
 *
 * const ring = ScanRing.create(100);
 * const segment = ring.claim();
 * if (typeof segment === "number") ring.publish(segment, Uint32Array.of(3, 7));
 * console.log(ring.newlines(0)); // 3, 7
 * ring.take();
 * console.log(ring.claim()); // "end"
 * ```
 */
export class ScanRing {
  /** What another thread needs to join: see {@linkcode ScanRing.join}. */
  readonly buffer: SharedArrayBuffer;
  readonly #segments: number;
  readonly #counters: BigInt64Array;
  readonly #states: Int32Array;

  private constructor(buffer: SharedArrayBuffer, textBytes: number) {
    this.buffer = buffer;
    this.#segments = segmentCount(textBytes);
    this.#counters = new BigInt64Array(buffer, 0, 2);
    this.#states = new Int32Array(buffer, 0, AT_STATES + RING_SLOTS);
  }

  /** Makes the ring for a text of that size. */
  static create(textBytes: number): ScanRing {
    const bytes = HEAD_BYTES + RING_SLOTS * SEGMENT_BYTES * Uint32Array.BYTES_PER_ELEMENT;
    return new ScanRing(new SharedArrayBuffer(bytes), textBytes);
  }

  /** The same ring, in another thread. */
  static join(buffer: SharedArrayBuffer, textBytes: number): ScanRing {
    return new ScanRing(buffer, textBytes);
  }

  /** Claims the first segment that nobody has; whoever claims it publishes it, or its failure. */
  claim(): number | ClaimRefusal {
    for (;;) {
      const next = Atomics.load(this.#counters, AT_CLAIMED);
      if (Number(next) === this.#segments || this.isStopped) return "end";
      if (next - Atomics.load(this.#counters, AT_TAKEN) === BigInt(RING_SLOTS)) return "full";
      const seen = Atomics.compareExchange(this.#counters, AT_CLAIMED, next, next + 1n);
      if (seen === next) return Number(next);
    }
  }

  /** Waits, for a bounded time, until a segment can be claimed; the thread stands still. */
  waitForRoom(timeoutMs: number): void {
    const taken = Atomics.load(this.#counters, AT_TAKEN);
    const claimed = Atomics.load(this.#counters, AT_CLAIMED);
    if (claimed - taken < BigInt(RING_SLOTS) || this.isStopped) return;
    Atomics.wait(this.#counters, AT_TAKEN, taken, timeoutMs);
  }

  /** Puts what was found in a claimed segment into its slot. */
  publish(segment: number, newlines: Uint32Array): void {
    this.#slot(segment, newlines.length).set(newlines);
    this.#setState(segment, FILLED + newlines.length);
  }

  /** Says that a claimed segment could not be read. */
  publishFailure(segment: number): void {
    this.#setState(segment, FAILED);
  }

  /**
   * What was found in a segment.
   *
   * @returns a view that is valid until the segment is taken; `undefined` where it is not there yet;
   * `"failed"` where the thread that had claimed it could not read it
   */
  newlines(segment: number): Uint32Array | "failed" | undefined {
    const state = Atomics.load(this.#states, stateOf(segment));
    if (state === EMPTY) return undefined;
    return state === FAILED ? "failed" : this.#slot(segment, state - FILLED);
  }

  /** Waits, for a bounded time, until a segment is published; the thread stands still. */
  waitFor(segment: number, timeoutMs: number): void {
    Atomics.wait(this.#states, stateOf(segment), EMPTY, timeoutMs);
  }

  /** Empties the slot of the segment that is next in order. */
  take(): void {
    const segment = Number(Atomics.load(this.#counters, AT_TAKEN));
    Atomics.store(this.#states, stateOf(segment), EMPTY);
    Atomics.add(this.#counters, AT_TAKEN, 1n);
    Atomics.notify(this.#counters, AT_TAKEN);
  }

  /** Whether no more segments are wanted. */
  get isStopped(): boolean {
    return Atomics.load(this.#states, AT_STOPPED) !== 0;
  }

  /** Ends the search in all threads. */
  stop(): void {
    Atomics.store(this.#states, AT_STOPPED, 1);
    // Changed, so that a thread which is about to wait for it does not.
    Atomics.add(this.#counters, AT_TAKEN, 1n);
    Atomics.notify(this.#counters, AT_TAKEN);
  }

  #slot(segment: number, newlines: number): Uint32Array {
    const slotBytes = SEGMENT_BYTES * Uint32Array.BYTES_PER_ELEMENT;
    return new Uint32Array(
      this.buffer,
      HEAD_BYTES + (segment % RING_SLOTS) * slotBytes,
      newlines,
    );
  }

  #setState(segment: number, state: number): void {
    Atomics.store(this.#states, stateOf(segment), state);
    Atomics.notify(this.#states, stateOf(segment));
  }
}

function stateOf(segment: number): number {
  return AT_STATES + segment % RING_SLOTS;
}
