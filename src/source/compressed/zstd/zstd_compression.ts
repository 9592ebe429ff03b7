import zlib from "node:zlib";
import { inOwnBuffer } from "../job_threads.ts";

/** Texts of frames to be compressed. */
export interface CompressJob {
  readonly text: Uint8Array<ArrayBuffer>;
  /** Where each frame ends in it, ascending; the last one ends with the text. */
  readonly ends: readonly number[];
  readonly level: number;
}

/** What has become of a job. */
export interface CompressedFrames {
  readonly text: Uint8Array<ArrayBuffer>;
  readonly ends: readonly number[];
  /** Each with a checksum and the size of its text. */
  readonly frames: readonly Uint8Array[];
}

/** Compresses each frame by itself. */
export function compressFrames({ text, ends, level }: CompressJob): CompressedFrames {
  const frames = ends.map((end, i) => compressFrame(text.subarray(ends[i - 1] ?? 0, end), level));
  return { text, ends, frames };
}

const { constants } = zlib;

function compressFrame(text: Uint8Array, level: number): Uint8Array {
  // The types do not have `pledgedSrcSize`, which puts the size into the frame.
  const options: zlib.ZstdOptions & { readonly pledgedSrcSize: number } = {
    pledgedSrcSize: text.length,
    // If the output needs more than one chunk, the runtime appends an empty frame.
    chunkSize: boundBytes(text.length),
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_checksumFlag]: 1,
    },
  };
  return inOwnBuffer(zlib.zstdCompressSync(text, options));
}

// The most bytes that a frame can take, and some more: text that cannot be compressed is stored in blocks of 128 KiB.
function boundBytes(textBytes: number): number {
  return textBytes + (textBytes >>> 7) + 1024;
}
