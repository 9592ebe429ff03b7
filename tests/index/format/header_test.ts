import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FINGERPRINT_BYTES } from "../../../src/source/fingerprint.ts";
import {
  FORMAT_VERSION,
  HEADER_BYTES,
  LINES_PER_PAGE_MAX,
  overflowOffset,
} from "../../../src/index/format/layout.ts";
import {
  decodeHeader,
  encodeHeader,
  type IndexHeader,
  isIndex,
  MAGIC,
  sameIndex,
} from "../../../src/index/format/header.ts";
import { IndexError } from "../../../src/index/index_error.ts";
import { xxh32 } from "../../../src/index/format/page_bytes.ts";
import { plainXxh32 } from "../../support/index_xxh32.ts";

const HEADER: IndexHeader = {
  lines: 5,
  linesPerPage: 2,
  slotWidthBits: 3,
  textBytes: 50,
  indexBytes: 1000,
  fingerprint: new Uint8Array(FINGERPRINT_BYTES).map((_, i) => i),
};

/** Headers whose numbers agree with each other. */
const header: fc.Arbitrary<IndexHeader> = fc.record({
  lines: fc.oneof(fc.nat(10_000), fc.integer({ min: 0, max: 2 ** 40 })),
  linesPerPage: fc.integer({ min: 1, max: LINES_PER_PAGE_MAX }),
  slotWidthBits: fc.integer({ min: 0, max: 53 }),
  extraTextBytes: fc.integer({ min: 0, max: 2 ** 52 }),
  extraIndexBytes: fc.oneof(fc.constant(0), fc.nat()),
  fingerprint: fc.uint8Array({ minLength: FINGERPRINT_BYTES, maxLength: FINGERPRINT_BYTES }),
  versionStamp: fc.integer({ min: -8.64e15, max: 8.64e15 }),
}, {
  requiredKeys: [
    "lines",
    "linesPerPage",
    "slotWidthBits",
    "extraTextBytes",
    "extraIndexBytes",
    "fingerprint",
  ],
}).map(({ extraTextBytes, extraIndexBytes, ...fields }) => ({
  ...fields,
  textBytes: fields.lines + extraTextBytes,
  indexBytes: overflowOffset(fields) + extraIndexBytes,
}));

/** A header with some bytes replaced, and the checksum of that. */
function patched(at: number, bytes: readonly number[]): Uint8Array {
  const encoded = encodeHeader(HEADER);
  encoded.set(bytes, at);
  new DataView(encoded.buffer).setUint32(124, xxh32(encoded.subarray(0, 124), 0), true);
  return encoded;
}

function problemOf(bytes: Uint8Array): string {
  return assertThrows(() => decodeHeader(bytes, "a.lineidx"), IndexError, "a.lineidx").problem;
}

/** The problem of a header with another byte at a position. */
function problemOfFlipped(at: number): string {
  if (at < MAGIC.length) return "foreign";
  return at < MAGIC.length + 4 ? "version" : "damaged";
}

Deno.test("decodeHeader() returns what encodeHeader() wrote", () => {
  fc.assert(fc.property(header, (header) => {
    const bytes = encodeHeader(header);
    assertEquals(bytes.length, HEADER_BYTES);
    assertEquals(decodeHeader(bytes, "a"), header);
  }));
});

Deno.test("decodeHeader() returns 2^53 - 1 lines", () => {
  const most = Number.MAX_SAFE_INTEGER;
  const header = {
    ...HEADER,
    lines: most,
    textBytes: most,
    indexBytes: most,
    linesPerPage: LINES_PER_PAGE_MAX,
    slotWidthBits: 0,
  };
  assertEquals(decodeHeader(encodeHeader(header), "a"), header);
});

Deno.test("encodeHeader() writes the bytes of docs/index-format.md", () => {
  const bytes = encodeHeader(HEADER);
  const view = new DataView(bytes.buffer);
  assertEquals([...bytes.subarray(0, 8)], [0x89, 0x4c, 0x49, 0x44, 0x58, 0x0d, 0x0a, 0x1a]);
  assertEquals(view.getUint32(8, true), 4);
  assertEquals(view.getUint32(12, true), HEADER.linesPerPage);
  assertEquals(view.getBigUint64(16, true), BigInt(HEADER.lines));
  assertEquals(view.getBigUint64(24, true), BigInt(HEADER.textBytes));
  assertEquals(view.getBigUint64(32, true), BigInt(HEADER.indexBytes));
  assertEquals(view.getUint32(40, true), HEADER.slotWidthBits);
  assertEquals(bytes.subarray(48, 80), HEADER.fingerprint);
  assertEquals([...bytes.subarray(44, 48)], new Array(4).fill(0));
  assertEquals([...bytes.subarray(80, 124)], new Array(44).fill(0));
  assertEquals(view.getUint32(124, true), plainXxh32(bytes.subarray(0, 124), 0));
});

