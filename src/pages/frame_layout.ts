import { packedBytes } from "../index/format/bit_packing.ts";
import { checkpointCount, LINES_PER_CHECKPOINT } from "../index/format/checkpoints.ts";
import { type Layout, linesInPage, pageCount } from "../index/format/layout.ts";
import { ARRAY_MAX_BYTES } from "./cache_memory.ts";

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
/** What a thread keeps beside each frame of its own: which page is there. */
export const OWN_KNOWN_BYTES: number = DOUBLE_BYTES;
/** What each thread keeps beside each frame that is shared: whether it is known to be filled. */
export const SHARED_KNOWN_BYTES = 1;

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
 * @param knownBytes what threads keep beside a frame, all of them together
 */
export function planFrames(
  index: Layout,
  roomBytes: number,
  knownBytes: number = OWN_KNOWN_BYTES,
): FramePlan {
  const pages = pageCount(index);
  const bytes = Math.min(roomBytes, ARRAY_MAX_BYTES);
  const bytesOf = (count: number, linesPerCheckpoint: number) =>
    planBytes(index, { count, linesPerCheckpoint }, knownBytes);
  const linesPerCheckpoint = bytesOf(pages, 1) <= bytes ? 1 : LINES_PER_CHECKPOINT;
  const count = Math.floor(bytes / bytesOf(1, linesPerCheckpoint));
  return { count: Math.min(count, pages), linesPerCheckpoint };
}

/** How much memory frames for all pages take, without a checkpoint for each line. */
export function allFramesBytes(index: Layout, knownBytes: number = OWN_KNOWN_BYTES): number {
  const plan = { count: pageCount(index), linesPerCheckpoint: LINES_PER_CHECKPOINT };
  return planBytes(index, plan, knownBytes);
}

/** How much memory frames take when they are full, with what threads keep beside them. */
export function planBytes(
  index: Layout,
  { count, linesPerCheckpoint }: FramePlan,
  knownBytes: number = OWN_KNOWN_BYTES,
): number {
  return count * (frameLayout(index, linesPerCheckpoint).frameBytes + knownBytes);
}
