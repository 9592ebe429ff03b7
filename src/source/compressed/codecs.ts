import type { ByteSource } from "../text_source.ts";
import type { Codec, CodecName } from "./codec.ts";

// Each is loaded when it is needed: loading what they use takes longer than indexing a small file.
const LOADERS: Readonly<Record<CodecName, () => Promise<Codec>>> = {
  zstd: async () => (await import("./zstd/zstd_codec.ts")).zstdCodec,
  bgzf: async () => (await import("./gzip/bgzf_codec.ts")).bgzfCodec,
  gzip: async () => (await import("./gzip/gzip_codec.ts")).gzipCodec,
};

/**
 * Loads the codec of a format.
 *
 * @param fileName for the message
 * @throws {TextError} (as a rejection) if the runtime cannot unpack the format
 */
export async function codecOf(name: CodecName, fileName: string): Promise<Codec> {
  const codec = await LOADERS[name]();
  codec.assertAvailable?.(fileName);
  return codec;
}

// Enough for the first header of each format.
const HEAD_BYTES = 64;

const MAGIC_BYTES = 4;
const GZIP_MAGIC = 0x088b1f;
const GZIP_MASK = 0xffffff;
const ZSTD_MAGIC = 0xfd2fb528;
// Skippable frames, of any of 16 types: some tools write one first.
const SKIPPABLE_MAGIC = 0x184d2a50;

/** Finds out from the beginning of a file what it is compressed with; undefined if its bytes are the text. */
export async function codecOfHead(head: Uint8Array): Promise<CodecName | undefined> {
  if (head.length < MAGIC_BYTES) return undefined;
  const magic = new DataView(head.buffer, head.byteOffset).getUint32(0, true);
  if ((magic & GZIP_MASK) === GZIP_MAGIC) {
    const { isBgzf } = await import("./gzip/gzip_header.ts");
    return isBgzf(head) ? "bgzf" : "gzip";
  }
  if (magic === ZSTD_MAGIC || (magic & ~0xf) === SKIPPABLE_MAGIC) return "zstd";
  return undefined;
}

/**
 * Finds out what a file is compressed with; undefined if its bytes are the text.
 *
 * @throws {TextError} (as a rejection) if it cannot be read
 */
export async function detectCodec(file: ByteSource): Promise<CodecName | undefined> {
  const head = new Uint8Array(Math.min(HEAD_BYTES, file.size));
  if (!file.tryRead(head, 0)) await file.read(head, 0);
  return await codecOfHead(head);
}
