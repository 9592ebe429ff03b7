import zlib from "node:zlib";
import { formatCount } from "../../messages.ts";
import { type Block, DamagedBlock } from "../codec.ts";
import { inOwnBuffer } from "../job_threads.ts";
import { assertIsOneFrame } from "./zstd_frame.ts";
import { hasZstd, NO_ZSTD } from "./zstd_runtime.ts";

/** Why a frame is damaged that has more text than it may have. */
export const TOO_MUCH_TEXT = "it has more text than its size says";

// zlib requires it.
const CHUNK_MIN_BYTES = 64;

/**
 * Unpacks a block that is one frame.
 *
 * @returns `textBytes` bytes, in a buffer of their own
 * @throws {DamagedBlock} if it is no frame of so many bytes, or its checksum fails
 */
export function unpackBlock(stored: Uint8Array, { textBytes }: Block): Uint8Array {
  const text = unpackFrame(stored, textBytes);
  if (text.length === textBytes) return text;
  throw new DamagedBlock(`it has ${formatCount(text.length)} bytes, not ${formatCount(textBytes)}`);
}

/**
 * Unpacks a frame.
 *
 * @param textMaxBytes the most that it may have; 0 counts as 1
 * @param chunkBytes how much memory is used at first; best the size of the text
 * @throws {DamagedBlock} if it is no frame, or has more text, or its checksum fails
 */
export function unpackFrame(
  frame: Uint8Array,
  textMaxBytes: number,
  chunkBytes = textMaxBytes,
): Uint8Array {
  assertIsOneFrame(frame);
  try {
    const text = zlib.zstdDecompressSync(frame, {
      chunkSize: Math.max(chunkBytes, CHUNK_MIN_BYTES),
      maxOutputLength: Math.max(textMaxBytes, 1),
    });
    return inOwnBuffer(text);
  } catch (error) {
    throw new DamagedBlock(describeFailure(error), { cause: error });
  }
}

function describeFailure(error: unknown): string {
  if (!hasZstd()) return NO_ZSTD;
  if (error instanceof RangeError) return TOO_MUCH_TEXT;
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^Zstd decompress error: /, "zstd says ");
}
