import { readBits } from "../index/format/bit_packing.ts";
import { LINES_PER_CHECKPOINT } from "../index/format/page_bytes.ts";
import type { IndexPage } from "../index/format/index_page.ts";
import { type Layout, pageCount } from "../index/format/layout.ts";
import { allocate } from "../source/cache_memory.ts";
import type { SharedMemory } from "../source/shared_memory.ts";
import {
  CHECKPOINTS_WORD,
  DOUBLE_BYTES,
  FIRST_OFFSET_DOUBLE,
  frameLayout,
  frameMemoryBytes,
  MIN_LENGTH_DOUBLE,
  STATE_WORD,
  WIDTH_WORD,
  WORD_BYTES,
} from "./frame_layout.ts";
import { type LineBatch, NOT_LOCATED } from "./line_batch.ts";

/** Pages of this many bytes of text or more are not cached: checkpoints have 32 bits. */
export const PAGE_TEXT_LIMIT_BYTES: number = 2 ** 32;

const EMPTY = 0;
const FILLED = 1;
const NO_PAGE = -1;

/**
 * Index pages in memory, in frames of one size. A page is found by arithmetic, and replacing one leaves no
 * garbage.
 *
 * - Direct-mapped: a page can only be in the frame of its number modulo the number of frames. If there is a
 *   frame for each page, all pages are cached in the end.
 * - Threads may share the frames of all pages: then a frame is filled once and never replaced.
 * - Pages of 4 GiB of text or more, and those that did not fit into their slot of the index file, do not fit
 *   into a frame either.
 */
export class PageFrames {
  readonly #count: number;
  readonly #pages: number;
  readonly #linesPerPage: number;
  readonly #packedMaxBytes: number;
  readonly #packedWord: number;
  readonly #frameWords: number;
  readonly #words: Uint32Array;
  readonly #doubles: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #isShared: boolean;
  // By frame: the page that is there; or, of shared frames, whether this thread knows it to be filled.
  readonly #pageNumbers: Float64Array;
  readonly #known: Uint8Array;
  /** How many lines were located. */
  hits = 0;
  /** How many lines were looked for whose page was in no frame. */
  misses = 0;

  /**
   * @param count how many frames
   * @param shared `frameMemoryBytes` for all pages of the same index, also used by other threads
   * @throws {CacheMemoryError} if there is not enough memory
   */
  constructor(index: Layout, count: number, shared?: SharedMemory) {
    const { frameBytes, packedWord, packedMaxBytes } = frameLayout(index);
    const bytes = frameMemoryBytes(index, count);
    const { buffer, byteOffset } = shared ?? new Uint8Array(allocate(bytes, ArrayBuffer));
    this.#count = count;
    this.#pages = pageCount(index);
    this.#linesPerPage = index.linesPerPage;
    this.#packedMaxBytes = packedMaxBytes;
    this.#packedWord = packedWord;
    this.#frameWords = frameBytes / WORD_BYTES;
    this.#words = new Uint32Array(buffer, byteOffset, bytes / WORD_BYTES);
    this.#doubles = new Float64Array(buffer, byteOffset, bytes / DOUBLE_BYTES);
    this.#bytes = new Uint8Array(buffer, byteOffset, bytes);
    this.#isShared = shared !== undefined;
    this.#pageNumbers = new Float64Array(this.#isShared ? 0 : count).fill(NO_PAGE);
    this.#known = new Uint8Array(this.#isShared ? count : 0);
  }

  /** Whether there is a frame for each page. */
  get holdsAll(): boolean {
    return this.#count >= this.#pages;
  }

  /** Whether a page is cached. */
  has(pageNumber: number): boolean {
    return this.#count > 0 && this.#isKnown(this.#frameOf(pageNumber), pageNumber);
  }

