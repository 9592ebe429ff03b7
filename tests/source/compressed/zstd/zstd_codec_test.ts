import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import zlib from "node:zlib";
import { BLOCK_TEXT_MAX_BYTES, DamagedBlock } from "../../../../src/source/compressed/codec.ts";
import {
  THREADS_FROM_BYTES,
  zstdCodec,
} from "../../../../src/source/compressed/zstd/zstd_codec.ts";
import { lowXxh64 } from "../../../../src/source/compressed/zstd/xxh64.ts";
import { TextError } from "../../../../src/source/text_source.ts";
import { compressed, joined, scanned, scannedText } from "../../../support/compressed_files.ts";
import { latin1 } from "../../../support/index_files.ts";
import { MemoryText } from "../../../support/text_memory.ts";

const TEXT = latin1(
  Array.from({ length: 120 }, (_, i) => `line ${i * 7919 % 1000} of a text\n`).join(""),
);
const FILE = await compressed([TEXT], { frameBytes: 1024 });
const TABLE_OFFSET = FILE.blocks.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
const TABLE_HEAD_BYTES = 8;
const ENTRY_BYTES = 12;

function frame(text: Uint8Array, checksum = 1): Uint8Array {
  return zlib.zstdCompressSync(text, {
    chunkSize: text.length + 1024,
    params: { [zlib.constants.ZSTD_c_checksumFlag]: checksum },
  });
}

/** A frame of one byte repeated, as `zstd` writes it to a pipe. RFC 8878: a window, then blocks of "RLE". */
function frameOfUnknownSize(textBytes: number): Uint8Array {
  const blockMaxBytes = 128 * 1024;
  const parts = [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0x48)];
  for (let left = textBytes; left > 0; left -= blockMaxBytes) {
    const head = Math.min(left, blockMaxBytes) << 3 | 2 | Number(left <= blockMaxBytes);
    parts.push(Uint8Array.of(head & 0xff, head >> 8 & 0xff, head >> 16, 0x61));
  }
  return joined(parts);
}

function skippable(content: Uint8Array): Uint8Array {
  const head = new Uint8Array(8);
  new DataView(head.buffer).setUint32(0, 0x184d2a50, true);
  new DataView(head.buffer).setUint32(4, content.length, true);
  return joined([head, content]);
}

/** A file with a seek table that says what it is told to. */
function withTable(
  frames: readonly Uint8Array[],
  entries: readonly (readonly number[])[],
): Uint8Array {
  const entryNumbers = entries[0]?.length ?? 2;
  const content = entries.length * entryNumbers * 4 + 9;
  const table = new DataView(new ArrayBuffer(8 + content));
  table.setUint32(0, 0x184d2a5e, true);
  table.setUint32(4, content, true);
  entries.flat().forEach((number, i) => table.setUint32(8 + 4 * i, number, true));
  table.setUint32(content - 1, entries.length, true);
  table.setUint8(content + 3, entryNumbers === 3 ? 0x80 : 0);
  table.setUint32(content + 4, 0x8f92eab1, true);
  return joined([...frames, new Uint8Array(table.buffer)]);
}

function isPrefix(part: Uint8Array, whole: Uint8Array): boolean {
  return part.every((byte, i) => byte === whole[i]);
}

async function errorOf(stored: Uint8Array): Promise<string> {
  const error = await assertRejects(() => scannedText(zstdCodec, stored), TextError);
  assertEquals(error.message.split("\n").length, 1);
  return error.message;
}

Deno.test("zstdCodec.unpack() unpacks every block that scan() finds", async () => {
  const blocks = await scanned(zstdCodec, FILE.stored);
  assertEquals(blocks.length, 3);
  assertEquals(joined(blocks.map(({ text }) => text)), TEXT);
  for (const { text, ...block } of blocks) {
    const { storedOffset, storedBytes } = block;
    const stored = FILE.stored.slice(storedOffset, storedOffset + storedBytes);
    assertEquals(zstdCodec.unpack(stored, block), text);
  }
});

Deno.test("zstdCodec.unpack() throws DamagedBlock if a block is not one frame of the text's size", () => {
  const block = FILE.blocks[1]!;
  const { storedOffset, storedBytes, textBytes } = block;
  const stored = FILE.stored.slice(storedOffset, storedOffset + storedBytes);
  const unpack = (bytes: Uint8Array, size = textBytes) =>
    assertThrows(() => zstdCodec.unpack(bytes, { ...block, textBytes: size }), DamagedBlock)
      .message;
  assertEquals(unpack(stored, textBytes + 1), "it has 1,020 bytes, not 1,021");
  assertEquals(unpack(stored, textBytes - 1), "it has more text than its size says");
  assertEquals(unpack(joined([stored, stored]), 2 * textBytes), "something follows its zstd frame");
  assertEquals(unpack(joined([stored, new Uint8Array(1)])), "something follows its zstd frame");
  assertEquals(unpack(skippable(stored)), "no zstd frame");
  for (let bytes = 0; bytes < stored.length; bytes++) unpack(stored.subarray(0, bytes));
  const wrong = stored.slice();
  wrong[wrong.length - 1]! ^= 1;
  assertMatch(unpack(wrong), /checksum/);
});

