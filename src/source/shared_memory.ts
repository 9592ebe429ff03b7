import { allocate } from "./cache_memory.ts";

/** Memory that stores share. If they are in several threads, it stays shared when it is posted to another thread. */
export type SharedMemory = Uint8Array<ArrayBufferLike>;

/** Allocates memory that stores share; it is filled with zeros. */
export type AllocateShared = (bytes: number) => SharedMemory;

/**
 * Allocates a buffer of its own.
 *
 * @throws {CacheMemoryError} if there is not enough memory
 */
export function allocateShared(bytes: number): SharedMemory {
  return new Uint8Array(allocate(bytes, SharedArrayBuffer));
}

// The operating system assigns the memory of a buffer of this size as it is filled, and in large pages. Of small buffers,
// neither is certain: with 1,000 small files, the memory would be assigned at once, and with 100, finding a line in it took 230
// ns longer.
const CHUNK_BYTES = 64 * 1024 * 1024;

// A cache line of the processor.
const ALIGNMENT_BYTES = 64;

/** Allocates memory for many small caches, as parts of few large buffers. */
export class SharedArena {
  readonly #Kind: new (bytes: number) => ArrayBufferLike;
  #chunk: ArrayBufferLike = new ArrayBuffer(0);
  #used = 0;

  /** @param threads how many use the memory: copying out of memory that only one can use takes less time */
  constructor(threads: number) {
    this.#Kind = threads === 1 ? ArrayBuffer : SharedArrayBuffer;
  }

  /** @throws {CacheMemoryError} if there is not enough memory */
  readonly allocate: AllocateShared = (bytes) => {
    if (bytes > CHUNK_BYTES) return new Uint8Array(allocate(bytes, this.#Kind));
    if (this.#used + bytes > this.#chunk.byteLength) {
      this.#chunk = allocate(CHUNK_BYTES, this.#Kind);
      this.#used = 0;
    }
    const memory = new Uint8Array(this.#chunk, this.#used, bytes);
    this.#used += Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    return memory;
  };
}
