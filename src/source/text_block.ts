import { RESIDENT_BLOCK_BYTES } from "./local/resident_blocks.ts";

/** The size of a block of the text in memory: the one in which texts are fetched from the disk. */
export const TEXT_BLOCK_BYTES: number = RESIDENT_BLOCK_BYTES;

/** How many blocks a text of that size has; the last may be shorter. */
export function textBlockCount(textBytes: number): number {
  return Math.ceil(textBytes / TEXT_BLOCK_BYTES);
}
