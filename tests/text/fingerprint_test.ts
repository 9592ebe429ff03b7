import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createHash } from "node:crypto";
import {
  fingerprint,
  FINGERPRINT_BYTES,
  sameFingerprint,
  SAMPLE_BLOCK_BYTES,
  SAMPLE_BLOCKS,
  sampleOffsets,
} from "../../src/text/fingerprint.ts";
import { TextError } from "../../src/text/text_error.ts";
import { TextFile } from "../../src/text/text_file.ts";
import { latin1, withFile } from "../support/index_files.ts";

const WHOLE_MAX_BYTES = SAMPLE_BLOCKS * SAMPLE_BLOCK_BYTES;

/** The first byte of a text of that size that no sampled block holds. */
function firstUnsampled(textBytes: number): number | undefined {
  let end = 0;
  for (const offset of sampleOffsets(textBytes)) {
    if (offset > end) return end;
    end = Math.max(end, offset + SAMPLE_BLOCK_BYTES);
  }
  return end < textBytes ? end : undefined;
}

function fingerprintOf(path: string): Uint8Array {
  using text = TextFile.open(path);
  return fingerprint(text.fd, text.bytes);
}

Deno.test("every byte of a text of up to 4 MiB is sampled", () => {
  const size = fc.oneof(
    fc.integer({ min: 0, max: WHOLE_MAX_BYTES }),
    fc.record({
      blocks: fc.integer({ min: 1, max: SAMPLE_BLOCKS }),
      spare: fc.integer({ min: -2, max: 2 }),
    }).map(({ blocks, spare }) => Math.min(WHOLE_MAX_BYTES, blocks * SAMPLE_BLOCK_BYTES + spare)),
  );
  fc.assert(
    fc.property(size, (size) => assertEquals(firstUnsampled(size), undefined, `${size} bytes`)),
    {
      numRuns: 500,
      examples: Array.from(
        { length: SAMPLE_BLOCKS },
        (_, i): [number] => [(i + 1) * SAMPLE_BLOCK_BYTES],
      ),
    },
  );
});

Deno.test("the first block and the last are sampled, and no block goes beyond the text", () => {
  const size = fc.oneof(
    fc.integer({ min: SAMPLE_BLOCK_BYTES, max: 2 * WHOLE_MAX_BYTES }),
    fc.integer({ min: SAMPLE_BLOCK_BYTES, max: Number.MAX_SAFE_INTEGER }),
  );
  fc.assert(fc.property(size, (size) => {
    const offsets = sampleOffsets(size);
    assertEquals(offsets[0], 0);
    assertEquals(offsets.at(-1), size - SAMPLE_BLOCK_BYTES);
    assert(offsets.length <= SAMPLE_BLOCKS);
    assert(offsets.every((offset, i) => i === 0 || offset > offsets[i - 1]!));
  }));
});

Deno.test("the blocks of a large text are at equal distances", () => {
  const size = fc.integer({ min: WHOLE_MAX_BYTES + 1, max: Number.MAX_SAFE_INTEGER });
  fc.assert(fc.property(size, (size) => {
    const offsets = sampleOffsets(size);
    assertEquals(offsets.length, SAMPLE_BLOCKS);
    const last = BigInt(size - SAMPLE_BLOCK_BYTES);
    for (const [i, offset] of offsets.entries()) {
      const exact = Number(last * BigInt(i) / BigInt(SAMPLE_BLOCKS - 1));
      assert(Math.abs(offset - exact) <= Math.max(1, exact * 1e-15), `block ${i} of ${size}`);
    }
  }));
});

Deno.test("a text under one block is sampled from its beginning, an empty one not at all", () => {
  assertEquals(sampleOffsets(0), []);
  assertEquals(sampleOffsets(1), [0]);
  assertEquals(sampleOffsets(SAMPLE_BLOCK_BYTES), [0]);
  assertEquals(sampleOffsets(SAMPLE_BLOCK_BYTES + 1), [0, 1]);
});

Deno.test("the fingerprint is the SHA-256 of the size and the blocks", async () => {
  const bytes = new Uint8Array(SAMPLE_BLOCK_BYTES + 100).map((_, i) => i * 31);
  await withFile(bytes, (path) => {
    const hash = createHash("sha256").update(`linesvr text of ${bytes.length} bytes\n`);
    hash.update(bytes.subarray(0, SAMPLE_BLOCK_BYTES)).update(bytes.subarray(100));
    assertEquals(fingerprintOf(path), new Uint8Array(hash.digest()));
    assertEquals(fingerprintOf(path).length, FINGERPRINT_BYTES);
  });
});

Deno.test("nothing but the text's own bytes goes into the fingerprint of a small text", async () => {
  await withFile(latin1("abc"), (path) => {
    const hash = createHash("sha256").update("linesvr text of 3 bytes\nabc");
    assertEquals(fingerprintOf(path), new Uint8Array(hash.digest()));
  });
});

Deno.test("every changed byte of a small text changes its fingerprint", async () => {
  const bytes = latin1("one\ntwo\r\nthree\0four");
  await withFile(bytes, async (path) => {
    const before = fingerprintOf(path);
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at]! ^= 1;
      await Deno.writeFile(path, changed);
      assertEquals(sameFingerprint(fingerprintOf(path), before), false, `byte ${at}`);
    }
  });
});

Deno.test("a changed byte at the seams of the blocks changes the fingerprint", async () => {
  // 23 blocks exactly: in the program's arithmetic, 16 of 22 parts of 22 blocks is one byte short.
  const bytes = new Uint8Array(23 * SAMPLE_BLOCK_BYTES);
  await withFile(bytes, async (path) => {
    using file = await Deno.open(path, { write: true });
    const before = fingerprintOf(path);
    for (let block = 1; block <= 23; block++) {
      await file.seek(block * SAMPLE_BLOCK_BYTES - 1, Deno.SeekMode.Start);
      await file.write(Uint8Array.of(1));
      assertEquals(sameFingerprint(fingerprintOf(path), before), false, `end of block ${block}`);
      await file.seek(block * SAMPLE_BLOCK_BYTES - 1, Deno.SeekMode.Start);
      await file.write(Uint8Array.of(0));
    }
  });
});

Deno.test("texts of NULs of different sizes have different fingerprints", async () => {
  const seen = new Set<string>();
  for (const size of [0, 1, 2, SAMPLE_BLOCK_BYTES, SAMPLE_BLOCK_BYTES + 1]) {
    await withFile(new Uint8Array(size), (path) => void seen.add(fingerprintOf(path).join()));
  }
  assertEquals(seen.size, 5);
});

Deno.test("a text shorter than it should be is an error", async () => {
  await withFile(latin1("abc"), (path) => {
    using text = TextFile.open(path);
    assertThrows(() => fingerprint(text.fd, 4), TextError, "shorter than 4 bytes");
    assertThrows(() => fingerprint(text.fd, 10 * SAMPLE_BLOCK_BYTES), TextError);
  });
});

Deno.test("sameFingerprint compares all bytes and the length", () => {
  const a = new Uint8Array(FINGERPRINT_BYTES).map((_, i) => i);
  assertEquals(sameFingerprint(a, a.slice()), true);
  for (let at = 0; at < a.length; at++) {
    const b = a.slice();
    b[at]! ^= 0x80;
    assertEquals(sameFingerprint(a, b), false);
  }
  assertEquals(sameFingerprint(a, a.subarray(1)), false);
  assertEquals(sameFingerprint(a.subarray(0, 31), a), false);
});
