import { allocate } from "./cache_memory.ts";
import { blockCount, type SharedBlocks } from "./shared_blocks.ts";
import type { TextSource } from "./text_source.ts";

const NONE = -1;

// What the processor loads at a time.
const CACHE_LINE_BYTES = 64;

/**
 * Caches blocks of a text within a fixed memory.
 *
 * - Direct-mapped: a block can only be in the frame of its number modulo the number of frames. So it is found
 *   without a search, and a text that fits is cached completely in the end.
 * - Admitted on the second miss in a row: if the same block was the last one that missed in this frame. So
 *   lines in sequence and hot lines are cached, while random lines of a text that does not fit cost one
 *   short read each.
 * - Only what the source can read without blocking is admitted that way; what had to be awaited is cached
 *   at once.
 */
export class BlockCache {
  /** What is cached; {@linkcode locate} says where. Read only. */
  readonly bytes: Uint8Array;
  readonly #text: TextSource;
  readonly #blockBytes: number;
  readonly #shared: SharedBlocks | undefined;
  // By frame: the block that is there, and the one that missed last.
  readonly #blocks: Float64Array;
  readonly #missed: Float64Array;
  // Keeps the compiler from dropping the reads of `prefetch`.
  #prefetched = 0;

  /**
   * @param memory how much to allocate in bytes, or blocks that other threads fill too
   * @throws {CacheMemoryError} if there is not enough memory
   */
  constructor(text: TextSource, memory: number | SharedBlocks) {
    const blocks = blockCount(text.size, text.blockBytes);
    this.#text = text;
    this.#blockBytes = text.blockBytes;
    let frames = blocks;
    if (typeof memory === "number") {
      frames = Math.min(Math.floor(memory / text.blockBytes), blocks);
      this.bytes = new Uint8Array(allocate(frames * text.blockBytes, ArrayBuffer));
    } else {
      this.#shared = memory;
      this.bytes = memory.bytes;
    }
    this.#blocks = new Float64Array(frames).fill(NONE);
    this.#missed = new Float64Array(frames).fill(NONE);
    if (text.onUnpacked !== undefined) {
      text.onUnpacked = (from, part) => this.#storePart(from, part);
    }
  }

  /**
   * Finds a part of the text in {@linkcode bytes}.
   *
   * @param from offset of its first byte in the text
   * @param to offset after its last byte
   * @returns the index of the first byte, valid until the next call; -1 if the part is not cached in one
   * piece
   * @throws {TextError} if a block cannot be read
   */
  locate(from: number, to: number): number {
    const blockBytes = this.#blockBytes;
    const block = Math.floor(from / blockBytes);
    const frame = this.#frameOf(block);
    const isCached = this.#has(block, frame, to) ||
      // Of a compressed text, reading one block stores others too, maybe in the frames of the first.
      (this.#admitAll(block, frame, to) && this.#has(block, frame, to));
    return isCached ? frame * blockBytes + from - block * blockBytes : NONE;
  }

  /**
   * Makes the processor load lines that will be asked for next. It waits for many of them at once; otherwise
   * it would wait for each in turn.
   *
   * @param starts where they begin in the text; negative numbers are skipped
   * @param ends where they end
   * @param from index of the first of them
   * @param to index after the last of them
   */
  prefetch(starts: Float64Array, ends: Float64Array, from: number, to: number): void {
    if (this.#blocks.length === 0) return;
    const { bytes } = this;
    const blockBytes = this.#blockBytes;
    let sum = 0;
    for (let i = from; i < to; i++) {
      const start = starts[i]!;
      const block = Math.floor(start / blockBytes);
      const frame = this.#frameOf(block);
      if (this.#blocks[frame] !== block) continue;
      const at = frame * blockBytes + start - block * blockBytes;
      const last = Math.min(at + ends[i]! - start, bytes.length) - 1;
      for (let part = at; part < last; part += CACHE_LINE_BYTES) sum += bytes[part]!;
      sum += bytes[last]!;
    }
    this.#prefetched = sum;
  }

  /** Caches a block that had to be awaited: it is worth more than what is in its frame. */
  store(block: number, bytes: Uint8Array): void {
    if (this.#blocks.length === 0) return;
    const frame = this.#frameOf(block);
    if (this.#shared === undefined) this.bytes.set(bytes, frame * this.#blockBytes);
    else this.#shared.store(block, bytes);
    this.#blocks[frame] = block;
  }

  // Caches the blocks that a part of the text contains as a whole.
  #storePart(from: number, part: Uint8Array): void {
    const blockBytes = this.#blockBytes;
    const end = from + part.length;
    for (let block = Math.ceil(from / blockBytes); block * blockBytes < end; block++) {
      const blockEnd = Math.min((block + 1) * blockBytes, this.#text.size);
      if (blockEnd > end) return;
      this.store(block, part.subarray(block * blockBytes - from, blockEnd - from));
    }
  }

  // The remainder alone would do; if the text fits, it is not needed, and dividing is slow.
  #frameOf(block: number): number {
    const frames = this.#blocks.length;
    return block < frames ? block : block % frames;
  }

  // Whether a block is in its frame, and the blocks up to `to` are in the frames that follow.
  #has(firstBlock: number, firstFrame: number, to: number): boolean {
    if (this.#blocks[firstFrame] !== firstBlock) return false;
    const ahead = firstFrame - firstBlock;
    for (let block = firstBlock + 1; block * this.#blockBytes < to; block++) {
      if (this.#blocks[block + ahead] !== block) return false;
    }
    return true;
  }

  #admitAll(firstBlock: number, firstFrame: number, to: number): boolean {
    const ahead = firstFrame - firstBlock;
    for (let block = firstBlock; block === firstBlock || block * this.#blockBytes < to; block++) {
      const frame = block + ahead;
      if (this.#frameOf(block) !== frame) return false;
      if (this.#blocks[frame] !== block && !this.#admit(block, frame)) return false;
    }
    return true;
  }

  #admit(block: number, frame: number): boolean {
    if (this.#blocks.length === 0) return false;
    if (this.#shared?.has(block) !== true) {
      if (this.#missed[frame] !== block) {
        this.#missed[frame] = block;
        return false;
      }
      return this.#read(block, frame);
    }
    this.#blocks[frame] = block;
    return true;
  }

  #read(block: number, frame: number): boolean {
    const replaced = this.#blocks[frame]!;
    // The frame counts as empty while it is filled, so that a read that fails leaves nothing wrong there.
    this.#blocks[frame] = NONE;
    const isRead = this.#fill(block, frame);
    if (isRead) this.#blocks[frame] = block;
    // Otherwise another block was stored there meanwhile.
    else if (this.#blocks[frame] === NONE) this.#blocks[frame] = replaced;
    return isRead;
  }

  #fill(block: number, frame: number): boolean {
    const blockBytes = this.#blockBytes;
    const offset = block * blockBytes;
    const length = Math.min(blockBytes, this.#text.size - offset);
    const at = frame * blockBytes;
    if (this.#shared === undefined) {
      return this.#text.tryRead(this.bytes.subarray(at, at + length), offset);
    }
    // Files cannot be read into memory that threads share.
    const bytes = new Uint8Array(length);
    if (!this.#text.tryRead(bytes, offset)) return false;
    this.#shared.store(block, bytes);
    return true;
  }
}
