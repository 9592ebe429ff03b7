import { assertEquals } from "@std/assert";
import zlib from "node:zlib";
import { lowXxh64 } from "../../../../src/source/compressed/zstd/xxh64.ts";
import { checksumOf } from "../../../../src/source/compressed/zstd/zstd_frame.ts";

/** The same by zstd: the checksum of a frame of these bytes. */
function byZstd(bytes: Uint8Array): number {
  const frame = zlib.zstdCompressSync(bytes, {
    chunkSize: bytes.length + 4096,
    params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 },
  });
  return checksumOf(frame)!;
}

Deno.test("lowXxh64 is the checksum that zstd computes, for bytes of any length", () => {
  const bytes = new Uint8Array(200_000).map((_, i) => i * 2654435761 >>> 13);
  const chunk = 64 * 1024;
  const lengths = [
    ...Array.from({ length: 200 }, (_, i) => i),
    ...[-1, 0, 1, 31, 32, 33].flatMap((more) => [chunk + more, 2 * chunk + more]),
    bytes.length,
  ];
  for (const length of lengths) {
    const part = bytes.subarray(0, length);
    assertEquals(lowXxh64(part), byZstd(part), `${length} bytes`);
  }
});

Deno.test("lowXxh64 of what the specification gives is what it says", () => {
  // The hash of no bytes is 0xef46db3751d8e999.
  assertEquals(lowXxh64(new Uint8Array()), 0x51d8e999);
});
