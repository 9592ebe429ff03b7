import zlib from "node:zlib";

// A frame of no text.
const EMPTY_FRAME = new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 1, 0, 0]);

let isThere: boolean | undefined;

/** Whether the runtime has zstd. Older ones have its functions, but they fail. */
export function hasZstd(): boolean {
  return isThere ??= canUnpack();
}

/** Why something failed if {@linkcode hasZstd} is false, in a few words. */
export const NO_ZSTD = "this binary's runtime has no zstd";

/** What helps then: a sentence. */
export const ZSTD_REMEDY = "Use a binary that is built with Deno 2.9.";

function canUnpack(): boolean {
  try {
    return zlib.zstdDecompressSync(EMPTY_FRAME).length === 0;
  } catch {
    return false;
  }
}
