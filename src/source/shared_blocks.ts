import { allocate } from "./cache_memory.ts";

const ABSENT = 0;
const PRESENT = 1;

/**
 * Memory for all blocks of a text, shared by the threads that serve it: each thread stores the blocks that
 * it has read, and finds those that the others have.
 *
 * - Each block has its own place and is never replaced, so what was found cannot change.
 * - Two threads may read a block at the same time; both then store the same bytes.
 */
export class SharedBlocks {
  /** What another thread needs to share them. */
  readonly buffer: SharedArrayBuffer;
  /** The blocks, one after the other. Read only. */
  readonly bytes: Uint8Array;
  readonly #states: Int32Array;
  readonly #blockBytes: number;

  /**
   * Joins memory that another thread has allocated.
   *
   * @param buffer of a {@linkcode SharedBlocks} for the same text
   */
  constructor(buffer: SharedArrayBuffer, textBytes: number, blockBytes: number) {
    const blocks = blockCount(textBytes, blockBytes);
    this.buffer = buffer;
    // The states come first, where they are aligned whatever the size of a block.
    this.#states = new Int32Array(buffer, 0, blocks);
    this.bytes = new Uint8Array(buffer, this.#states.byteLength, blocks * blockBytes);
    this.#blockBytes = blockBytes;
  }

  /**
   * @throws {CacheMemoryError} if there is not enough memory
   */
  static allocate(textBytes: number, blockBytes: number): SharedBlocks {
    const buffer = allocate(SharedBlocks.sizeFor(textBytes, blockBytes), SharedArrayBuffer);
    return new SharedBlocks(buffer, textBytes, blockBytes);
  }

  /** How much memory a text of that size takes, in bytes. */
  static sizeFor(textBytes: number, blockBytes: number): number {
    return blockCount(textBytes, blockBytes) * (blockBytes + Int32Array.BYTES_PER_ELEMENT);
  }

  has(block: number): boolean {
    return Atomics.load(this.#states, block) === PRESENT;
  }

  /** Stores a block for all threads. */
  store(block: number, bytes: Uint8Array): void {
    if (Atomics.load(this.#states, block) !== ABSENT) return;
    this.bytes.set(bytes, block * this.#blockBytes);
    Atomics.store(this.#states, block, PRESENT);
  }
}

/** How many blocks a text has; the last one may be shorter. */
export function blockCount(textBytes: number, blockBytes: number): number {
  return Math.ceil(textBytes / blockBytes);
}
