import type { ByteSource } from "../text_source.ts";
import { REMOTE_BLOCK_BYTES } from "./remote_location.ts";

/** How many blocks are kept: 2 MiB. */
export const ALIGNED_BLOCKS_MAX = 32;

/**
 * Reads a remote file in aligned blocks, and keeps the blocks that were used last: for an index, whose pages are much
 * smaller than what a request may transfer. Readers of one block wait for the same request.
 */
export class AlignedReader implements ByteSource {
  readonly isRemote = true;
  readonly #source: ByteSource;
  readonly #blockBytes: number;
  // In the order of their last use.
  readonly #blocks = new Map<number, Uint8Array>();
  readonly #reading = new Map<number, Promise<Uint8Array>>();

  /** @param source disposed of with this */
  constructor(source: ByteSource, blockBytes: number = REMOTE_BLOCK_BYTES) {
    this.#source = source;
    this.#blockBytes = blockBytes;
  }

  get name(): string {
    return this.#source.name;
  }

  get size(): number {
    return this.#source.size;
  }

  tryRead(into: Uint8Array, offset: number): boolean {
    // The source checks the range.
    if (this.#source.tryRead(into, offset)) return true;
    const blocks = this.#blocksOf(into, offset);
    if (!blocks.every((block) => this.#blocks.has(block))) return false;
    for (const block of blocks) this.#copy(block, this.#use(block), into, offset);
    return true;
  }

  async read(into: Uint8Array, offset: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.tryRead(into, offset)) return;
    const blocks = this.#blocksOf(into, offset);
    const contents = await Promise.all(blocks.map((block) => this.#load(block)));
    signal?.throwIfAborted();
    blocks.forEach((block, i) => this.#copy(block, contents[i]!, into, offset));
  }

  check(): void {
    this.#source.check?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source[Symbol.asyncDispose]();
  }

  #blocksOf(into: Uint8Array, offset: number): number[] {
    const first = Math.floor(offset / this.#blockBytes);
    const last = Math.floor((offset + into.length - 1) / this.#blockBytes);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  }

  #use(block: number): Uint8Array {
    const bytes = this.#blocks.get(block)!;
    this.#blocks.delete(block);
    this.#blocks.set(block, bytes);
    return bytes;
  }

  // Without a signal, since several readers may wait for it.
  #load(block: number): Promise<Uint8Array> | Uint8Array {
    if (this.#blocks.has(block)) return this.#use(block);
    const shared = this.#reading.get(block);
    if (shared !== undefined) return shared;
    const offset = block * this.#blockBytes;
    const bytes = new Uint8Array(Math.min(this.#blockBytes, this.size - offset));
    const reading = this.#source.read(bytes, offset).then(() => {
      this.#keep(block, bytes);
      return bytes;
    }).finally(() => this.#reading.delete(block));
    this.#reading.set(block, reading);
    return reading;
  }

  #keep(block: number, bytes: Uint8Array): void {
    this.#blocks.set(block, bytes);
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= ALIGNED_BLOCKS_MAX) return;
      this.#blocks.delete(oldest);
    }
  }

  #copy(block: number, bytes: Uint8Array, into: Uint8Array, offset: number): void {
    const start = block * this.#blockBytes;
    const from = Math.max(offset, start);
    const to = Math.min(offset + into.length, start + bytes.length);
    into.set(bytes.subarray(from - start, to - start), from - offset);
  }
}
