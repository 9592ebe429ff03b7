/**
 * Gathers a stream of text.
 *
 * @module
 */

/**
 * Reads a stream to its end and gives all its text. Bytes are read as UTF-8, also where a character
 * is split between chunks.
 *
 * @param stream The stream to read.
 * @returns The text.
 *
 * @example
 * ```ts
 * import { toText } from "@std/streams/to-text";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await toText(ReadableStream.from(["Hello, ", "world!"])), "Hello, world!");
 * ```
 */
export async function toText(stream: ReadableStream<string | Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
