import zlib from "node:zlib";
import { DamagedBlock } from "../codec.ts";
const WINDOW_BYTES = 32 * 1024;

/** Compresses a window of gzip: most of it is text, or zeros. */
export function packWindow(window: Uint8Array): Uint8Array {
  return zlib.deflateRawSync(window);
}

/** @throws {DamagedBlock} */
export function unpackWindow(packed: Uint8Array): Uint8Array {
  try {
    return zlib.inflateRawSync(packed, { maxOutputLength: WINDOW_BYTES });
  } catch (error) {
    throw new DamagedBlock("its window cannot be unpacked", { cause: error });
  }
}