Deno.test("zstdCodec.scan(): a flipped bit is an error, or the text is the same", async () => {
  let errors = 0;
  const bits = 8 * FILE.stored.length;
  for (let bit = 0; bit < bits; bit++) {
    const stored = FILE.stored.slice();
    stored[bit >> 3]! ^= 1 << bit % 8;
    try {
      assertEquals(await scannedText(zstdCodec, stored), TEXT, `bit ${bit}`);
    } catch (error) {
      if (!(error instanceof TextError)) throw error;
      errors++;
    }
  }
  // Without its last four bytes, the table is a skippable frame; few other bits have no meaning.
  assert(errors > bits - 100, `${bits - errors} of ${bits}`);
});

Deno.test("zstdCodec.scan(): a file that ends early is an error, unless it ends with a frame", async () => {
  const ends = FILE.blocks.map(({ storedOffset, storedBytes }) => storedOffset + storedBytes);
  for (let bytes = 1; bytes < FILE.stored.length; bytes++) {
    const stored = FILE.stored.subarray(0, bytes);
    // Two whole frames or more without a table are a file that zstd accepts, too.
    if (ends.indexOf(bytes) > 0) {
      assert(isPrefix(await scannedText(zstdCodec, stored), TEXT));
    } else await errorOf(stored);
  }
});

Deno.test("zstdCodec.scan(): any wrong number in an entry of the seek table is an error, or the text is the same", async () => {
  const view = (bytes: Uint8Array<ArrayBuffer>) => new DataView(bytes.buffer);
  for (let number = 0; number < FILE.blocks.length * ENTRY_BYTES / 4; number++) {
    const at = TABLE_OFFSET + TABLE_HEAD_BYTES + 4 * number;
    const right = view(FILE.stored).getUint32(at, true);
    for (const wrong of [0, 1, right - 1, right + 1, 2 ** 31, 2 ** 32 - 1]) {
      const stored = FILE.stored.slice();
      view(stored).setUint32(at, wrong, true);
      const text = await scannedText(zstdCodec, stored).catch((error) => error);
      if (text instanceof TextError) continue;
      // The table does not list everything, and is not used.
      assertEquals(text, TEXT);
    }
  }
});

Deno.test("zstdCodec.scan(): a wrong number or size of entries in the seek table is an error", async () => {
  const at = FILE.stored.length - 9;
  for (const count of [0, 2, 4, 2 ** 27, 2 ** 27 + 1, 2 ** 32 - 1]) {
    const stored = FILE.stored.slice();
    new DataView(stored.buffer).setUint32(at, count, true);
    assertEquals(
      await errorOf(stored),
      "File damaged: memory (its seek table does not match its frames). Restore it from a backup.",
    );
  }
  for (const descriptor of [0, 0x84, 0xc0]) {
    const stored = FILE.stored.slice();
    stored[at + 4] = descriptor;
    assertMatch(await errorOf(stored), /seek table/);
  }
});

Deno.test("zstdCodec.scan() accepts entries without checksums, and skippable and empty frames that are listed", async () => {
  const [one, two, nothing, notes] = [
    frame(latin1("one\n")),
    frame(latin1("two\n"), 0),
    frame(latin1("")),
    skippable(latin1("notes")),
  ];
  const entry = (bytes: Uint8Array, textBytes: number) => [bytes.length, textBytes];
  const stored = withTable(
    [notes, one, nothing, notes, two],
    [entry(notes, 0), entry(one, 4), entry(nothing, 0), entry(notes, 0), entry(two, 4)],
  );
  const blocks = await scanned(zstdCodec, stored);
  assertEquals(joined(blocks.map(({ text }) => text)), latin1("one\ntwo\n"));
  assertEquals(blocks.map(({ textOffset }) => textOffset), [0, 4]);
  assertEquals(await scannedText(zstdCodec, withTable([], [])), latin1(""));
});

Deno.test("zstdCodec.scan(): if frames have no checksums, those of the seek table are compared with the text", async () => {
  const parts = ["one\n", "two\n"].map(latin1);
  const frames = parts.map((part) => frame(part, 0));
  const entries = frames.map((bytes, i) => [bytes.length, 4, lowXxh64(parts[i]!)]);
  assertEquals(await scannedText(zstdCodec, withTable(frames, entries)), joined(parts));
  entries[1]![2]! ^= 1;
  const wrong = entries.map((entry) => entry.map((number) => number >>> 0));
  assertEquals(
    await errorOf(withTable(frames, wrong)),
    "File damaged: memory (a checksum is not that of the seek table, in a frame from byte 13 on). " +
      "Restore it from a backup.",
  );
});

Deno.test("zstdCodec.scan(): an entry without text that hides text is an error", async () => {
  const [one, two] = [frame(latin1("one\n")), frame(latin1("two\n"))];
  const stored = withTable([one, two], [[one.length, 4], [two.length, 0]]);
  assertMatch(await errorOf(stored), /it has more text than its size says/);
  const notes = skippable(latin1("notes"));
  const hidden = withTable([one, notes, two], [[one.length, 4], [notes.length + two.length, 0]]);
  assertMatch(await errorOf(hidden), /its size is wrong/);
});

