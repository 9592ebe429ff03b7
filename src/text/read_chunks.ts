import type { TextFile } from "./text_file.ts";

/** How much of a text is read at a time. */
export const CHUNK_BYTES = 1024 * 1024;

/**
 * Reads a text from its beginning to its end. While one chunk is used, the next is being read.
 *
 * @param chunkBytes the size of every chunk but the last
 * @returns chunks which are valid until the next is asked for
 * @throws {TextError} where the text cannot be read, or is shorter than when it was opened
 */
export async function* readChunks(
  text: TextFile,
  chunkBytes: number = CHUNK_BYTES,
): AsyncGenerator<Uint8Array, void> {
  const buffers = [new Uint8Array(chunkBytes), new Uint8Array(chunkBytes)] as const;
  let offset = 0;
  let turn = 0;
  let reading = readInto(text, buffers[0], offset);
  try {
    while (offset < text.bytes) {
      const chunk = await reading;
      offset += chunk.length;
      turn = 1 - turn;
      reading = readInto(text, buffers[turn]!, offset);
      // Awaited in the next round; a failure before that is not to count as unhandled.
      reading.catch(() => {});
      yield chunk;
    }
  } finally {
    // Whoever stops early may close the text at once: no read may be under way then.
    await reading.catch(() => {});
  }
}

async function readInto(text: TextFile, buffer: Uint8Array, offset: number): Promise<Uint8Array> {
  const chunk = buffer.subarray(0, Math.min(buffer.length, text.bytes - offset));
  await text.read(chunk, offset);
  return chunk;
}
