import { add, begin, chunk, CHUNK_BYTES, finish, memory } from "./xxh64.wasm";

// Numbers in any case: older runtimes import the globals themselves.
const PART_BYTES = Number(CHUNK_BYTES);
const part = new Uint8Array(memory.buffer, Number(chunk), PART_BYTES);

/** The lowest 32 bits of the XXH64 of bytes, with the seed 0: what zstd uses as a checksum. */
export function lowXxh64(bytes: Uint8Array): number {
  begin();
  let at = 0;
  for (; bytes.length - at > PART_BYTES; at += PART_BYTES) {
    part.set(bytes.subarray(at, at + PART_BYTES));
    add();
  }
  part.set(bytes.subarray(at));
  return finish(bytes.length - at) >>> 0;
}
