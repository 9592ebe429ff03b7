import type { ByteSource } from "../text_source.ts";
import type { Codec, CodecName } from "./codec.ts";

export function codecOf(name: CodecName): Codec {
  throw new Error(name);
}

/** Finds out from the beginning of a file what it is compressed with; undefined if its bytes are the text. */
export function codecOfHead(_head: Uint8Array): CodecName | undefined {
  return undefined;
}

// Enough for the first header of each format.
const HEAD_BYTES = 64;

/**
 * Finds out what a file is compressed with; undefined if its bytes are the text.
 *
 * @throws {TextError} (as a rejection) if it cannot be read
 */
export async function detectCodec(file: ByteSource): Promise<CodecName | undefined> {
  const head = new Uint8Array(Math.min(HEAD_BYTES, file.size));
  if (!file.tryRead(head, 0)) await file.read(head, 0);
  return codecOfHead(head);
}
