import { packWindow } from "../../../../src/source/compressed/gzip/window_packing.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { deflateRawSync, gzipSync } from "node:zlib";
import type { UnpackedBlock } from "../../../../src/source/compressed/codec.ts";
import { gzipCodec, SPAN_TEXT_BYTES } from "../../../../src/source/compressed/gzip/gzip_codec.ts";
import { GzipDecoder, type GzipSpan } from "../../../../src/source/compressed/gzip/gzip_decoder.ts";
import { Inflater } from "../../../../src/source/compressed/gzip/inflater.ts";
import { LocalText } from "../../../../src/source/local/local_text.ts";
import { TextError } from "../../../../src/source/text_source.ts";
import {
  assertDamaged,
  assertSameBytes,
  join,
  jsonLines,
  noise,
  scanAll,
  sourceOf,
  STRATEGIES,
  textOrError,
  unpackBlock,
} from "../../../support/compressed.ts";
import { hasProgram } from "../../../support/programs.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";

const HAS_GZIP = await hasProgram("gzip");
const WITHOUT_GZIP = HAS_GZIP ? "" : " (ignored: there is no gzip)";

const WINDOW_BYTES = 32 * 1024;

function gzip(text: Uint8Array, options = {}): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gzipSync(text, options));
}

const HEADER = gzip(new Uint8Array()).subarray(0, 10);

// Bits of DEFLATE with fixed codes.
const FIXED = [0, 1, 0];
const FINAL_FIXED = [1, 1, 0];
const LENGTH_258 = [1, 1, 0, 0, 0, 1, 0, 1];
const END_OF_BLOCK = [0, 0, 0, 0, 0, 0, 0];

function lowestFirst(value: number, bits: number): number[] {
  return Array.from({ length: bits }, (_, at) => (value >>> at) & 1);
}

function bytesOf(bits: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, at) => bytes[at >>> 3]! |= bit << (at & 7));
  return bytes;
}

/** The spans of a file, when it is given in pieces, and spans may be short. */
function spansOf(stored: Uint8Array, enoughBytes: number, pieceBytes: number): GzipSpan[] {
  const decoder = new GzipDecoder(new Inflater(), 2 ** 31);
  const spans: GzipSpan[] = [];
  let at = 0;
  for (;;) {
    const end = decoder.run(enoughBytes);
    if (end === "needs input") {
      const piece = stored.subarray(at, at + pieceBytes);
      decoder.makeRoom().set(piece);
      at += piece.length;
      decoder.add(piece.length, at === stored.length);
      continue;
    }
    const span = decoder.takeSpan();
    if (span.text.length > 0) spans.push(span);
    if (end === "file ended") return spans;
  }
}

function unpackSpan(stored: Uint8Array, span: GzipSpan): Uint8Array {
  const from = Math.floor(span.startBit / 8);
  const part = stored.slice(from, Math.ceil(span.endBit / 8));
  const block = {
    textOffset: 0,
    textBytes: span.text.length,
    storedOffset: from,
    storedBytes: part.length,
    skippedBits: span.startBit % 8,
  };
  return gzipCodec.unpack(part, block, span.window && packWindow(span.window));
}

const MEMBER = fc.tuple(
  fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.nat(60_000).map(jsonLines),
    fc.nat(3000).map(noise),
    fc.nat(40_000).map((bytes) => new Uint8Array(bytes)),
  ),
  fc.record({
    level: fc.nat(9),
    memLevel: fc.integer({ min: 1, max: 9 }),
    strategy: fc.constantFrom(...Object.values(STRATEGIES)),
  }),
);