Deno.test("encodeHeader() writes the time of the text, and that there is one, into bytes 80 to 91", () => {
  for (const versionStamp of [0, 1, -1, 1_234_567_890_123, 8.64e15, -8.64e15]) {
    const bytes = encodeHeader({ ...HEADER, versionStamp });
    const view = new DataView(bytes.buffer);
    assertEquals(view.getBigInt64(80, true), BigInt(versionStamp));
    assertEquals(view.getUint32(88, true), 1);
    assertEquals(decodeHeader(bytes, "a"), { ...HEADER, versionStamp });
    assert(sameIndex(HEADER, { ...HEADER, versionStamp }));
  }
  assert(!sameIndex(HEADER, { ...HEADER, lines: 4 }));
});

Deno.test("decodeHeader() reads a view of a larger buffer", () => {
  const bytes = new Uint8Array(HEADER_BYTES + 7);
  bytes.set(encodeHeader(HEADER), 3);
  assertEquals(decodeHeader(bytes.subarray(3), "a"), HEADER);
});

Deno.test("decodeHeader() copies the fingerprint", () => {
  const bytes = encodeHeader(HEADER);
  const { fingerprint } = decodeHeader(bytes, "a");
  bytes.fill(0);
  assertEquals(fingerprint, HEADER.fingerprint);
});

Deno.test("decodeHeader() throws for every flipped bit", () => {
  const bytes = encodeHeader(HEADER);
  for (let bit = 0; bit < 8 * HEADER_BYTES; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    assertEquals(problemOf(flipped), problemOfFlipped(bit >> 3), `bit ${bit}`);
  }
});

Deno.test("decodeHeader() of a header that is cut off throws damaged, or foreign if the magic bytes are cut", () => {
  const bytes = encodeHeader(HEADER);
  for (let length = 0; length < HEADER_BYTES; length++) {
    const expected = length < MAGIC.length ? "foreign" : "damaged";
    assertEquals(problemOf(bytes.subarray(0, length)), expected, `${length} bytes`);
  }
});

Deno.test("decodeHeader() of another version throws version", () => {
  for (const version of [0, 1, FORMAT_VERSION - 1, FORMAT_VERSION + 1, 255]) {
    assertEquals(problemOf(patched(8, [version])), "version", `${version}`);
  }
  assertEquals(problemOf(patched(8, [FORMAT_VERSION, 0, 0, 1])), "version");
  assertEquals(decodeHeader(patched(8, [FORMAT_VERSION]), "a"), HEADER);
});

Deno.test("decodeHeader() of another version throws version, whatever its checksum is", () => {
  const encoded = encodeHeader(HEADER);
  encoded[8] = FORMAT_VERSION + 1;
  encoded.fill(0xee, 20);
  assertEquals(problemOf(encoded), "version");
});

Deno.test("decodeHeader() of numbers that contradict each other throws damaged, even if the checksum is right", () => {
  const cases: Record<string, Uint8Array> = {
    "no lines a page": patched(12, [0, 0, 0, 0]),
    "too many lines a page": patched(12, [1, 0, 1, 0]),
    "lines over 2^53": patched(16, [0, 0, 0, 0, 0, 0, 0x20, 0]),
    "more lines than bytes": patched(16, [51]),
    "text over 2^53": patched(24, [0, 0, 0, 0, 0, 0, 0, 1]),
    "index over 2^53": patched(32, [0, 0, 0, 0, 0, 0, 0x40, 0]),
    "index smaller than its slots": patched(32, [overflowOffset(HEADER) - 1, 0]),
    "slots wider than 53 bits": patched(40, [54]),
  };
  for (const [what, bytes] of Object.entries(cases)) {
    assertEquals(problemOf(bytes), "damaged", what);
  }
  assertEquals(decodeHeader(patched(32, [overflowOffset(HEADER), 0]), "a").lines, 5);
});

Deno.test("isIndex() is true for bytes that begin with the magic bytes, and for no others", () => {
  assert(isIndex(MAGIC));
  assert(isIndex(encodeHeader(HEADER)));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 16, size: "max" }), (bytes) => {
    const expected = MAGIC.every((byte, i) => bytes[i] === byte);
    assertEquals(isIndex(bytes), expected);
  }));
  assertEquals(isIndex(MAGIC.subarray(0, 7)), false);
  assertEquals(isIndex(new Uint8Array()), false);
});
