import type { Block, Codec, UnpackedBlock } from "../../src/source/compressed/codec.ts";
import {
  type CompressOptions,
  writeSeekableZstd,
} from "../../src/source/compressed/zstd/zstd_writer.ts";
import { MemoryText } from "./text_memory.ts";

/** Joins arrays. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A seekable zstd file in memory, and the blocks that its writer reported. */
export interface Compressed {
  readonly stored: Uint8Array<ArrayBuffer>;
  readonly blocks: readonly Block[];
}

/** Compresses a text that comes in chunks. */
export async function compressed(
  chunks: readonly Uint8Array[],
  options: CompressOptions = {},
): Promise<Compressed> {
  const written: Uint8Array[] = [];
  const blocks: Block[] = [];
  const onFrame = (block: Block) => void blocks.push(block);
  await writeSeekableZstd(inChunks(chunks), (bytes) => written.push(bytes.slice()), {
    onFrame,
    ...options,
  });
  return { stored: joined(written), blocks };
}

async function* inChunks(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** Scans a file in memory. */
export async function scanned(codec: Codec, stored: Uint8Array): Promise<UnpackedBlock[]> {
  return await Array.fromAsync(codec.scan(new MemoryText(stored)));
}

/** The text that a scan of a file in memory finds. */
export async function scannedText(codec: Codec, stored: Uint8Array): Promise<Uint8Array> {
  return joined((await scanned(codec, stored)).map(({ text }) => text));
}
