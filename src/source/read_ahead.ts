import type { ByteSource } from "./text_source.ts";

/** How much is read at a time: so much that few reads are needed, and little is read in vain. */
const WINDOW_BYTES = 64 * 1024;

/** Reads a source in order in few large reads. For sources that never block, and callers that read forward. */
export class ReadAhead implements ByteSource {
  readonly #source: ByteSource;
  readonly #window = new Uint8Array(WINDOW_BYTES);
  // What of the source is in the window.
  #from = 0;
  #to = 0;

  /** @param source disposed of with this */
  constructor(source: ByteSource) {
    this.#source = source;
  }

  get name(): string {
    return this.#source.name;
  }

  get size(): number {
    return this.#source.size;
  }

  tryRead(into: Uint8Array, offset: number): boolean {
    const end = offset + into.length;
    if (offset < this.#from || end > this.#to) {
      const bytes = Math.min(WINDOW_BYTES, this.size - offset);
      if (into.length >= bytes) return this.#source.tryRead(into, offset);
      // Empty while it is filled, so that a read that fails leaves nothing wrong there.
      this.#to = this.#from = offset;
      if (!this.#source.tryRead(this.#window.subarray(0, bytes), offset)) return false;
      this.#to = offset + bytes;
    }
    into.set(this.#window.subarray(offset - this.#from, end - this.#from));
    return true;
  }

  read(into: Uint8Array, offset: number, signal?: AbortSignal): Promise<void> {
    return this.#source.read(into, offset, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source[Symbol.asyncDispose]();
  }
}
