import type { FileRange } from "./file_range.ts";
import type { TextFile } from "./local/text_file.ts";

/** The size of a fingerprint: a SHA-256. */
export const FINGERPRINT_BYTES = 32;

/** A text of up to this size is hashed whole: its fingerprint is certain. */
export const WHOLLY_HASHED_MAX_BYTES: number = 4 * 1024 * 1024;

/** The size of a sampled block of a larger text. */
export const SAMPLE_BLOCK_BYTES = 4 * 1024;

/** How many blocks of a larger text are sampled. */
export const SAMPLE_BLOCKS = 64;

/**
 * Hashes a text's size and samples of its content: see {@linkcode sampleText}. Copying or touching a
 * file does not change it.
 *
 * @throws {TextError} (as a rejection) where the text cannot be read, or is shorter than when it was
 * opened
 */
export async function fingerprint(text: TextFile): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", sampleText(text)));
}

/**
 * What a fingerprint is the SHA-256 of: the text's size, and its content. Of a text of more than
 * {@linkcode WHOLLY_HASHED_MAX_BYTES} it is the first block, the last, and others at equal distances.
 *
 * @throws {TextError} where the text cannot be read, or is shorter than when it was opened
 */
export function sampleText(text: TextFile): Uint8Array<ArrayBuffer> {
  const size = new TextEncoder().encode(`linesvr text of ${text.bytes} bytes\n`);
  const blocks = sampledBlocks(text.bytes);
  const sampledBytes = blocks.reduce((sum, block) => sum + block.bytes, 0);
  const samples = new Uint8Array(size.length + sampledBytes);
  samples.set(size);
  let at = size.length;
  for (const { offset, bytes } of blocks) {
    text.readSync(samples.subarray(at), bytes, offset);
    at += bytes;
  }
  return samples;
}

/** Which blocks of a text of that size are sampled. */
export function sampledBlocks(textBytes: number): FileRange[] {
  if (textBytes <= WHOLLY_HASHED_MAX_BYTES) return [{ offset: 0, bytes: textBytes }];
  // i × last / gaps, rounded down, in whole numbers that a double holds exactly.
  const last = textBytes - SAMPLE_BLOCK_BYTES;
  const gaps = SAMPLE_BLOCKS - 1;
  const step = Math.floor(last / gaps);
  const rest = last % gaps;
  return Array.from({ length: SAMPLE_BLOCKS }, (_, i) => ({
    offset: i * step + Math.floor(i * rest / gaps),
    bytes: SAMPLE_BLOCK_BYTES,
  }));
}

/** Whether two fingerprints are the same. */
export function sameFingerprint(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
