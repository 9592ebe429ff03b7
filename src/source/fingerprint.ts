import type { ByteSource } from "./text_source.ts";

/** The size of a fingerprint: a SHA-256. */
export const FINGERPRINT_BYTES = 32;

/** A text of up to this size is hashed whole; of a larger one, blocks are sampled. */
export const WHOLLY_HASHED_MAX_BYTES: number = 4 * 1024 * 1024;

/** The size of a sampled block. */
export const SAMPLE_BLOCK_BYTES = 4 * 1024;

/** How many blocks are sampled. */
export const SAMPLE_BLOCKS = 64;

/** A part of a file. */
export interface FileRange {
  /** Offset of the first byte. */
  readonly offset: number;
  /** Length in bytes. */
  readonly bytes: number;
}

/**
 * Hashes the size of a text and samples of its content: everything up to
 * {@linkcode WHOLLY_HASHED_MAX_BYTES}, otherwise the first block, the last one, and others at equal distances.
 * Up to {@linkcode SAMPLE_BLOCKS} reads run side by side.
 *
 * @throws {Error} (as a rejection) if the text cannot be read
 * @throws the signal's reason, if it was aborted
 */
export async function hashSamples(text: ByteSource, signal?: AbortSignal): Promise<Uint8Array> {
  const size = new TextEncoder().encode(`linesvr text of ${text.size} bytes\n`);
  const blocks = sampledBlocks(text.size);
  const samples = new Uint8Array(
    blocks.reduce((sum, { bytes }) => sum + bytes, size.length),
  );
  samples.set(size);
  signal?.throwIfAborted();
  // Side by side: a distant source answers many reads in the time of one.
  const reads = await Promise.allSettled(blocks.map(async ({ offset, bytes }, i) => {
    const at = size.length + i * SAMPLE_BLOCK_BYTES;
    const into = samples.subarray(at, at + bytes);
    if (!text.tryRead(into, offset)) await text.read(into, offset, signal);
  }));
  // Only now, so that no read is left running.
  const failed = reads.find((read) => read.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", samples));
}

/** The blocks of a text of that size that {@linkcode hashSamples} reads. */
export function sampledBlocks(textBytes: number): FileRange[] {
  if (textBytes <= WHOLLY_HASHED_MAX_BYTES) return [{ offset: 0, bytes: textBytes }];
  // floor(i × last / gaps), computed from integers that a double holds exactly.
  const last = textBytes - SAMPLE_BLOCK_BYTES;
  const gaps = SAMPLE_BLOCKS - 1;
  const step = Math.floor(last / gaps);
  const rest = last % gaps;
  return Array.from({ length: SAMPLE_BLOCKS }, (_, i) => ({
    offset: i * step + Math.floor(i * rest / gaps),
    bytes: SAMPLE_BLOCK_BYTES,
  }));
}

/** Whether two fingerprints are equal. */
export function sameFingerprint(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
