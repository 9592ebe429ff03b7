import { allocate } from "../pages/cache_memory.ts";
import type { PositionalText } from "./local/positional_text.ts";
import type { SharedText } from "./shared_blocks.ts";
import { TEXT_BLOCK_BYTES, textBlockCount } from "./text_block.ts";

/** How often in a row a block is asked for in vain until it replaces another. */
export const ADMIT_AFTER_MISSES = 16;

const NONE = -1;

/** How a cache works with others. */
export interface TextCacheOptions {
  /** Memory for all of the text, instead of a budget, that other threads fill too. */
  readonly shared?: SharedText | undefined;
  /**
   * Called after a block was read: whether the text is surely still what it was when it was looked at
   * before. May throw.
   *
   * @default {always}
   */
  readonly isSound?: () => boolean;
}

/**
 * Keeps blocks of a text in memory, within a budget of bytes.
 *
 * - A block has one frame where it can be: its number modulo the count of frames. So it is found
 *   without a search, and a text that fits is all there in the end.
 * - A block is read when it was asked for again: once more where its frame is empty, and
 *   {@linkcode ADMIT_AFTER_MISSES} times in a row where another is there. So lines in sequence, and
 *   texts that fit, are soon answered from memory, while lines at random in a text that does not fit
 *   cost little more than one short read each.
 * - What is kept outlives any look at the text: so it is kept only where the text was sound behind the
 *   reading too.
 *
 * @example
 * ```ts
 * import { TextFile } from "./local/text_file.ts";
 * import { PositionalText } from "./local/positional_text.ts";
 * import { TextCache } from "./block_cache.ts";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "one\ntwo\n");
 * using file = TextFile.open(path);
 * using text = PositionalText.open(file);
 * const cache = new TextCache(text, 1024 * 1024);
 * console.log(cache.locate(4, 7)); // -1: not in memory
 * console.log(cache.locate(4, 7)); // 4: bytes[4] is the "t" of "two"
 * ```
 */
export class TextCache {
  /** What is in memory; {@linkcode locate} says where. Not to be changed by others. */
  readonly bytes: Uint8Array;
  readonly #text: PositionalText;
  readonly #shared: SharedText | undefined;
  readonly #isSound: () => boolean;
  // By frame: which block is there, which one was asked for in vain last, and how often in a row.
  readonly #blocks: Float64Array;
  readonly #wanted: Float64Array;
  readonly #misses: Uint8Array;
  // Keeps what `prefetch` reads from being thought useless, and left out.
  #prefetched = 0;

  /**
   * Makes an empty cache. The memory is taken from the system as it is filled.
   *
   * @param text the caller closes it
   * @param budgetBytes 0 or more; under one block nothing is kept
   * @throws {CacheMemoryError} where there is not so much memory
   */
  constructor(text: PositionalText, budgetBytes: number, options: TextCacheOptions = {}) {
    const { shared, isSound = () => true } = options;
    const wantedBlocks = textBlockCount(text.bytes);
    const budgetBlocks = shared === undefined
      ? Math.floor(budgetBytes / TEXT_BLOCK_BYTES)
      : Infinity;
    const frames = Math.min(budgetBlocks, wantedBlocks);
    this.#text = text;
    this.#shared = shared;
    this.#isSound = isSound;
    this.bytes = shared?.bytes ??
      new Uint8Array(allocate(frames * TEXT_BLOCK_BYTES, ArrayBuffer));
    this.#blocks = new Float64Array(frames).fill(NONE);
    this.#wanted = new Float64Array(frames).fill(NONE);
    this.#misses = new Uint8Array(frames);
  }

  /** How many bytes the cache holds at most. */
  get budgetBytes(): number {
    return this.bytes.length;
  }

