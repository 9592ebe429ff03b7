import { SEGMENT_BYTES, segmentCount } from "./segment_scanner.ts";

/** How many segments may be scanned ahead of the one that is taken next. */
export const RING_SLOTS = 8;

// The head of the shared memory: two 64-bit counters, a flag and a state for each slot.
const AT_CLAIMED = 0;
const AT_TAKEN = 1;
const AT_STOPPED = 4;
const AT_STATES = 8;
const HEAD_BYTES = 1024;
const SLOT_BYTES = SEGMENT_BYTES * Uint32Array.BYTES_PER_ELEMENT;
const RING_BYTES = HEAD_BYTES + RING_SLOTS * SLOT_BYTES;

const EMPTY = 0;
const FAILED = -1;
// From this state on, a slot has the newlines of its segment: the state is their count plus this.
const FILLED = 1;

/** Why no segment could be claimed. */
export type ClaimRefusal = "full" | "end";

/**
 * Memory shared by the threads that scan a text.
 *
 * - Order: threads claim segments in the order of the text, scan them side by side and publish what they
 *   found in any order. One thread takes the segments, in order.
 * - Capacity: {@linkcode RING_SLOTS} segments. A thread that is so far ahead waits until one is taken.
 * - Stop: after {@linkcode stop} there is nothing to claim, and no thread waits for room.
 */
export class ScanRing {
  readonly buffer: SharedArrayBuffer;
  readonly #segments: number;
  readonly #counters: BigInt64Array;
  readonly #states: Int32Array;

  /** @param buffer of a ring that another thread created for a text of that size */
  constructor(textBytes: number, buffer: SharedArrayBuffer = new SharedArrayBuffer(RING_BYTES)) {
    this.buffer = buffer;
    this.#segments = segmentCount(textBytes);
    this.#counters = new BigInt64Array(buffer, 0, 2);
    this.#states = new Int32Array(buffer, 0, AT_STATES + RING_SLOTS);
  }

  /** Claims the next segment. The thread that claims it must publish it, or its failure. */
  claim(): number | ClaimRefusal {
    for (;;) {
      const next = Atomics.load(this.#counters, AT_CLAIMED);
      if (Number(next) === this.#segments || this.isStopped) return "end";
      if (next - Atomics.load(this.#counters, AT_TAKEN) === BigInt(RING_SLOTS)) return "full";
      const seen = Atomics.compareExchange(this.#counters, AT_CLAIMED, next, next + 1n);
      if (seen === next) return Number(next);
    }
  }

  /** Blocks the thread until a segment can be claimed, or a timeout is over. */
  waitForRoom(timeoutMs: number): void {
    const taken = Atomics.load(this.#counters, AT_TAKEN);
    const claimed = Atomics.load(this.#counters, AT_CLAIMED);
    if (claimed - taken < BigInt(RING_SLOTS) || this.isStopped) return;
    Atomics.wait(this.#counters, AT_TAKEN, taken, timeoutMs);
  }

  /** Publishes the newlines of a claimed segment. They are copied. */
  publish(segment: number, newlines: Uint32Array): void {
    this.#slot(segment, newlines.length).set(newlines);
    this.#setState(segment, FILLED + newlines.length);
  }

  publishFailure(segment: number): void {
    this.#setState(segment, FAILED);
  }

  /** What was published for a segment: a view that is valid until the segment is taken. */
  newlines(segment: number): Uint32Array | "failed" | undefined {
    const state = Atomics.load(this.#states, stateOf(segment));
    if (state === EMPTY) return undefined;
    return state === FAILED ? "failed" : this.#slot(segment, state - FILLED);
  }

  /** Blocks the thread until a segment is published, or a timeout is over. */
  waitFor(segment: number, timeoutMs: number): void {
    Atomics.wait(this.#states, stateOf(segment), EMPTY, timeoutMs);
  }

  /** Frees the slot of the segment that is next in order. */
  take(): void {
    const segment = Number(Atomics.load(this.#counters, AT_TAKEN));
    Atomics.store(this.#states, stateOf(segment), EMPTY);
    Atomics.add(this.#counters, AT_TAKEN, 1n);
    Atomics.notify(this.#counters, AT_TAKEN);
  }

  get isStopped(): boolean {
    return Atomics.load(this.#states, AT_STOPPED) !== 0;
  }

  /** Ends the scan in all threads. */
  stop(): void {
    Atomics.store(this.#states, AT_STOPPED, 1);
    // Changed, so that a thread that is about to wait for room does not.
    Atomics.add(this.#counters, AT_TAKEN, 1n);
    Atomics.notify(this.#counters, AT_TAKEN);
  }

  #slot(segment: number, newlines: number): Uint32Array {
    const at = HEAD_BYTES + (segment % RING_SLOTS) * SLOT_BYTES;
    return new Uint32Array(this.buffer, at, newlines);
  }

  #setState(segment: number, state: number): void {
    Atomics.store(this.#states, stateOf(segment), state);
    Atomics.notify(this.#states, stateOf(segment));
  }
}

function stateOf(segment: number): number {
  return AT_STATES + segment % RING_SLOTS;
}
