import { allocate } from "../pages/cache_memory.ts";
import { TEXT_BLOCK_BYTES, textBlockCount } from "./text_block.ts";

const ABSENT = 0;
const PRESENT = 1;

/**
 * Memory for a whole text, shared by the threads that serve it: each keeps in it what it has read, and
 * finds there what the others have.
 *
 * - A block of the text has a frame of its own, and stays: nothing that was found can change.
 * - Two threads may read a block at the same time; both then write the same bytes.
 *
 * @example
 * ```ts
 * import { SharedText } from "./shared_blocks.ts";
 *
 * const one = SharedText.create(8);
 * const other = new SharedText(one.buffer, 8);
 * one.publish(0, new TextEncoder().encode("one\ntwo\n"));
 * console.log(other.has(0), other.bytes[4]); // true 116: the "t" of "two"
 * ```
 */
export class SharedText {
  /** What another thread needs to share it. */
  readonly buffer: SharedArrayBuffer;
  /** The text, as far as it is there. Not to be changed by others. */
  readonly bytes: Uint8Array;
  readonly #states: Int32Array;

  /**
   * Joins a memory that another thread has made.
   *
   * @param buffer made by {@linkcode SharedText.create} for the same text
   * @param textBytes the size of the text
   */
  constructor(buffer: SharedArrayBuffer, textBytes: number) {
    const blocks = textBlockCount(textBytes);
    this.buffer = buffer;
    this.bytes = new Uint8Array(buffer, 0, blocks * TEXT_BLOCK_BYTES);
    this.#states = new Int32Array(buffer, blocks * TEXT_BLOCK_BYTES, blocks);
  }

  /**
   * Makes the memory for a text. It is taken from the system as it is filled.
   *
   * @throws {CacheMemoryError} where there is not so much memory
   */
  static create(textBytes: number): SharedText {
    return new SharedText(allocate(SharedText.sizeFor(textBytes), SharedArrayBuffer), textBytes);
  }

  /** How much memory a text of that size takes, in bytes. */
  static sizeFor(textBytes: number): number {
    const blocks = textBlockCount(textBytes);
    return blocks * (TEXT_BLOCK_BYTES + Int32Array.BYTES_PER_ELEMENT);
  }

  /** Whether a block of the text is there. */
  has(block: number): boolean {
    return Atomics.load(this.#states, block) === PRESENT;
  }

  /** Puts a block into its frame, for all threads to find. */
  publish(block: number, bytes: Uint8Array): void {
    if (Atomics.load(this.#states, block) !== ABSENT) return;
    this.bytes.set(bytes, block * TEXT_BLOCK_BYTES);
    Atomics.store(this.#states, block, PRESENT);
  }
}
