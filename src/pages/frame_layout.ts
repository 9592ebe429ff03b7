import { packedBytes } from "../index/format/bit_packing.ts";
import { checkpointCount } from "../index/format/page_bytes.ts";
import { type Layout, linesInPage, pageCount } from "../index/format/layout.ts";
import { BUFFER_MAX_BYTES } from "../source/cache_memory.ts";

/**
 * A frame, in words of four bytes:
 *
 * ```
 * 0      whether it is filled, if threads share it
 * 1      the width of the packed lengths in bits
 * 2, 3   where the page begins in the text, as a double
 * 4, 5   the length of its shortest line, as a double
 * 6 …    the checkpoints: where lines 0, 8, 16, … begin, counted from the page's first byte
 * …      the packed lengths
 * ```
 */
export interface FrameLayout {
  readonly frameBytes: number;
  /** The word at which the packed lengths begin. */
  readonly packedWord: number;
  /** How many bytes of packed lengths fit. */
  readonly packedMaxBytes: number;
}

export const STATE_WORD = 0;
export const WIDTH_WORD = 1;
export const FIRST_OFFSET_DOUBLE = 1;
export const MIN_LENGTH_DOUBLE = 2;
export const CHECKPOINTS_WORD = 6;

export const WORD_BYTES = Uint32Array.BYTES_PER_ELEMENT;
export const DOUBLE_BYTES = Float64Array.BYTES_PER_ELEMENT;

// After the last frame: bits are read in words, which may extend beyond the last packed length.
const SLACK_BYTES = 8;

/** The layout of the frames of an index. */
export function frameLayout(index: Layout): FrameLayout {
  const lines = pageCount(index) === 0 ? 0 : linesInPage(index, 0);
  const packedWord = CHECKPOINTS_WORD + checkpointCount(lines);
  const packedMaxBytes = packedBytes(lines, index.slotWidthBits);
  // Rounded up, so that the doubles of each frame are aligned.
  const doubles = Math.ceil((packedWord * WORD_BYTES + packedMaxBytes) / DOUBLE_BYTES);
  return { frameBytes: doubles * DOUBLE_BYTES, packedWord, packedMaxBytes };
}

/** How much memory frames take by themselves, in bytes. */
export function frameMemoryBytes(index: Layout, count: number): number {
  return count * frameLayout(index).frameBytes + SLACK_BYTES;
}

/** How much memory frames take with what a thread knows about them, in bytes. */
export function framesBytes(index: Layout, count: number): number {
  return count * (frameLayout(index).frameBytes + DOUBLE_BYTES);
}

/** How many frames fit into that many bytes; no more than there are pages. */
export function framesWithin(index: Layout, bytes: number): number {
  const count = Math.floor(Math.min(bytes, BUFFER_MAX_BYTES) / framesBytes(index, 1));
  return Math.max(0, Math.min(count, pageCount(index)));
}