  /**
   * Stores a page, replacing another one if needed.
   *
   * @returns false if the page fits into no frame
   */
  set(pageNumber: number, page: IndexPage): boolean {
    if (!this.#canHold(page)) return false;
    if (this.#count === 0) return true;
    const frame = this.#frameOf(pageNumber);
    if (this.#isKnown(frame, pageNumber)) return true;
    const word = frame * this.#frameWords;
    const { widthBits, minLength, packed } = page.lengths;
    this.#words[word + WIDTH_WORD] = widthBits;
    this.#doubles[word / 2 + FIRST_OFFSET_DOUBLE] = page.firstOffset;
    this.#doubles[word / 2 + MIN_LENGTH_DOUBLE] = minLength;
    this.#words.set(page.checkpoints, word + CHECKPOINTS_WORD);
    this.#bytes.set(packed, (word + this.#packedWord) * WORD_BYTES);
    if (this.#isShared) Atomics.store(this.#words, word + STATE_WORD, FILLED);
    else this.#pageNumbers[frame] = pageNumber;
    return true;
  }

  /**
   * Locates the lines whose pages are cached.
   *
   * @param batch its `lines` are 0, or 1 to the number of lines
   * @param from the first line of the batch that is located
   * @param to the line after the last one
   * @returns whether all of them were located
   */
  locate({ lines, starts, ends, count }: LineBatch, from = 0, to: number = count): boolean {
    const linesPerPage = this.#linesPerPage;
    let located = 0;
    let missed = 0;
    for (let i = from; i < to; i++) {
      starts[i] = NOT_LOCATED;
      if (lines[i] === 0) continue;
      const line = lines[i]! - 1;
      const pageNumber = Math.floor(line / linesPerPage);
      const frame = this.#frameOf(pageNumber);
      if (!this.#isKnown(frame, pageNumber)) {
        missed++;
        continue;
      }
      this.#locateInFrame(
        frame * this.#frameWords,
        line - pageNumber * linesPerPage,
        i,
        starts,
        ends,
      );
      located++;
    }
    this.hits += located;
    this.misses += missed;
    return missed === 0;
  }

  // From the checkpoint before the line, the lengths of up to seven lines are added.
  #locateInFrame(
    word: number,
    lineInPage: number,
    i: number,
    starts: Float64Array,
    ends: Float64Array,
  ): void {
    const checkpoint = Math.floor(lineInPage / LINES_PER_CHECKPOINT);
    const from = checkpoint * LINES_PER_CHECKPOINT;
    const widthBits = this.#words[word + WIDTH_WORD]!;
    const minLength = this.#doubles[word / 2 + MIN_LENGTH_DOUBLE]!;
    const packed = (word + this.#packedWord) * WORD_BYTES;
    let bit = from * widthBits;
    let start = this.#doubles[word / 2 + FIRST_OFFSET_DOUBLE]! +
      this.#words[word + CHECKPOINTS_WORD + checkpoint]! + (lineInPage - from) * minLength;
    for (let line = from; line < lineInPage; line++) {
      start += readBits(this.#bytes, bit, widthBits, packed);
      bit += widthBits;
    }
    starts[i] = start;
    ends[i] = start + minLength + readBits(this.#bytes, bit, widthBits, packed);
  }

  #canHold({ firstOffset, endOffset, lengths }: IndexPage): boolean {
    return lengths.packed.length <= this.#packedMaxBytes &&
      endOffset - firstOffset < PAGE_TEXT_LIMIT_BYTES;
  }

  // The remainder alone would do; if each page has a frame, it is not needed, and dividing is slow.
  #frameOf(pageNumber: number): number {
    return pageNumber < this.#count ? pageNumber : pageNumber % this.#count;
  }

  #isKnown(frame: number, pageNumber: number): boolean {
    if (!this.#isShared) return this.#pageNumbers[frame] === pageNumber;
    return this.#known[frame] === FILLED || this.#isFilledByAnother(frame);
  }

  #isFilledByAnother(frame: number): boolean {
    const state = Atomics.load(this.#words, frame * this.#frameWords + STATE_WORD);
    if (state === EMPTY) return false;
    this.#known[frame] = FILLED;
    return true;
  }
}
