import { assertEquals } from "@std/assert";
import { crc32, gzipSync } from "node:zlib";
import {
  HEADER_MAX_BYTES,
  isBgzf,
  isGzip,
  readHeader,
} from "../../../../src/source/compressed/gzip/gzip_header.ts";
import { assertDamaged, join } from "../../../support/compressed.ts";

const EXTRA = 4;
const NAME = 8;
const COMMENT = 16;
const HEADER_CRC = 2;
const BC_FIELD = [66, 67, 2, 0, 0x1b, 0];

/** A header with these flags; `fields` come after the fixed part. */
function header(flags: number, fields: readonly number[] = []): Uint8Array {
  return Uint8Array.from([0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3, ...fields]);
}

function withCrc(bytes: Uint8Array): Uint8Array {
  const crc = crc32(bytes);
  return join(bytes, Uint8Array.of(crc & 255, (crc >>> 8) & 255));
}

const HEADERS: Readonly<Record<string, Uint8Array>> = {
  "no field": header(0),
  "FTEXT": header(1),
  "FNAME": header(NAME, [97, 0]),
  "an empty FNAME": header(NAME, [0]),
  "FCOMMENT": header(COMMENT, [99, 99, 0]),
  "FEXTRA": header(EXTRA, [3, 0, 1, 2, 3]),
  "an empty FEXTRA": header(EXTRA, [0, 0]),
  "FHCRC": withCrc(header(HEADER_CRC)),
  "all fields": withCrc(
    header(EXTRA | NAME | COMMENT | HEADER_CRC, [2, 0, 0, 0, 97, 98, 0, 99, 0]),
  ),
};

Deno.test("readHeader() finds the end of every kind of header, and nothing in a part of it", () => {
  for (const [name, bytes] of Object.entries(HEADERS)) {
    assertEquals(readHeader(join(bytes, new Uint8Array(9)))?.bytes, bytes.length, name);
    for (let cut = 0; cut < bytes.length; cut++) {
      assertEquals(readHeader(bytes.subarray(0, cut)), undefined, `${name}, ${cut} bytes`);
    }
  }
});

Deno.test("readHeader() refuses what is not a header of gzip", () => {
  const crc = HEADERS["FHCRC"]!.slice();
  crc[11]! ^= 1;
  const wrong = {
    "another magic": header(0).fill(0x1e, 0, 1),
    "another method": header(0).fill(7, 2, 3),
    "an unknown flag": header(0x20),
    "a wrong checksum": crc,
    "an endless name": header(NAME, new Array(HEADER_MAX_BYTES).fill(97)),
  };
  for (const [name, bytes] of Object.entries(wrong)) assertDamaged(() => readHeader(bytes), name);
});

Deno.test("readHeader() finds the size of a member of BGZF among other extra fields", () => {
  const size = (fields: number[]) =>
    readHeader(header(EXTRA, [fields.length, 0, ...fields]))?.bgzfBytes;
  assertEquals(size(BC_FIELD), 0x1c);
  assertEquals(size([1, 2, 1, 0, 9, ...BC_FIELD]), 0x1c);
  assertEquals(size([...BC_FIELD, 1, 2, 0, 0]), 0x1c);
  assertEquals(size([66, 67, 3, 0, 1, 2, 3]), undefined);
  assertEquals(size([1, 2, 6, 0, ...BC_FIELD]), undefined);
  assertEquals(size([66, 67, 2, 0, 1]), undefined);
  assertEquals(size([1]), undefined);
});

Deno.test("isGzip() and isBgzf() decide from the first bytes of a file", () => {
  const gzip = new Uint8Array(gzipSync("text"));
  const bgzf = header(EXTRA, [6, 0, ...BC_FIELD]);
  assertEquals([isGzip(gzip), isBgzf(gzip)], [true, false]);
  assertEquals([isGzip(bgzf), isBgzf(bgzf)], [true, true]);
  for (const other of [new Uint8Array(), gzip.subarray(0, 2), new TextEncoder().encode("a\nb")]) {
    assertEquals([isGzip(other), isBgzf(other)], [false, false]);
  }
});
