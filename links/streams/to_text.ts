/**
 * Reads a stream to its end. The stream stays locked.
 *
 * @returns All its text; bytes are read as UTF-8.
 */
export async function toText(
  stream: ReadableStream<string> | ReadableStream<Uint8Array>,
): Promise<string> {
  const decoder = new TextDecoder();
  const reader: ReadableStreamDefaultReader<string | Uint8Array> = stream.getReader();
  let text = "";
  let result = await reader.read();
  for (; !result.done; result = await reader.read()) {
    const { value } = result;
    text += typeof value === "string" ? value : decoder.decode(value, { stream: true });
  }
  return text + decoder.decode();
}
