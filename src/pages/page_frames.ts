import { readBits } from "../index/format/bit_packing.ts";
import type { Layout } from "../index/format/layout.ts";
import type { IndexPage } from "../index/format/index_page.ts";
import { allocate } from "./cache_memory.ts";
import {
  CHECKPOINTS_WORD,
  FIRST_OFFSET_DOUBLE,
  frameLayout,
  type FramePlan,
  MIN_LENGTH_DOUBLE,
  STATE_WORD,
  WIDTH_WORD,
} from "./frame_layout.ts";
import { type LineBatch, NOT_LOCATED } from "./line_batch.ts";

/** Pages of so many bytes of text are left out: checkpoints are kept as 32 bits. */
export const PAGE_LIMIT_BYTES: number = 2 ** 32;

const EMPTY = 0;
const FILLED = 1;

const NO_PAGE = -1;

// Behind the last frame. Bits are read in words, which may go beyond the last packed length; beyond the end
// of an array that would be right, but slow.
const SLACK_BYTES = 8;

/**
 * Pages of an index in memory, in frames of one size: see {@linkcode FrameLayout}. A page is found by
 * arithmetic, and leaves no garbage where another takes its frame.
 *
 * - A page has one frame where it can be: its number modulo the count of frames. Where there are as many
 *   as pages, all pages are there in the end; otherwise the one that came last is.
 * - Where each line has a checkpoint, a look-up waits for memory twice, and takes four bytes a line; by way
 *   of lengths three times, and half a byte a line more than the index.
 * - Threads may share the frames of all pages: then a frame is filled once, and stays.
 * - Left out are pages of 4 GiB of text or more, and those that did not fit into their slot of the index,
 *   unless each line has a checkpoint.
 *
 * @example
 * ```ts
 * import { IndexPage } from "../index/format/index_page.ts";
 * import { LineBatch } from "./line_batch.ts";
 * import { PageFrames } from "./page_frames.ts";
 *
 * const index = { lines: 3, linesPerPage: 1024, slotWidthBits: 2 };
 * const frames = new PageFrames(index, { count: 1, linesPerCheckpoint: 8 });
 * // Three lines of 4, 6 and 5 bytes: 0, 2 and 1 above the shortest, in two bits each.
 * const packed = Uint8Array.of(0b01_10_00);
 * frames.set(0, new IndexPage({ lines: 3, firstOffset: 0, minLength: 4, widthBits: 2, packed }));
 *
 * const batch = new LineBatch();
 * batch.lines[0] = 2;
 * batch.count = 1;
 * console.log(frames.locate(batch), batch.starts[0], batch.ends[0]); // true 4 10
 * ```
 */
export class PageFrames {
  readonly #count: number;
  readonly #linesPerPage: number;
  readonly #linesPerCheckpoint: number;
  readonly #packedMaxBytes: number;
  // Where the packed lengths stand in a frame.
  readonly #packedWord: number;
  readonly #frameWords: number;
  readonly #isShared: boolean;
  readonly #words: Uint32Array;
  readonly #doubles: Float64Array;
  readonly #bytes: Uint8Array;
  // By frame: which page is there; where frames are shared, whether this thread knows it to be filled.
  readonly #pageNumbers: Float64Array;
  readonly #known: Uint8Array;

  /**
   * Makes frames without any page, or joins those that threads share. Memory is taken from the system as it
   * is filled.
   *
   * @param shared made by {@linkcode PageFrames.allocate} for the same index and plan
   * @throws {CacheMemoryError} where there is not so much memory
   */
  constructor(index: Layout, plan: FramePlan, shared?: SharedArrayBuffer) {
    const { frameBytes, packedWord, packedMaxBytes } = frameLayout(index, plan.linesPerCheckpoint);
    const bytes = memoryBytes(index, plan);
    const memory = shared ?? allocate(bytes, ArrayBuffer);
    this.#linesPerPage = index.linesPerPage;
    this.#linesPerCheckpoint = plan.linesPerCheckpoint;
    this.#packedMaxBytes = packedMaxBytes;
    this.#packedWord = packedWord;
    this.#frameWords = frameBytes / Uint32Array.BYTES_PER_ELEMENT;
    this.#isShared = shared !== undefined;
    this.#words = new Uint32Array(memory, 0, bytes / Uint32Array.BYTES_PER_ELEMENT);
    this.#doubles = new Float64Array(memory, 0, bytes / Float64Array.BYTES_PER_ELEMENT);
    this.#bytes = new Uint8Array(memory, 0, bytes);
    this.#pageNumbers = new Float64Array(this.#isShared ? 0 : plan.count).fill(NO_PAGE);
    this.#known = new Uint8Array(this.#isShared ? plan.count : 0);
    this.#count = plan.count;
  }

  /**
   * Makes the memory for frames that threads share.
   *
   * @param plan has as many frames as there are pages
   * @throws {CacheMemoryError} where there is not so much memory
   */
  static allocate(index: Layout, plan: FramePlan): SharedArrayBuffer {
    return allocate(memoryBytes(index, plan), SharedArrayBuffer);
  }

