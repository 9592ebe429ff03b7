import { packedBytes } from "../index/bit_packing.ts";
import { checkpointCount, LINES_PER_CHECKPOINT } from "../index/checkpoints.ts";
import { type Layout, linesInPage, pageCount } from "../index/format.ts";
import { ARRAY_MAX_BYTES } from "./array_max_bytes.ts";

/** How many frames there are, and what is in them: plain data, so that it can be sent to a worker. */
export interface FramePlan {
  /** How many: as many as there are pages, or fewer. */
  readonly count: number;
  /**
   * For how many lines there is a checkpoint: for each, or for {@linkcode LINES_PER_CHECKPOINT} beside the
   * packed lengths.
   */
  readonly linesPerCheckpoint: number;
}

/**
 * A frame, in words of four bytes:
 *
 * ```
 * 0      whether it is filled; looked at where threads share it
 * 1      the width of the packed lengths in bits
 * 2, 3   where the page begins in the text, as a double
 * 4, 5   the length of its shortest line, as a double
 * 6 …    the checkpoints
 * …      the packed lengths, where not each line has a checkpoint
 * ```
 */
export interface FrameLayout {
  /** The size of a frame. */
  readonly frameBytes: number;
  /** Where the packed lengths stand. */
  readonly packedWord: number;
  /** How many bytes of packed lengths there is room for. */
  readonly packedMaxBytes: number;
}

/** Where in a frame it stands whether it is filled. */
export const STATE_WORD = 0;
/** Where the width of the packed lengths stands. */
export const WIDTH_WORD = 1;
/** Where the page's first offset stands, counted in doubles. */
export const FIRST_OFFSET_DOUBLE = 1;
/** Where the page's shortest length stands, counted in doubles. */
export const MIN_LENGTH_DOUBLE = 2;
/** Where the checkpoints stand. */
export const CHECKPOINTS_WORD = 6;

const WORD_BYTES = Uint32Array.BYTES_PER_ELEMENT;
const DOUBLE_BYTES = Float64Array.BYTES_PER_ELEMENT;
// What a thread keeps of each frame beside it.
const KNOWN_BYTES = DOUBLE_BYTES;

/** Lays the frames of an index out. */
export function frameLayout(index: Layout, linesPerCheckpoint: number): FrameLayout {
  const lines = pageCount(index) === 0 ? 0 : linesInPage(index, 0);
  const packedWord = CHECKPOINTS_WORD + checkpointCount(lines, linesPerCheckpoint);
  const packedMaxBytes = linesPerCheckpoint === 1 ? 0 : packedBytes(lines, index.slotWidthBits);
  // So that doubles are where the processor wants them.
  const doubles = Math.ceil((packedWord * WORD_BYTES + packedMaxBytes) / DOUBLE_BYTES);
  return { frameBytes: doubles * DOUBLE_BYTES, packedWord, packedMaxBytes };
}

/**
 * Plans as many frames as there is room for: with a checkpoint for each line where all pages find room so.
 *
 * @param roomBytes 0 or more
 */
export function planFrames(index: Layout, roomBytes: number): FramePlan {
  const pages = pageCount(index);
  const bytes = Math.min(roomBytes, ARRAY_MAX_BYTES);
  const hasRoomForAll = planBytes(index, { count: pages, linesPerCheckpoint: 1 }) <= bytes;
  const linesPerCheckpoint = hasRoomForAll ? 1 : LINES_PER_CHECKPOINT;
  const count = Math.floor(bytes / planBytes(index, { count: 1, linesPerCheckpoint }));
  return { count: Math.min(count, pages), linesPerCheckpoint };
}

/** How much memory frames for all pages take, without a checkpoint for each line. */
export function allFramesBytes(index: Layout): number {
  return planBytes(index, { count: pageCount(index), linesPerCheckpoint: LINES_PER_CHECKPOINT });
}

/** How much memory frames take when they are full, with what one thread knows of them. */
export function planBytes(index: Layout, { count, linesPerCheckpoint }: FramePlan): number {
  return count * (frameLayout(index, linesPerCheckpoint).frameBytes + KNOWN_BYTES);
}
