import type { PositionalText } from "./positional_text.ts";

/** The size of a block of the text in memory. */
export const TEXT_BLOCK_BYTES = 64 * 1024;

/** How often a block is asked for in vain until it replaces another. */
export const ADMIT_AFTER_MISSES = 16;

// How many of the blocks that were asked for last are remembered while they are not in memory.
const REMEMBERED_BLOCKS = 4096;

const NOT_IN_MEMORY = -1;

/**
 * Keeps blocks of a text in memory, within a budget of bytes.
 *
 * - A block is read when it was asked for again within a while: once more where there is room, and
 *   {@linkcode ADMIT_AFTER_MISSES} times where another has to go for it. So lines in sequence, and
 *   texts that fit, are soon answered from memory, while lines at random in a text that does not fit
 *   cost little more than one short read each.
 * - What is replaced is chosen by the clock algorithm: the next block round the clock that was not
 *   asked for since the hand was last there (Corbató, "A paging experiment with the Multics system",
 *   1968).
 *
 * @example
 * ```ts
 * import { TextFile } from "../text/text_file.ts";
 * import { PositionalText } from "./positional_text.ts";
 * import { TextCache } from "./text_cache.ts";
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
  readonly #frameOf = new Map<number, number>();
  // By frame: which block it holds, and whether that was asked for since the hand was there.
  readonly #blocks: Float64Array;
  readonly #isUsed: Uint8Array;
  #hand = 0;
  // By a block's number modulo their count: which block was asked for last, and how often in vain.
  readonly #remembered = new Float64Array(REMEMBERED_BLOCKS).fill(NOT_IN_MEMORY);
  readonly #misses = new Uint8Array(REMEMBERED_BLOCKS);

  /**
   * Makes an empty cache. The memory is taken from the system as it is filled.
   *
   * @param text the caller closes it
   * @param budgetBytes 0 or more; under one block nothing is kept
   */
  constructor(text: PositionalText, budgetBytes: number) {
    const wantedBlocks = Math.ceil(text.bytes / TEXT_BLOCK_BYTES);
    const frames = Math.min(Math.floor(budgetBytes / TEXT_BLOCK_BYTES), wantedBlocks);
    this.#text = text;
    this.bytes = new Uint8Array(frames * TEXT_BLOCK_BYTES);
    this.#blocks = new Float64Array(frames).fill(NOT_IN_MEMORY);
    this.#isUsed = new Uint8Array(frames);
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
   * @returns -1 where it is not in memory, or not within one block
   * @throws {TextError} where a block is to be read and cannot be
   */
  locate(from: number, to: number): number {
    const block = Math.floor(from / TEXT_BLOCK_BYTES);
    const start = from - block * TEXT_BLOCK_BYTES;
    if (start + to - from > TEXT_BLOCK_BYTES) return NOT_IN_MEMORY;
    const frame = this.#frameOf.get(block) ?? this.#admit(block);
    if (frame < 0) return NOT_IN_MEMORY;
    this.#isUsed[frame] = 1;
    return frame * TEXT_BLOCK_BYTES + start;
  }

  #admit(block: number): number {
    if (!this.#isWanted(block)) return NOT_IN_MEMORY;
    const frame = this.#freeFrame();
    const offset = block * TEXT_BLOCK_BYTES;
    const bytes = Math.min(TEXT_BLOCK_BYTES, this.#text.bytes - offset);
    const at = frame * TEXT_BLOCK_BYTES;
    this.#text.readSync(this.bytes.subarray(at, at + bytes), bytes, offset);
    this.#blocks[frame] = block;
    this.#frameOf.set(block, frame);
    return frame;
  }

  #isWanted(block: number): boolean {
    const place = block % REMEMBERED_BLOCKS;
    const misses = this.#remembered[place] === block ? this.#misses[place]! + 1 : 1;
    this.#remembered[place] = block;
    const isFull = this.#frameOf.size === this.#blocks.length;
    const isWanted = misses >= (isFull ? ADMIT_AFTER_MISSES : 2) && this.#blocks.length > 0;
    this.#misses[place] = isWanted ? 0 : Math.min(misses, ADMIT_AFTER_MISSES);
    return isWanted;
  }

  // The frame is empty from then on, so that a failing read leaves nothing wrong in it.
  #freeFrame(): number {
    while (this.#isUsed[this.#hand] === 1) {
      this.#isUsed[this.#hand] = 0;
      this.#hand = (this.#hand + 1) % this.#blocks.length;
    }
    const frame = this.#hand;
    this.#frameOf.delete(this.#blocks[frame]!);
    this.#blocks[frame] = NOT_IN_MEMORY;
    this.#hand = (frame + 1) % this.#blocks.length;
    return frame;
  }
}
