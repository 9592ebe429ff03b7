import type { SharedMemory } from "./shared_memory.ts";

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
  /** The blocks, one after the other. Read only. */
  readonly bytes: Uint8Array;
  readonly #states: Int32Array;
  readonly #blockBytes: number;

  /**
   * @param memory `sizeFor` the same text, also used by other threads
   */
  constructor({ buffer, byteOffset }: SharedMemory, textBytes: number, blockBytes: number) {
    const blocks = blockCount(textBytes, blockBytes);
    // The states come first, where they are aligned whatever the size of a block.
    this.#states = new Int32Array(buffer, byteOffset, blocks);
    this.bytes = new Uint8Array(
      buffer,
      byteOffset + this.#states.byteLength,
      blocks * blockBytes,
    );
    this.#blockBytes = blockBytes;
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
