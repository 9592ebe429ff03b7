import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { gzipSync } from "node:zlib";
import { bgzfCodec } from "../../../../src/source/compressed/gzip/bgzf_codec.ts";
import { isBgzf } from "../../../../src/source/compressed/gzip/gzip_header.ts";
import { TextError } from "../../../../src/source/text_source.ts";
import {
  assertDamaged,
  assertSameBytes,
  bgzf,
  BGZF_END,
  bgzfMember,
  join,
  jsonLines,
  noise,
  scanAll,
  sourceOf,
  textOrError,
} from "../../../support/compressed.ts";
import { hasProgram } from "../../../support/programs.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";

const HAS_BGZIP = await hasProgram("bgzip");
const WITHOUT_BGZIP = HAS_BGZIP ? "" : " (ignored: there is no bgzip)";

Deno.test("bgzfCodec: every member of any file can be unpacked", async () => {
  const text = fc.oneof(
    fc.uint8Array({ maxLength: 60_000 }),
    fc.nat(60_000).map((bytes) => jsonLines(bytes).subarray(0, 65_000)),
    // At level 1, zlib makes it 5 % longer.
    fc.nat(60_000).map(noise),
  );
  const members = fc.array(fc.tuple(text, fc.integer({ min: 1, max: 9 })), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(members, async (parts) => {
      const stored = join(...parts.map(([part, level]) => bgzfMember(part, level)), BGZF_END);
      const { text, blocks } = await scanAll(bgzfCodec, stored, "awaited");
      assertSameBytes(text, join(...parts.map(([part]) => part)));
      assertEquals(blocks.length, parts.filter(([part]) => part.length > 0).length);
      assert(blocks.every(({ window, skippedBits }) => window === undefined && skippedBits === 0));
    }),
    { numRuns: 50 },
  );
});

Deno.test("bgzfCodec.scan() reads members of exactly 64 KiB of text, and a file of several pieces", async () => {
  const text = jsonLines(4_000_000);
  const { text: scanned, blocks } = await scanAll(bgzfCodec, bgzf(text, 65_536));
  assertSameBytes(scanned, text);
  assertEquals(blocks[0]!.textBytes, 65_536);
});

Deno.test("bgzfCodec.scan() needs no mark of the end, and allows it anywhere", async () => {
  const text = jsonLines(200_000);
  const complete = bgzf(text);
  const unmarked = complete.subarray(0, -BGZF_END.length);
  assertSameBytes((await scanAll(bgzfCodec, unmarked)).text, text);
  const twice = await scanAll(bgzfCodec, join(complete, complete));
  assertSameBytes(twice.text, join(text, text));
  assertEquals(await scanAll(bgzfCodec, BGZF_END), { text: new Uint8Array(), blocks: [] });
});

Deno.test("bgzfCodec.scan() refuses a file that is cut off within a member", async () => {
  const stored = bgzf(jsonLines(3000), 1000);
  const { blocks } = await scanAll(bgzfCodec, stored);
  const ends = new Set(blocks.map(({ storedOffset, storedBytes }) => storedOffset + storedBytes));
  for (let bytes = 0; bytes < stored.length; bytes++) {
    const result = await textOrError(bgzfCodec, stored.subarray(0, bytes));
    assertEquals(result instanceof TextError, !ends.has(bytes), `${bytes}`);
  }
});

Deno.test("bgzfCodec.scan() and unpack() of a damaged file fail, or the text is right", async () => {
  const text = jsonLines(1500);
  const stored = bgzf(text, 700);
  const { blocks } = await scanAll(bgzfCodec, stored);
  for (let at = 0; at < stored.length; at++) {
    for (const mask of [1, 0x80, 0xff]) {
      const damaged = stored.slice();
      damaged[at]! ^= mask;
      const result = await textOrError(bgzfCodec, damaged);
      if (!(result instanceof Error)) assertSameBytes(result, text, `byte ${at}`);
      for (const block of blocks) {
        const end = block.storedOffset + block.storedBytes;
        try {
          const unpacked = bgzfCodec.unpack(damaged.subarray(block.storedOffset, end), block);
          assertSameBytes(unpacked, block.text, `byte ${at}`);
        } catch (error) {
          assertEquals((error as Error).name, "DamagedBlock");
          assert(at >= block.storedOffset && at < end);
        }
      }
    }
  }
});

Deno.test("bgzfCodec.unpack() refuses a part of a member, and a text of another length", async () => {
  const [block] = (await scanAll(bgzfCodec, bgzf(jsonLines(1000)))).blocks;
  const stored = bgzfMember(block!.text);
  for (let bytes = 0; bytes < stored.length; bytes++) {
    assertDamaged(() => bgzfCodec.unpack(stored.subarray(0, bytes), block!), `${bytes}`);
  }
  assertDamaged(() => bgzfCodec.unpack(join(stored, stored), block!));
  assertDamaged(() => bgzfCodec.unpack(stored, { ...block!, textBytes: block!.textBytes - 1 }));
});

Deno.test("bgzfCodec.scan() refuses members that are not of BGZF, or longer than 64 KiB", async () => {
  const stored = bgzf(jsonLines(1000));
  for (const rest of [bgzfMember(new Uint8Array(70_000)), Uint8Array.of(0)]) {
    await assertRejects(
      () => Array.fromAsync(bgzfCodec.scan(sourceOf(join(stored, rest)))),
      TextError,
      "File damaged: memory (",
    );
  }
  const other = new Uint8Array(gzipSync("text"));
  await assertRejects(
    () => Array.fromAsync(bgzfCodec.scan(sourceOf(join(stored, other)))),
    TextError,
    "Cannot read lines: memory (a part of it is not of BGZF). " +
      'Recompress it with "gzip -dc FILE | linesvr compress - -o FILE.zst".',
  );
});

Deno.test("bgzfCodec.scan() ends with the reason of its signal", async () => {
  const aborted = AbortSignal.abort(new Error("stopped"));
  const scan = bgzfCodec.scan(sourceOf(bgzf(jsonLines(1000))), { signal: aborted });
  await assertRejects(() => scan.next(), Error, "stopped");
});

Deno.test({
  name: `bgzfCodec reads what bgzip writes${WITHOUT_BGZIP}`,
  ignore: !HAS_BGZIP,
  fn: () =>
    inTemporaryDirectory(async (directory) => {
      for (const text of [new Uint8Array(), jsonLines(2_500_000), noise(300_000)]) {
        const path = `${directory}/text`;
        await Deno.writeFile(path, text);
        const { stdout } = await new Deno.Command("bgzip", { args: ["-c", path] }).output();
        assert(isBgzf(stdout.subarray(0, 64)));
        assertSameBytes((await scanAll(bgzfCodec, stdout)).text, text);
      }
    }),
});
