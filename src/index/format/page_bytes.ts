import { readBits } from "./bit_packing.ts";
import {
  addUp,
  bytes as scratchAt,
  BYTES_MAX,
  checkpoints as checkpointsAt,
  LINES_PER_CHECKPOINT as PER_CHECKPOINT,
  memory,
  xxh32 as hash,
} from "./page_bytes.wasm";

/** The lengths of the lines of a page. */
export interface PageLengths {
  readonly lines: number;
  /** Offset of its first line in the text. */
  readonly firstOffset: number;
  /** The length in bytes of its shortest line, with its terminator. */
  readonly minLength: number;
  /** The width in bits of each packed value: 0 to 53. */
  readonly widthBits: number;
  /** The length of each line minus `minLength`, packed. */
  readonly packed: Uint8Array;
}

/** There is a checkpoint for every 8 lines. */
// A number in any case: older runtimes import the global itself.
export const LINES_PER_CHECKPOINT: number = Number(PER_CHECKPOINT);

const scratch = new Uint8Array(memory.buffer, scratchAt, BYTES_MAX);

/**
 * The XXH32 of bytes. It always changes if only one aligned word of four bytes changes.
 *
 * @param bytes at most 448 KiB
 * @param seed 0 to 2^32 - 1
 * @throws {RangeError} if there are more bytes
 */
export function xxh32(bytes: Uint8Array, seed: number): number {
  scratch.set(bytes);
  return hash(scratchAt, bytes.length, seed) >>> 0;
}

/** How many checkpoints a page has. */
export function checkpointCount(lines: number): number {
  return Math.ceil(lines / LINES_PER_CHECKPOINT) + 1;
}

/** The offsets of the lines 0, 8, 16, … in a page, and last the size of the page. */
export function checkpointsOf(page: PageLengths): Uint32Array | Float64Array {
  const { lines, minLength, widthBits, packed } = page;
  if (lines * (minLength + 2 ** widthBits) >= 2 ** 32) return largeCheckpointsOf(page);
  scratch.set(packed);
  addUp(lines, widthBits, minLength);
  return new Uint32Array(memory.buffer, checkpointsAt, checkpointCount(lines)).slice();
}

function largeCheckpointsOf({ lines, minLength, widthBits, packed }: PageLengths): Float64Array {
  const checkpoints = new Float64Array(checkpointCount(lines));
  let offset = 0;
  for (let place = 0; place < lines; place++) {
    if (place % LINES_PER_CHECKPOINT === 0) checkpoints[place / LINES_PER_CHECKPOINT] = offset;
    offset += minLength + readBits(packed, place * widthBits, widthBits);
  }
  checkpoints[checkpoints.length - 1] = offset;
  return checkpoints;
}
