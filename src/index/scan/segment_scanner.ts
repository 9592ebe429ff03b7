import { chunk, CHUNK_MAX_BYTES, findNewlines, memory, positions } from "./newlines.wasm";
import type { TextFile } from "../../source/local/text_file.ts";

/** How much of a text is read and searched at a time: it stays in a processor's own cache. */
// A number in any case: older runtimes import the global itself.
export const SEGMENT_BYTES: number = Number(CHUNK_MAX_BYTES);

/** How many segments a text of that size has; all but the last are of {@linkcode SEGMENT_BYTES}. */
export function segmentCount(textBytes: number): number {
  return Math.ceil(textBytes / SEGMENT_BYTES);
}

const chunkBytes = new Uint8Array(memory.buffer, chunk, SEGMENT_BYTES);
const found = new Uint32Array(memory.buffer, positions, SEGMENT_BYTES);

/**
 * Reads a segment of a text and finds its newlines. The text is read into WebAssembly memory, and
 * searched there.
 *
 * @param segment 0 to `segmentCount(textBytes)` - 1
 * @param textBytes the size that is searched: the text's, where another thread did not open it before
 * @returns where the newlines stand in the segment, in rising order; valid until the next call in
 * this thread
 * @throws {TextError} where the text cannot be read, or ends before
 */
export function scanSegment(
  text: TextFile,
  segment: number,
  textBytes: number = text.bytes,
): Uint32Array {
  const offset = segment * SEGMENT_BYTES;
  const bytes = Math.min(SEGMENT_BYTES, textBytes - offset);
  text.readSync(chunkBytes, bytes, offset);
  return found.subarray(0, findNewlines(bytes));
}
