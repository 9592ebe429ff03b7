import type { ByteSource } from "../../source/text_source.ts";
import { chunk, CHUNK_MAX_BYTES, findNewlines, memory, positions } from "./newlines.wasm";

/** How much of a text is read and scanned at a time: it stays in a processor's own cache. */
// A number in any case: older runtimes import the global itself.
export const SEGMENT_BYTES: number = Number(CHUNK_MAX_BYTES);

/** How many segments a text of that size has. All but the last are of {@linkcode SEGMENT_BYTES}. */
export function segmentCount(textBytes: number): number {
  return Math.ceil(textBytes / SEGMENT_BYTES);
}

export function segmentBytes(textBytes: number, segment: number): number {
  return Math.min(SEGMENT_BYTES, textBytes - segment * SEGMENT_BYTES);
}

const chunkBytes = new Uint8Array(memory.buffer, chunk, SEGMENT_BYTES);
const found = new Uint32Array(memory.buffer, positions, SEGMENT_BYTES);

/**
 * Reads a segment of a text into WebAssembly memory, if that does not block, and finds its newlines.
 *
 * @param textBytes the size that is scanned; not the size of `text` if another thread opened it earlier
 * @returns the positions of the newlines in the segment, ascending, valid until the next call in this
 * thread; undefined if reading would block
 */
export function tryScanSegment(
  text: ByteSource,
  segment: number,
  textBytes: number = text.size,
): Uint32Array | undefined {
  const bytes = segmentBytes(textBytes, segment);
  if (!text.tryRead(chunkBytes.subarray(0, bytes), segment * SEGMENT_BYTES)) return undefined;
  return found.subarray(0, findNewlines(bytes));
}

/**
 * Finds the newlines in bytes that are in memory.
 *
 * @param bytes at most {@linkcode SEGMENT_BYTES}
 * @returns as {@linkcode tryScanSegment}
 */
export function findNewlinesIn(bytes: Uint8Array): Uint32Array {
  chunkBytes.set(bytes);
  return found.subarray(0, findNewlines(bytes.length));
}

/** As {@linkcode tryScanSegment}, for a text that has to be awaited. The positions stay valid. */
export async function scanSegment(text: ByteSource, segment: number): Promise<Uint32Array> {
  // Not into WebAssembly memory: another scan may use it during the read.
  const bytes = new Uint8Array(segmentBytes(text.size, segment));
  await text.read(bytes, segment * SEGMENT_BYTES);
  chunkBytes.set(bytes);
  return found.slice(0, findNewlines(bytes.length));
}
