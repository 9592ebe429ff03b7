import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { zstdCodec } from "../../../../src/source/compressed/zstd/zstd_codec.ts";
import {
  type CompressOptions,
  writeSeekableZstd,
} from "../../../../src/source/compressed/zstd/zstd_writer.ts";
import { compressed, joined, scanned, scannedText } from "../../../support/compressed_files.ts";
import { latin1 } from "../../../support/index_files.ts";

const LF = 10;
const FRAME_BYTES = 1024;
const SMALL = { frameBytes: FRAME_BYTES };

const TEXTS: Readonly<Record<string, Uint8Array>> = {
  "an empty file": latin1(""),
  "one byte": latin1("x"),
  "one LF": latin1("\n"),
  "no final LF": latin1("one\ntwo"),
  "CRLF": latin1("one\r\ntwo\r\n".repeat(500)),
  "NUL bytes": latin1("\0\n\0\0\n".repeat(500)),
  "a line longer than a frame": latin1(`short\n${"x".repeat(5000)}\nshort\n`),
  "only LFs": latin1("\n".repeat(3000)),
  "exactly one frame": latin1(`${"x".repeat(FRAME_BYTES - 1)}\n`),
  "one byte more than a frame": latin1("x".repeat(FRAME_BYTES + 1)),
  "bytes that cannot be compressed": randomBytes(3 * 1024 * 1024),
};

function randomBytes(count: number): Uint8Array {
  let state = 1;
  return new Uint8Array(count).map(() => (state = (state * 48271) % 0x7fffffff) >>> 8);
}

for (const [name, text] of Object.entries(TEXTS)) {
  Deno.test(`writeSeekableZstd: what it writes of ${name} unpacks to the same bytes`, async () => {
    const { stored, blocks } = await compressed([text], SMALL);
    const found = await scanned(zstdCodec, stored);
    assertEquals(joined(found.map(({ text }) => text)), text);
    assertEquals(
      found.map(({ text: _text, window: _window, ...block }) => block),
      blocks,
      "onFrame reports the blocks that a scan finds",
    );
  });
}

Deno.test("writeSeekableZstd: any text in any chunks unpacks to the same bytes, in the same frames", async () => {
  const line = fc.uint8Array({ maxLength: 700 });
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.nat(3000)), async (lines, cuts) => {
      const text = joined(lines.flatMap((bytes) => [bytes, latin1("\n")]));
      const chunks = [...cuts.sort((a, b) => a - b), text.length]
        .map((end, i, ends) => text.subarray(ends[i - 1] ?? 0, end));
      const whole = await compressed([text], SMALL);
      assertEquals((await compressed(chunks, SMALL)).stored, whole.stored);
      assertEquals(await scannedText(zstdCodec, whole.stored), text);
    }),
    { numRuns: 50 },
  );
});

Deno.test("writeSeekableZstd: a frame ends after the last line end that fits, or is full", async () => {
  const text = latin1(`${"x".repeat(99)}\n`.repeat(25) + "y".repeat(2500) + "\nend");
  const { blocks } = await compressed([text], SMALL);
  // 10 lines of 100 bytes; then 5 lines and, because the next line is longer than a frame, full frames.
  assertEquals(blocks.map(({ textBytes }) => textBytes), [1000, 1000, 500, 1024, 1024, 456]);
  for (const { textOffset, textBytes } of blocks.slice(0, 3)) {
    assertEquals(text[textOffset + textBytes - 1], LF);
  }
});

Deno.test("writeSeekableZstd: frames are the same if threads compress them", async () => {
  const text = latin1("some words in a line\n".repeat(150_000));
  const { stored, blocks } = await compressed([text]);
  assert(text.length > 2 * 1024 * 1024);
  assertEquals(await scannedText(zstdCodec, stored), text);
  const [first] = blocks;
  const alone = await compressed([text.subarray(0, first!.textBytes)]);
  assertEquals(
    stored.subarray(0, first!.storedBytes),
    alone.stored.subarray(0, first!.storedBytes),
  );
});

Deno.test("writeSeekableZstd: a frame that takes more than the runtime's chunk is one frame", async () => {
  const text = randomBytes(3 * 1024 * 1024);
  for (const frameBytes of [64 * 1024, 1024 * 1024, 4 * 1024 * 1024]) {
    const { stored } = await compressed([text], { frameBytes });
    assertEquals(await scannedText(zstdCodec, stored), text);
  }
});

Deno.test("writeSeekableZstd: every level can be read", async () => {
  const text = latin1("some words in a line\n".repeat(500));
  for (const level of [1, 3, 9, 19, 22]) {
    const { stored } = await compressed([text], { ...SMALL, level });
    assertEquals(await scannedText(zstdCodec, stored), text, `level ${level}`);
  }
});

Deno.test("writeSeekableZstd rejects with what its input, its output or onFrame throws, and leaves no thread", async () => {
  const chunk = new Uint8Array(3 * 1024 * 1024);
  const failure = new Error("disk full");
  const fail = () => {
    throw failure;
  };
  const write = (
    chunks: () => AsyncGenerator<Uint8Array>,
    out: (bytes: Uint8Array) => void,
    options: CompressOptions = {},
  ) => writeSeekableZstd(chunks(), out, options);
  const chunks = async function* () {
    yield chunk;
  };
  const failing = async function* () {
    yield chunk;
    fail();
  };
  assertEquals(await assertRejects(() => write(chunks, fail)), failure);
  assertEquals(await assertRejects(() => write(failing, () => {})), failure);
  assertEquals(await assertRejects(() => write(chunks, () => {}, { onFrame: fail })), failure);
  const signal = AbortSignal.abort(failure);
  assertEquals(await assertRejects(() => write(chunks, () => {}, { signal })), failure);
});
