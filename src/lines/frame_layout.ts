import { packedBytes } from "../index/bit_packing.ts";
import { type Layout, linesInPage, pageCount } from "../index/format.ts";
import { LINES_PER_CHECKPOINT } from "../index/index_page.ts";

/** All frames take so much memory at most: what an array may have on every system. */
export const FRAMES_MAX_BYTES = 2 ** 32;

/** How many frames there are, and what is in them: plain data, so that it can be sent to a worker. */
export interface FramePlan {
  /** How many: as many as there are pages, or fewer. */
  readonly count: number;
  /** For how many lines there is one offset: 1, or {@linkcode LINES_PER_CHECKPOINT} beside their lengths. */
  readonly linesPerOffset: number;
}

/** How large the frames of a plan are, and where in a frame things stand. */
export interface FrameLayout {
  /** The size of a frame. */
  readonly frameBytes: number;
  /** How many offsets there are in it. */
  readonly offsetCount: number;
  /** How many bytes of packed lengths it has room for. */
  readonly packedMaxBytes: number;
}

// What stands before the offsets, and in each thread beside its frames.
const HEADER_BYTES = 24;
const KNOWN_BYTES = Float64Array.BYTES_PER_ELEMENT;
// So that numbers of eight bytes are where the processor wants them.
const ALIGNED_BYTES = 8;

/** Lays frames out. */
export function frameLayout(index: Layout, linesPerOffset: number): FrameLayout {
  const lines = pageCount(index) === 0 ? 0 : linesInPage(index, 0);
  const offsetCount = Math.ceil(lines / linesPerOffset) + 1;
  const packedMaxBytes = linesPerOffset === 1 ? 0 : packedBytes(lines, index.slotWidthBits);
  const bytes = HEADER_BYTES + offsetCount * Uint32Array.BYTES_PER_ELEMENT + packedMaxBytes;
  const frameBytes = Math.ceil(bytes / ALIGNED_BYTES) * ALIGNED_BYTES;
  return { frameBytes, offsetCount, packedMaxBytes };
}

/**
 * Plans as many frames as there is room for: with an offset for each line where all pages find room so.
 *
 * @param bytes how much room there is: 0 or more
 */
export function planFrames(index: Layout, bytes: number): FramePlan {
  const pages = pageCount(index);
  const room = Math.min(bytes, FRAMES_MAX_BYTES);
  const hasRoomForAll = planBytes(index, { count: pages, linesPerOffset: 1 }) <= room;
  const linesPerOffset = hasRoomForAll ? 1 : LINES_PER_CHECKPOINT;
  const count = Math.floor(room / planBytes(index, { count: 1, linesPerOffset }));
  return { count: Math.min(count, pages), linesPerOffset };
}

/** How much memory frames for all pages take at least. */
export function allFramesBytes(index: Layout): number {
  return planBytes(index, { count: pageCount(index), linesPerOffset: LINES_PER_CHECKPOINT });
}

/** How much memory frames take when they are full, with what a thread knows of them. */
export function planBytes(index: Layout, { count, linesPerOffset }: FramePlan): number {
  return count * (frameLayout(index, linesPerOffset).frameBytes + KNOWN_BYTES);
}
