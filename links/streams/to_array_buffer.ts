/**
 * Gathers a stream of bytes.
 *
 * @module
 */

/**
 * Reads a stream to its end and gives all its bytes.
 *
 * @param stream The stream to read.
 * @returns The bytes.
 *
 * @example
 * ```ts
 * import { toArrayBuffer } from "@std/streams/to-array-buffer";
 * import { assertEquals } from "@std/assert";
 *
 * const stream = ReadableStream.from([new Uint8Array([1, 2]), new Uint8Array([3])]);
 * assertEquals(new Uint8Array(await toArrayBuffer(stream)), new Uint8Array([1, 2, 3]));
 * ```
 */
export async function toArrayBuffer(stream: ReadableStream<Uint8Array>): Promise<ArrayBuffer> {
  const chunks = await Array.fromAsync(stream);
  const bytes = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.byteLength, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes.buffer;
}
