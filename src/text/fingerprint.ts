import { createHash } from "node:crypto";
import { readSync } from "node:fs";
import { TextError } from "./text_error.ts";

/** The size of a fingerprint: a SHA-256. */
export const FINGERPRINT_BYTES = 32;

/** The size of a sampled block. */
export const SAMPLE_BLOCK_BYTES = 64 * 1024;

/** How many blocks are sampled at most: 4 MiB, about a millisecond from the system's cache. */
export const SAMPLE_BLOCKS = 64;

/** A text of up to this size is hashed whole: its fingerprint is certain. */
export const WHOLLY_HASHED_MAX_BYTES: number = SAMPLE_BLOCK_BYTES * SAMPLE_BLOCKS;

/**
 * Hashes a text's size and samples of its content: the first block, the last, and others at equal
 * distances in between. A text of up to {@linkcode WHOLLY_HASHED_MAX_BYTES} is hashed whole.
 * Copying or touching a file does not change it.
 *
 * @param fd an open file
 * @param textBytes its size
 * @throws {TextError} where the file is shorter than `textBytes`
 */
export function fingerprint(fd: number, textBytes: number): Uint8Array {
  const hash = createHash("sha256");
  hash.update(`linesvr text of ${textBytes} bytes\n`);
  const block = new Uint8Array(SAMPLE_BLOCK_BYTES);
  for (const offset of sampleOffsets(textBytes)) {
    const wanted = Math.min(SAMPLE_BLOCK_BYTES, textBytes - offset);
    const got = readSync(fd, block, 0, wanted, offset);
    if (got !== wanted) throw new TextError(`Text is shorter than ${textBytes} bytes`);
    hash.update(block.subarray(0, got));
  }
  return new Uint8Array(hash.digest());
}

/** Where the sampled blocks of a text of that size begin. */
export function sampleOffsets(textBytes: number): number[] {
  const blocks = Math.min(SAMPLE_BLOCKS, Math.ceil(textBytes / SAMPLE_BLOCK_BYTES));
  if (blocks < 2) return blocks === 0 ? [] : [0];
  const last = textBytes - SAMPLE_BLOCK_BYTES;
  // i × last / (blocks - 1), rounded down, in whole numbers that a double holds exactly.
  const gaps = blocks - 1;
  const step = Math.floor(last / gaps);
  const rest = last % gaps;
  return Array.from({ length: blocks }, (_, i) => i * step + Math.floor(i * rest / gaps));
}

/** Whether two fingerprints are the same. */
export function sameFingerprint(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