Deno.test("GzipDecoder: every span of any members can be unpacked, however the file comes in", () => {
  const offsets = new Set<number>();
  const files = fc.array(MEMBER, { minLength: 1, maxLength: 5 });
  const enough = fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 100_000 }));
  fc.assert(
    fc.property(files, enough, fc.integer({ min: 1, max: 50_000 }), (members, some, pieceBytes) => {
      const text = join(...members.map(([content]) => content));
      const stored = join(...members.map(([content, options]) => gzip(content, options)));
      const spans = spansOf(stored, some, pieceBytes);
      assertSameBytes(join(...spans.map((span) => span.text)), text);
      for (const span of spans) {
        offsets.add(span.startBit % 8);
        assertSameBytes(unpackSpan(stored, span), span.text);
      }
    }),
    { numRuns: 150 },
  );
  assertEquals([...offsets].sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("GzipDecoder: a window has what the span refers to, and nothing else", () => {
  const repeatedBytes = 258;
  const before = noise(WINDOW_BYTES);
  // Two more blocks, which repeat what begins 1,100 and 1,300 bytes before them.
  const distance = (bytes: number) => [1, 0, 1, 0, 0, ...lowestFirst(bytes - 1025, 9)];
  const repeats = bytesOf([
    ...[...FIXED, ...LENGTH_258, ...distance(1100), ...END_OF_BLOCK],
    ...[...FINAL_FIXED, ...LENGTH_258, ...distance(1300), ...END_OF_BLOCK],
  ]);
  const one = join(before, before.subarray(-1100, -1100 + repeatedBytes));
  const text = join(one, one.subarray(-1300, -1300 + repeatedBytes));
  const storedBlock = Uint8Array.of(0, 0, 0x80, 0xff, 0x7f);
  const stored = join(HEADER, storedBlock, before, repeats, gzip(text).subarray(-8));
  const [first, second, third] = spansOf(stored, 1, 1000);
  assertEquals(first!.window, undefined);
  for (const [span, bytes] of [[second!, 1100], [third!, 1300]] as const) {
    const expected = new Uint8Array(bytes);
    expected.set(span.text);
    assertSameBytes(span.window!, expected);
  }
  assertSameBytes(join(first!.text, second!.text, third!.text), text);
});

Deno.test("gzipCodec: spans are about 1 MiB of text, and contiguous", async () => {
  const text = jsonLines(5_000_000);
  for (const read of ["at once", "awaited"] as const) {
    const { text: scanned, blocks } = await scanAll(gzipCodec, gzip(text), read);
    assertSameBytes(scanned, text);
    assertEquals(blocks.length, Math.floor(text.length / SPAN_TEXT_BYTES) + 1);
    for (const block of blocks.slice(0, -1)) {
      assert(block.textBytes >= SPAN_TEXT_BYTES && block.textBytes < SPAN_TEXT_BYTES * 1.25);
    }
    assertEquals(blocks[0]!.window, undefined);
    assert(blocks.slice(1).every(({ window }) => window!.length <= WINDOW_BYTES));
  }
});

Deno.test("gzipCodec: two scans and unpacking may take turns", async () => {
  const [a, b] = [jsonLines(3_000_000), noise(3_000_000)];
  const [storedA, storedB] = [gzip(a), gzip(b)];
  const scanA = gzipCodec.scan(sourceOf(storedA, "awaited"));
  const scanB = gzipCodec.scan(sourceOf(storedB));
  const texts: [Uint8Array[], Uint8Array[]] = [[], []];
  let left = 2;
  while (left > 0) {
    left = 2;
    const results = await Promise.all([scanA.next(), scanB.next()]);
    results.forEach(({ done, value }, which) => {
      if (done === true) left--;
      else {
        const block = value as UnpackedBlock;
        texts[which]!.push(unpackBlock(gzipCodec, which === 0 ? storedA : storedB, block));
      }
    });
  }
  assertSameBytes(join(...texts[0]), a);
  assertSameBytes(join(...texts[1]), b);
});

Deno.test("gzipCodec.scan() of many small members has few blocks", async () => {
  const parts = Array.from({ length: 3000 }, (_, i) => jsonLines(1000 + i % 7));
  const stored = join(...parts.map((part) => gzip(part)), gzip(new Uint8Array()));
  const { text, blocks } = await scanAll(gzipCodec, stored);
  assertSameBytes(text, join(...parts));
  assertEquals(blocks.length, Math.ceil(text.length / (SPAN_TEXT_BYTES + 2000)));
});

Deno.test("gzipCodec.scan() of an empty text has no blocks", async () => {
  const empty = gzip(new Uint8Array());
  for (const stored of [empty, join(empty, empty), join(empty, new Uint8Array(5))]) {
    assertEquals(await scanAll(gzipCodec, stored), { text: new Uint8Array(), blocks: [] });
  }
});

Deno.test("gzipCodec.scan() ends a span with little text when it is long in the file", async () => {
  // A stored block without text has 5 bytes.
  const nothing = new Uint8Array(6_000_000).map((_, at) => [0, 0, 0, 255, 255][at % 5]!);
  const text = jsonLines(1000);
  const trailer = gzip(text).slice(-8);
  const stored = join(HEADER, nothing, deflateRawSync(text), trailer, gzip(text));
  const { text: scanned, blocks } = await scanAll(gzipCodec, stored);
  assertSameBytes(scanned, join(text, text));
  assert(blocks.every(({ storedBytes }) => storedBytes < 6_000_000));
});

Deno.test("gzipCodec.scan() ignores zeros after the last member, as gzip does", async () => {
  const text = jsonLines(5000);
  for (const zeros of [1, 511, 3_000_000]) {
    const { text: scanned, blocks } = await scanAll(
      gzipCodec,
      join(gzip(text), new Uint8Array(zeros)),
    );
    assertSameBytes(scanned, text);
    assert(blocks.at(-1)!.storedBytes < 5000);
  }
});

Deno.test("gzipCodec.scan() refuses what comes after the last member", async () => {
  const stored = gzip(jsonLines(5000));
  for (const rest of [[65], [0, 65], [0x1f], [0x1f, 0x8b, 8], [...new Uint8Array(2_000_000), 1]]) {
    const result = await textOrError(gzipCodec, join(stored, Uint8Array.from(rest)));
    assert(result instanceof TextError, `${rest.slice(0, 3)}`);
  }
});

Deno.test("gzipCodec.scan() refuses a file that is cut off anywhere", async () => {
  const stored = gzip(jsonLines(2000));
  for (let bytes = 0; bytes < stored.length; bytes++) {
    const result = await textOrError(gzipCodec, stored.subarray(0, bytes));
    assert(result instanceof TextError, `${bytes}`);
    assertEquals(
      result.message,
      'File damaged: memory (it ends early). Test it with "gzip -t", and restore it from a backup.',
    );
  }
});

Deno.test("gzipCodec.scan() refuses a wrong checksum or length in any trailer", async () => {
  const members = [gzip(jsonLines(1000)), gzip(jsonLines(1500))];
  const stored = join(...members);
  for (const end of [members[0]!.length, stored.length]) {
    for (let at = end - 8; at < end; at++) {
      const damaged = stored.slice();
      damaged[at]! ^= 1;
      assert(await textOrError(gzipCodec, damaged) instanceof TextError, `byte ${at}`);
    }
  }
});

Deno.test("gzipCodec.scan() refuses a member that refers to the text of the one before", async () => {
  const text = jsonLines(5000);
  // 258 bytes that begin 1,025 bytes before the member.
  const distance = [1, 0, 1, 0, 0, ...lowestFirst(0, 9)];
  const repeat = bytesOf([...FINAL_FIXED, ...LENGTH_258, ...distance, ...END_OF_BLOCK]);
  const trailer = gzip(text.slice(-1025, -1025 + 258)).subarray(-8);
  const result = await textOrError(gzipCodec, join(gzip(text), HEADER, repeat, trailer));
  assert(result instanceof TextError);
});

Deno.test("gzipCodec.scan() of a damaged file fails, or the text is right", async () => {
  const text = jsonLines(1500);
  const stored = gzip(text);
  let errors = 0;
  for (let at = 0; at < stored.length; at++) {
    for (const mask of [1, 0x80, 0xff]) {
      const damaged = stored.slice();
      damaged[at]! ^= mask;
      const result = await textOrError(gzipCodec, damaged);
      if (result instanceof Error) errors++;
      else assertSameBytes(result, text, `byte ${at}`);
    }
  }
  assert(errors > 2 * stored.length);
});

Deno.test("gzipCodec.unpack() of a damaged span fails, or returns as many bytes", async () => {
  const stored = gzip(jsonLines(1500));
  const [block] = (await scanAll(gzipCodec, stored)).blocks;
  const part = stored.slice(block!.storedOffset, block!.storedOffset + block!.storedBytes);
  for (let at = 0; at < part.length; at++) {
    const damaged = part.slice();
    damaged[at]! ^= 0xff;
    try {
      assertEquals(gzipCodec.unpack(damaged, block!).length, block!.textBytes);
    } catch (error) {
      assertEquals((error as Error).name, "DamagedBlock");
    }
    assertDamaged(() => gzipCodec.unpack(part.subarray(0, at), block!), `${at} bytes`);
  }
  for (const textBytes of [1, block!.textBytes - 1, block!.textBytes + 1, 64 * 1024 * 1024]) {
    assertDamaged(() => gzipCodec.unpack(part, { ...block!, textBytes }), `${textBytes}`);
  }
});

Deno.test("gzipCodec.scan() refuses a block of DEFLATE of more than 64 MiB", async () => {
  // "A", and 258 bytes at distance 1 again and again. Eight matches are a whole number of bytes.
  const match = [...LENGTH_258, 0, 0, 0, 0, 0];
  const start = [...FINAL_FIXED, ...[0, 1, 1, 1, 0, 0, 0, 1]];
  while (start.length % 8 !== 0) start.push(...match);
  const matches = bytesOf(Array.from({ length: 8 }, () => match).flat());
  const long = new Uint8Array(600_000).map((_, at) => matches[at % matches.length]!);
  const stored = join(HEADER, bytesOf(start), long);
  const result = await textOrError(gzipCodec, stored);
  assert(result instanceof TextError);
  assertEquals(
    result.message,
    "Cannot read lines: memory (it has a part of more than 64 MiB that cannot be unpacked in parts). " +
      'Recompress it with "gzip -dc FILE | linesvr compress - -o FILE.zst".',
  );
});

Deno.test("gzipCodec.scan() ends with the reason of its signal", async () => {
  const aborted = AbortSignal.abort(new Error("stopped"));
  const scan = gzipCodec.scan(sourceOf(gzip(jsonLines(1000))), { signal: aborted });
  await assertRejects(() => scan.next(), Error, "stopped");
});

Deno.test({
  name: `gzipCodec reads what gzip writes, alone and one after the other${WITHOUT_GZIP}`,
  ignore: !HAS_GZIP,
  fn: () =>
    inTemporaryDirectory(async (directory) => {
      const text = jsonLines(2_500_000);
      const path = `${directory}/text`;
      await Deno.writeFile(path, text);
      const parts: Uint8Array[] = [];
      for (const option of ["-1", "-6", "-9", "-n", "--rsyncable"]) {
        const { stdout } = await new Deno.Command("gzip", { args: [option, "-c", path] }).output();
        parts.push(stdout);
      }
      const stored = join(...parts);
      await Deno.writeFile(`${path}.gz`, stored);
      using local = LocalText.openSync(`${path}.gz`, { mayBlock: false });
      const awaited = await Array.fromAsync(gzipCodec.scan(local));
      const { text: scanned, blocks } = await scanAll(gzipCodec, stored);
      assertSameBytes(scanned, join(...parts.map(() => text)));
      assertEquals(blocks.length, awaited.length);
    }),
});
