import { KIND_BYTES } from "../text_kind.ts";
import type { ByteSource } from "../text_source.ts";
import type { Codec, CodecName } from "./codec.ts";

export function codecOf(name: CodecName): Codec {
  throw new Error(name);
}

/** Finds out what a file is compressed with; undefined if its bytes are the text. */
export async function detectCodec(file: ByteSource): Promise<CodecName | undefined> {
  const head = new Uint8Array(Math.min(KIND_BYTES, file.size));
  if (!file.tryRead(head, 0)) await file.read(head, 0);
  return undefined;
}
