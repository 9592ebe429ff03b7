import { readBits } from "./bit_packing.ts";
import type { PageLengths } from "./page_lengths.ts";
import {
  addUp,
  bytes as scratchAt,
  BYTES_MAX,
  checkpoints as checkpointsAt,
  LINES_PER_CHECKPOINT as PER_CHECKPOINT,
  memory,
} from "./page_bytes.wasm";

/** For how many lines there is a checkpoint. */
// A number in any case: older runtimes import the global itself.
export const LINES_PER_CHECKPOINT: number = Number(PER_CHECKPOINT);

const scratch = new Uint8Array(memory.buffer, scratchAt, BYTES_MAX);

/** How many checkpoints a page has. */
export function checkpointCount(lines: number, linesPerCheckpoint = LINES_PER_CHECKPOINT): number {
  return Math.ceil(lines / linesPerCheckpoint) + 1;
}

/**
 * Adds the lengths of a page's lines up.
 *
 * @returns where the lines 0, 8, 16, … begin, counted from the first, and last where the page ends
 *
 * @example
 * ```ts
 * import { checkpointsOf } from "./checkpoints.ts";
 *
 * // Three lines of 4, 6 and 5 bytes: 0, 2 and 1 above the shortest, in two bits each.
 * const packed = Uint8Array.of(0b01_10_00);
 * console.log(checkpointsOf({ lines: 3, firstOffset: 0, minLength: 4, widthBits: 2, packed })[1]); // 15
 * ```
 */
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
  for (let i = 0, place = 0; place < lines; i++) {
    checkpoints[i] = offset;
    for (const end = Math.min(place + LINES_PER_CHECKPOINT, lines); place < end; place++) {
      offset += minLength + readBits(packed, place * widthBits, widthBits);
    }
  }
  checkpoints[checkpoints.length - 1] = offset;
  return checkpoints;
}
