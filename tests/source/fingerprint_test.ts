import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { createHash } from "node:crypto";
import {
  FINGERPRINT_BYTES,
  hashSamples,
  sameFingerprint,
  SAMPLE_BLOCK_BYTES,
  SAMPLE_BLOCKS,
  sampledBlocks,
  WHOLLY_HASHED_MAX_BYTES,
} from "../../src/source/fingerprint.ts";
import { LocalText } from "../../src/source/local/local_text.ts";
import { TextError } from "../../src/source/text_source.ts";
import { formatCount } from "../../src/source/messages.ts";
import { latin1, withFile } from "../support/index_files.ts";
import { variedBytes } from "../support/source_contract.ts";
import { MemoryText } from "../support/text_memory.ts";

const LARGE_BYTES = WHOLLY_HASHED_MAX_BYTES + 12_345;

async function fingerprintOf(path: string): Promise<Uint8Array> {
  using text = LocalText.openSync(path, { mayBlock: true });
  return await hashSamples(text);
}

const largeSize = fc.oneof(
  fc.integer({ min: WHOLLY_HASHED_MAX_BYTES + 1, max: 4 * WHOLLY_HASHED_MAX_BYTES }),
  fc.integer({ min: WHOLLY_HASHED_MAX_BYTES + 1, max: Number.MAX_SAFE_INTEGER }),
);
const edgeSizes: [number][] = [[WHOLLY_HASHED_MAX_BYTES + 1], [Number.MAX_SAFE_INTEGER]];

Deno.test("sampledBlocks() of up to 4 MiB is one block", () => {
  assertEquals(WHOLLY_HASHED_MAX_BYTES, 4 * 1024 * 1024);
  for (const size of [0, 1, SAMPLE_BLOCK_BYTES, WHOLLY_HASHED_MAX_BYTES]) {
    assertEquals(sampledBlocks(size), [{ offset: 0, bytes: size }]);
  }
});

Deno.test("sampledBlocks() of a larger text are 64 blocks of 4 KiB, with the first and the last", () => {
  fc.assert(
    fc.property(largeSize, (size) => {
      const blocks = sampledBlocks(size);
      assertEquals(blocks.length, 64);
      assert(blocks.every(({ bytes }) => bytes === 4 * 1024));
      assertEquals(blocks[0]?.offset, 0);
      assertEquals(blocks.at(-1)?.offset, size - SAMPLE_BLOCK_BYTES);
    }),
    { examples: edgeSizes },
  );
});

Deno.test("sampledBlocks() of a large text are at exactly equal distances and do not overlap", () => {
  fc.assert(
    fc.property(largeSize, (size) => {
      const last = BigInt(size - SAMPLE_BLOCK_BYTES);
      let end = 0;
      for (const [i, { offset, bytes }] of sampledBlocks(size).entries()) {
        const exact = last * BigInt(i) / BigInt(SAMPLE_BLOCKS - 1);
        assertEquals(BigInt(offset), exact, `block ${i} of ${size}`);
        assert(offset >= end, `block ${i} of ${size} overlaps the one before`);
        end = offset + bytes;
      }
    }),
    { examples: edgeSizes },
  );
});

for (const size of [0, 3, SAMPLE_BLOCK_BYTES + 100, WHOLLY_HASHED_MAX_BYTES]) {
  Deno.test(`hashSamples() of ${size} bytes is the SHA-256 of size and text`, async () => {
    const bytes = variedBytes(size);
    await withFile(bytes, async (path) => {
      const hash = createHash("sha256").update(`linesvr text of ${size} bytes\n`).update(bytes);
      assertEquals(await fingerprintOf(path), new Uint8Array(hash.digest()));
    });
  });
}

for (const size of [WHOLLY_HASHED_MAX_BYTES + 1, LARGE_BYTES]) {
  Deno.test(`hashSamples() of ${size} bytes is the SHA-256 of size and blocks`, async () => {
    const bytes = variedBytes(size);
    await withFile(bytes, async (path) => {
      const hash = createHash("sha256").update(`linesvr text of ${size} bytes\n`);
      for (let i = 0; i < 64; i++) {
        const offset = Math.floor(i * (size - 4_096) / 63);
        hash.update(bytes.subarray(offset, offset + 4_096));
      }
      const found = await fingerprintOf(path);
      assertEquals(found, new Uint8Array(hash.digest()));
      assertEquals(found.length, FINGERPRINT_BYTES);
    });
  });
}