Deno.test("zstdCodec.scan(): an entry of several frames is an error", async () => {
  const [one, two] = [frame(latin1("one\n")), frame(latin1("two\n"))];
  const both = withTable([one, two], [[one.length + two.length, 8]]);
  assertMatch(await errorOf(both), /something follows its zstd frame/);
});

Deno.test("zstdCodec.scan() reads a file of several seekable ones, whose last table does not list all frames", async () => {
  const text = joined([TEXT, latin1("one\n"), TEXT]);
  const one = frame(latin1("one\n"));
  const other = withTable([one], [[one.length, 4]]);
  assertEquals(await scannedText(zstdCodec, joined([FILE.stored, other, FILE.stored])), text);
  const cutOff = joined([FILE.stored.subarray(0, -10), other]);
  assertMatch(await errorOf(cutOff), /^File damaged: memory \(/);
});

Deno.test("zstdCodec.scan(): a frame larger than the limit is an error that names the way out", async () => {
  const one = frame(latin1("one\n"));
  const stored = withTable([one], [[one.length, BLOCK_TEXT_MAX_BYTES + 1]]);
  assertEquals(
    await errorOf(stored),
    "Cannot read lines: memory (a zstd frame is larger than 64 MiB, which cannot be read in the middle). " +
      'Recompress it with "zstd -dc memory | linesvr compress - -o memory.seekable.zst".',
  );
});

Deno.test("zstdCodec.scan(): a large frame that does not say its size is an error that names the way out", async () => {
  const stored = joined([frameOfUnknownSize(BLOCK_TEXT_MAX_BYTES + 1), frame(TEXT)]);
  assertEquals(
    await errorOf(stored),
    "Cannot read lines: memory (a zstd frame is larger than 64 MiB, which cannot be read in the middle). " +
      'Recompress it with "zstd -dc memory | linesvr compress - -o memory.seekable.zst".',
  );
});

Deno.test("zstdCodec.scan(): one frame without a seek table is an error that names the way out", async () => {
  const message =
    "Cannot read lines: memory (it is one zstd frame, which cannot be read in the middle). " +
    'Recompress it with "zstd -dc memory | linesvr compress - -o memory.seekable.zst".';
  assertEquals(await errorOf(frame(TEXT)), message);
  assertEquals(await errorOf(joined([skippable(latin1("notes")), frame(TEXT)])), message);
});

Deno.test("zstdCodec.scan() reads several frames without a seek table", async () => {
  const parts = ["one\n", "", "two\n", "three"].map(latin1);
  const frames = parts.map((part) => frame(part));
  const notes = skippable(latin1("notes"));
  const text = latin1("one\ntwo\nthree");
  assertEquals(await scannedText(zstdCodec, joined(frames)), text);
  const all = joined([notes, ...frames.flatMap((bytes) => [bytes, notes])]);
  assertEquals(await scannedText(zstdCodec, all), text);
  const garbage = joined([...frames, latin1("garbage")]);
  assertMatch(await errorOf(garbage), /^File damaged: memory \(no zstd frame\)/);
});

Deno.test("zstdCodec.scan() awaits reads that would block", async () => {
  const stored = new MemoryText(FILE.stored, { blocks: () => true });
  const blocks = await Array.fromAsync(zstdCodec.scan(stored));
  assertEquals(joined(blocks.map(({ text }) => text)), TEXT);
});

/** Larger than what is unpacked without threads, because its bytes cannot be compressed. */
async function largeFile(): Promise<{ stored: Uint8Array<ArrayBuffer>; text: Uint8Array }> {
  const text = new Uint8Array(THREADS_FROM_BYTES + 64 * 1024);
  for (let at = 0; at < text.length; at += 65_536) {
    crypto.getRandomValues(text.subarray(at, at + 65_536));
  }
  return { text, stored: (await compressed([text])).stored };
}

Deno.test("zstdCodec.scan() of a large file unpacks with threads, and finds damage", async () => {
  const { text, stored } = await largeFile();
  assertEquals(await scannedText(zstdCodec, stored), text);
  stored[3 * 1024 * 1024]! ^= 1;
  assertMatch(await errorOf(stored), /^File damaged: memory \(.*checksum.*from byte [\d,]+ on\)\./);
});

Deno.test("zstdCodec.scan() leaves no thread if its receiver stops, or the signal is aborted", async () => {
  const { stored } = await largeFile();
  for await (const block of zstdCodec.scan(new MemoryText(stored))) {
    assertEquals(block.textOffset, 0);
    break;
  }
  const reason = new Error("enough");
  const controller = new AbortController();
  const blocks = zstdCodec.scan(new MemoryText(stored), { signal: controller.signal });
  await blocks.next();
  controller.abort(reason);
  assertEquals(await assertRejects(() => Array.fromAsync(blocks)), reason);
});