  /**
   * Takes a page in, as far as there are frames at all.
   *
   * @returns `false` where it is one that is left out
   */
  set(pageNumber: number, page: IndexPage): boolean {
    if (!this.#canHold(page)) return false;
    if (this.#count === 0) return true;
    const frame = this.#frameOf(pageNumber);
    if (this.#isKnown(frame, pageNumber)) return true;
    const word = frame * this.#frameWords;
    this.#words[word + WIDTH_WORD] = page.lengths.widthBits;
    this.#doubles[word / 2 + FIRST_OFFSET_DOUBLE] = page.firstOffset;
    this.#doubles[word / 2 + MIN_LENGTH_DOUBLE] = page.lengths.minLength;
    if (this.#linesPerCheckpoint === 1) page.writeOffsets(this.#words, word + CHECKPOINTS_WORD);
    else this.#setPacked(word, page);
    if (this.#isShared) Atomics.store(this.#words, word + STATE_WORD, FILLED);
    else this.#pageNumbers[frame] = pageNumber;
    return true;
  }

  /**
   * Says where the lines of a batch stand.
   *
   * @param batch its `lines` are 0, or 1 to the number of lines
   * @returns whether all of them are known
   */
  locate({ lines, starts, ends, count }: LineBatch): boolean {
    const linesPerPage = this.#linesPerPage;
    let isComplete = true;
    for (let i = 0; i < count; i++) {
      starts[i] = NOT_LOCATED;
      if (lines[i] === 0) continue;
      const line = lines[i]! - 1;
      const pageNumber = Math.floor(line / linesPerPage);
      const frame = this.#frameOf(pageNumber);
      if (!this.#isKnown(frame, pageNumber)) {
        isComplete = false;
        continue;
      }
      const word = frame * this.#frameWords;
      const place = line - pageNumber * linesPerPage;
      starts[i] = this.#startOf(word, place);
      ends[i] = this.#endOf(word, place, starts[i]!);
    }
    return isComplete;
  }

  #startOf(word: number, place: number): number {
    const linesPerCheckpoint = this.#linesPerCheckpoint;
    if (linesPerCheckpoint === 1) return this.#checkpointAt(word, place);
    const checkpoint = Math.floor(place / linesPerCheckpoint);
    let start = this.#checkpointAt(word, checkpoint);
    for (let i = checkpoint * linesPerCheckpoint; i < place; i++) start += this.#lengthOf(word, i);
    return start;
  }

  #endOf(word: number, place: number, start: number): number {
    return this.#linesPerCheckpoint === 1
      ? this.#checkpointAt(word, place + 1)
      : start + this.#lengthOf(word, place);
  }

  #checkpointAt(word: number, i: number): number {
    return this.#doubles[word / 2 + FIRST_OFFSET_DOUBLE]! +
      this.#words[word + CHECKPOINTS_WORD + i]!;
  }

  #lengthOf(word: number, place: number): number {
    const widthBits = this.#words[word + WIDTH_WORD]!;
    const packed = (word + this.#packedWord) * Uint32Array.BYTES_PER_ELEMENT;
    return this.#doubles[word / 2 + MIN_LENGTH_DOUBLE]! +
      readBits(this.#bytes, place * widthBits, widthBits, packed);
  }

  #setPacked(word: number, { checkpoints, lengths: { packed } }: IndexPage): void {
    this.#words.set(checkpoints, word + CHECKPOINTS_WORD);
    this.#bytes.set(packed, (word + this.#packedWord) * Uint32Array.BYTES_PER_ELEMENT);
  }

  #canHold({ firstOffset, endOffset, lengths }: IndexPage): boolean {
    const hasRoom = this.#linesPerCheckpoint === 1 || lengths.packed.length <= this.#packedMaxBytes;
    return hasRoom && endOffset - firstOffset < PAGE_LIMIT_BYTES;
  }

  // The remainder alone would do; where all pages have frames it is not needed, and dividing is slow.
  #frameOf(pageNumber: number): number {
    return pageNumber < this.#count ? pageNumber : pageNumber % this.#count;
  }

  #isKnown(frame: number, pageNumber: number): boolean {
    if (!this.#isShared) return this.#pageNumbers[frame] === pageNumber;
    return this.#known[frame] === FILLED || this.#isFilled(frame);
  }

  // Another thread may have done it.
  #isFilled(frame: number): boolean {
    const state = Atomics.load(this.#words, frame * this.#frameWords + STATE_WORD);
    if (state === EMPTY) return false;
    this.#known[frame] = FILLED;
    return true;
  }
}

function memoryBytes(index: Layout, { count, linesPerCheckpoint }: FramePlan): number {
  return count * frameLayout(index, linesPerCheckpoint).frameBytes + SLACK_BYTES;
}