Deno.test("hashSamples() of a small text changes with every byte", async () => {
  const bytes = latin1("one\ntwo\r\nthree\0four");
  await withFile(bytes, async (path) => {
    const before = await fingerprintOf(path);
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at]! ^= 1;
      await Deno.writeFile(path, changed);
      assertEquals(sameFingerprint(await fingerprintOf(path), before), false, `byte ${at}`);
    }
  });
});

/** Which bytes of a text change its fingerprint, changed one at a time. */
async function hashed(path: string, offsets: readonly number[]): Promise<number[]> {
  using file = await Deno.open(path, { read: true, write: true });
  const before = await fingerprintOf(path);
  const byte = new Uint8Array(1);
  const write = async (at: number) => {
    await file.seek(at, Deno.SeekMode.Start);
    await file.write(byte);
  };
  const found: number[] = [];
  for (const at of offsets) {
    await file.seek(at, Deno.SeekMode.Start);
    await file.read(byte);
    byte[0]! ^= 0x80;
    await write(at);
    if (!sameFingerprint(await fingerprintOf(path), before)) found.push(at);
    byte[0]! ^= 0x80;
    await write(at);
  }
  assert(sameFingerprint(await fingerprintOf(path), before));
  return found;
}

Deno.test("hashSamples() of 4 MiB changes with any byte", async () => {
  await withFile(new Uint8Array(WHOLLY_HASHED_MAX_BYTES), async (path) => {
    const offsets = [0, 65_535, 65_536, 70_000, WHOLLY_HASHED_MAX_BYTES - 1];
    assertEquals(await hashed(path, offsets), offsets);
  });
});

Deno.test("hashSamples() of a larger text changes with the bytes of sampled blocks, and with no others", async () => {
  await withFile(variedBytes(LARGE_BYTES), async (path) => {
    const blocks = sampledBlocks(LARGE_BYTES);
    for (const { offset, bytes } of [blocks[0]!, blocks[1]!, blocks[31]!, blocks[63]!]) {
      const end = offset + bytes;
      const around = [offset - 1, offset, end - 1, end];
      const inText = around.filter((at) => at >= 0 && at < LARGE_BYTES);
      assertEquals(await hashed(path, inText), [offset, end - 1]);
    }
  });
});

Deno.test("hashSamples() of NULs differs for different sizes", async () => {
  const seen = new Set<string>();
  const sizes = [0, 1, 2, WHOLLY_HASHED_MAX_BYTES, WHOLLY_HASHED_MAX_BYTES + 1, LARGE_BYTES];
  for (const size of sizes) {
    await withFile(new Uint8Array(size), async (path) => {
      seen.add((await fingerprintOf(path)).join());
    });
  }
  assertEquals(seen.size, sizes.length);
});

Deno.test("hashSamples() of a text that was cut off rejects", async () => {
  for (const size of [3, LARGE_BYTES]) {
    await withFile(new Uint8Array(size), async (path) => {
      using text = LocalText.openSync(path);
      await Deno.truncate(path, size - 1);
      await assertRejects(
        () => hashSamples(text),
        TextError,
        `it has ${formatCount(size - 1)} bytes`,
      );
      await Deno.truncate(path, 0);
      await assertRejects(() => hashSamples(text), TextError, "it has 0 bytes");
    });
  }
});

Deno.test("hashSamples() awaits what would block, and is the same then", async () => {
  for (const size of [0, 3, LARGE_BYTES]) {
    const content = variedBytes(size);
    const hash = await hashSamples(new MemoryText(content));
    assertEquals(await hashSamples(new MemoryText(content, { blocks: () => true })), hash);
    const isOdd = (offset: number) => offset % 2 === 1;
    assertEquals(await hashSamples(new MemoryText(content, { blocks: isOdd })), hash);
  }
});

Deno.test("hashSamples() that is aborted between two blocks rejects with the reason", async () => {
  const abort = new AbortController();
  const reason = new Error("enough");
  let reads = 0;
  const onRead = () => {
    if (++reads === 3) abort.abort(reason);
    return Promise.resolve();
  };
  const text = new MemoryText(variedBytes(LARGE_BYTES), { blocks: () => true, onRead });
  assertEquals(await assertRejects(() => hashSamples(text, abort.signal)), reason);
  assertEquals(reads, 3);
});

Deno.test("hashSamples() does not read what was appended since the text was opened", async () => {
  await withFile(latin1("abc\n"), async (path) => {
    using text = LocalText.openSync(path);
    const before = await hashSamples(text);
    await Deno.writeFile(path, latin1("def\n"), { append: true });
    assert(sameFingerprint(await hashSamples(text), before));
    assertEquals(sameFingerprint(await fingerprintOf(path), before), false);
  });
});

Deno.test("sameFingerprint() compares all bytes and the length", () => {
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