  /**
   * Where a part of the text stands in {@linkcode bytes}, until the next call.
   *
   * @param from its first byte's offset in the text
   * @param to behind its last byte
   * @returns -1 where it is not in memory in one piece
   * @throws {TextError} where a block is to be read and cannot be, or the text has changed
   */
  locate(from: number, to: number): number {
    const block = Math.floor(from / TEXT_BLOCK_BYTES);
    const frame = this.#frameOf(block);
    if (this.#blocks[frame] !== block && !this.#admit(block, frame)) return NONE;
    const start = from - block * TEXT_BLOCK_BYTES;
    const isWithin = start + to - from <= TEXT_BLOCK_BYTES;
    return isWithin || this.#goesOn(block, frame, to) ? frame * TEXT_BLOCK_BYTES + start : NONE;
  }

  /**
   * Has the processor fetch lines that will be asked for next: it waits for many of them at once, where
   * it would wait for each in turn.
   *
   * @param starts where they begin in the text; negative where one is not to be fetched
   * @param ends where they end
   * @param count how many there are
   */
  prefetch(starts: Float64Array, ends: Float64Array, count: number): void {
    if (this.#blocks.length === 0) return;
    const bytes = this.bytes;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const start = starts[i]!;
      const block = Math.floor(start / TEXT_BLOCK_BYTES);
      const frame = this.#frameOf(block);
      if (this.#blocks[frame] !== block) continue;
      const at = frame * TEXT_BLOCK_BYTES + start - block * TEXT_BLOCK_BYTES;
      const last = Math.min(at + ends[i]! - start, bytes.length) - 1;
      sum += bytes[at]! + bytes[last]!;
    }
    this.#prefetched = sum;
  }

  // The remainder alone would do; where the text fits, it is not needed, and dividing is slow.
  #frameOf(block: number): number {
    const frames = this.#blocks.length;
    return block < frames ? block : block % frames;
  }

  // Whether the blocks up to there follow in memory too.
  #goesOn(firstBlock: number, firstFrame: number, to: number): boolean {
    const ahead = firstFrame - firstBlock;
    for (let block = firstBlock + 1; block * TEXT_BLOCK_BYTES < to; block++) {
      const frame = block + ahead;
      if (this.#frameOf(block) !== frame) return false;
      if (this.#blocks[frame] !== block && !this.#admit(block, frame)) return false;
    }
    return true;
  }

  #admit(block: number, frame: number): boolean {
    if (this.#shared?.has(block) === true) {
      this.#blocks[frame] = block;
      return true;
    }
    const offset = block * TEXT_BLOCK_BYTES;
    const bytes = Math.min(TEXT_BLOCK_BYTES, this.#text.bytes - offset);
    if (!this.#isWanted(block, frame) || !this.#text.isAtHand(offset, offset + bytes)) return false;
    // Empty while it is read, so that a failing read leaves nothing wrong there.
    this.#blocks[frame] = NONE;
    if (!this.#take(block, frame, bytes)) return false;
    this.#blocks[frame] = block;
    return true;
  }

  #take(block: number, frame: number, bytes: number): boolean {
    if (this.#shared !== undefined) return this.#share(this.#shared, block, bytes);
    this.#readInto(this.bytes, frame * TEXT_BLOCK_BYTES, bytes, block * TEXT_BLOCK_BYTES);
    return this.#isSound();
  }

  #readInto(into: Uint8Array, at: number, bytes: number, offset: number): void {
    this.#text.readSync(into.subarray(at, at + bytes), bytes, offset);
  }

  // By way of memory of its own: files are not read into memory that threads share.
  #share(shared: SharedText, block: number, bytes: number): boolean {
    const read = new Uint8Array(bytes);
    this.#readInto(read, 0, bytes, block * TEXT_BLOCK_BYTES);
    if (!this.#isSound()) return false;
    shared.publish(block, read);
    return true;
  }

  #isWanted(block: number, frame: number): boolean {
    if (this.#blocks.length === 0) return false;
    if (this.#wanted[frame] !== block) {
      this.#wanted[frame] = block;
      this.#misses[frame] = 0;
    }
    const neededMisses = this.#blocks[frame] === NONE ? 2 : ADMIT_AFTER_MISSES;
    this.#misses[frame] = Math.min(this.#misses[frame]! + 1, ADMIT_AFTER_MISSES);
    return this.#misses[frame]! >= neededMisses;
  }
}
