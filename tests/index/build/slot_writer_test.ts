import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { HEADER_BYTES } from "../../../src/index/format/layout.ts";
import {
  checksumSeeds,
  encodePointer,
  type PackedPage,
  packedPageBytes,
  packedWidthBits,
} from "../../../src/index/format/page_codec.ts";
import { SlotWriter } from "../../../src/index/build/slot_writer.ts";
import { assertSameBytes, concatBytes } from "../../support/e2e_bytes.ts";
import { lineLengths, MADE_UP_FINGERPRINT, packedPagesOf } from "../../support/index_lines.ts";
import { WatchedFiles, withDraft } from "../../support/index_scratch.ts";

const slotWidth = fc.oneof(fc.nat(8), fc.nat(53));
const linesPerPage = fc.constantFrom(1, 2, 5, 64);
const lengths = lineLengths({ maxLength: 200 });

/** Three pages, of which the second is larger than any buffer. */
const LARGE_LENGTHS = Array.from({ length: 3 * 65_536 - 9 }, (_, i) => i === 70_000 ? 2 ** 50 : 1);

const SEED_OF = checksumSeeds(MADE_UP_FINGERPRINT, 1024);

/** The expected bytes after the header: slot by slot, then the pages that do not fit. */
function expectedOf(pages: readonly PackedPage[], slotWidth: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  const records: Uint8Array[] = [];
  let pageOffset = 0;
  for (const [number, { lines, bytes }] of pages.entries()) {
    const slot = new Uint8Array(packedPageBytes(lines, slotWidth));
    if (bytes.length <= slot.length) {
      slot.set(bytes);
    } else {
      slot.set(
        encodePointer({ widthBits: packedWidthBits(bytes), pageOffset }, SEED_OF(number)),
      );
      records.push(bytes);
      pageOffset += bytes.length;
    }
    pieces.push(slot);
  }
  return concatBytes([...pieces, ...records]);
}

/** Writes the pages, and returns the size of the file and the bytes after its header. */
async function written(
  pages: readonly PackedPage[],
  slotWidth: number,
): Promise<{ size: number; content: Uint8Array }> {
  let result: { size: number; content: Uint8Array } | undefined;
  await withDraft((draft, { draftPath }) => {
    const files = new WatchedFiles(draft);
    const writer = new SlotWriter(files, slotWidth, SEED_OF);
    for (const page of pages) writer.write(page);
    const size = writer.finish();
    const overflows = pages.some(({ lines, bytes }) =>
      bytes.length > packedPageBytes(lines, slotWidth)
    );
    assertEquals([files.opened, files.open], [overflows ? 1 : 0, 0]);
    result = { size, content: Deno.readFileSync(draftPath).subarray(HEADER_BYTES) };
  });
  return result!;
}

Deno.test("SlotWriter writes pages that fit into their slots, and the others after all slots", async () => {
  await fc.assert(
    fc.asyncProperty(linesPerPage, lengths, slotWidth, async (linesPerPage, lengths, slotWidth) => {
      const pages = packedPagesOf(linesPerPage, lengths);
      const expected = expectedOf(pages, slotWidth);
      const { size, content } = await written(pages, slotWidth);
      assertSameBytes(content, expected, "the file");
      assertEquals(size, HEADER_BYTES + expected.length);
    }),
    { numRuns: 40, endOnFailure: true },
  );
});

Deno.test("SlotWriter writes pages larger than its buffers", async () => {
  const pages = packedPagesOf(65_536, LARGE_LENGTHS);
  for (const slotWidth of [0, 50]) {
    const { content } = await written(pages, slotWidth);
    assertSameBytes(content, expectedOf(pages, slotWidth), `slots of ${slotWidth} bits`);
  }
});

Deno.test("SlotWriter.rewrite() leaves what a writer of the new width writes", async () => {
  const assertRewritten = async (
    linesPerPage: number,
    lengths: number[],
    before: number,
    after: number,
  ) => {
    await withDraft((draft, { draftPath }) => {
      const pages = packedPagesOf(linesPerPage, lengths);
      const files = new WatchedFiles(draft);
      const writer = new SlotWriter(files, before, SEED_OF);
      for (const page of pages) writer.write(page);
      writer.rewrite(after, lengths.length, linesPerPage);
      const expected = expectedOf(pages, after);
      assertEquals(writer.finish(), HEADER_BYTES + expected.length);
      assertEquals(files.open, 0);
      const what = `slots of ${before}, then ${after} bits`;
      assertSameBytes(Deno.readFileSync(draftPath).subarray(HEADER_BYTES), expected, what);
    });
  };
  await fc.assert(
    fc.asyncProperty(linesPerPage, lengths, slotWidth, slotWidth, assertRewritten),
    { numRuns: 40, endOnFailure: true },
  );
  for (const [before, after] of [[0, 50], [50, 0]] as const) {
    await assertRewritten(65_536, LARGE_LENGTHS, before, after);
  }
});

Deno.test("SlotWriter.write() after rewrite() goes on with the new width", async () => {
  await withDraft((draft, { draftPath }) => {
    const pages = packedPagesOf(2, [1, 2 ** 40, 5, 6, 7, 300]);
    const writer = new SlotWriter(new WatchedFiles(draft), 0, SEED_OF);
    for (const page of pages.slice(0, 2)) writer.write(page);
    writer.rewrite(1, 4, 2);
    writer.write(pages[2]!);
    writer.finish();
    assertSameBytes(Deno.readFileSync(draftPath).subarray(HEADER_BYTES), expectedOf(pages, 1), "");
  });
});

Deno.test("SlotWriter discards what an earlier writer wrote to the file", async () => {
  await withDraft((draft, { draftPath }) => {
    const files = new WatchedFiles(draft);
    const before = new SlotWriter(files, 30, SEED_OF);
    for (const page of packedPagesOf(2, [1, 2 ** 40, 5, 6, 7, 8])) before.write(page);
    before.finish();
    const pages = packedPagesOf(2, [3, 1]);
    const writer = new SlotWriter(files, 2, SEED_OF);
    for (const page of pages) writer.write(page);
    assertEquals(writer.finish(), HEADER_BYTES + 25);
    assertSameBytes(Deno.readFileSync(draftPath).subarray(HEADER_BYTES), expectedOf(pages, 2), "");
  });
});

Deno.test("SlotWriter puts a wider page into a slot that has as many bytes", async () => {
  // Two lengths of 1 to 4 bits take one byte, of 5 bits two.
  const page = (longest: number) => packedPagesOf(2, [1, 1 + longest]);
  const recordBytes = 26;
  assertEquals((await written(page(0b1), 1)).content.length, 25);
  assertEquals((await written(page(0b1111), 1)).content.length, 25);
  assertEquals((await written(page(0b11111), 1)).content.length, 25 + recordBytes);
});

Deno.test("SlotWriter without a page writes nothing after the header", async () => {
  for (const slotWidth of [0, 53]) {
    const { size, content } = await written([], slotWidth);
    assertEquals([size, content.length], [HEADER_BYTES, 0]);
  }
});

Deno.test("SlotWriter.write() has copied the page when it returns", async () => {
  await withDraft((draft, { draftPath }) => {
    const pages = packedPagesOf(2, [1, 9, 1, 2 ** 30]);
    const expected = expectedOf(pages, 4);
    const writer = new SlotWriter(new WatchedFiles(draft), 4, SEED_OF);
    for (const page of pages) {
      writer.write(page);
      page.bytes.fill(0xee);
    }
    writer.finish();
    assertSameBytes(Deno.readFileSync(draftPath).subarray(HEADER_BYTES), expected, "the file");
  });
});

Deno.test("SlotWriter.close() before finish() closes the scratch file, and can be repeated", async () => {
  await withDraft((draft) => {
    const files = new WatchedFiles(draft);
    const writer = new SlotWriter(files, 0, SEED_OF);
    for (const page of packedPagesOf(2, [1, 2])) writer.write(page);
    assertEquals([files.opened, files.open], [1, 1]);
    writer.close();
    assertEquals([files.opened, files.open], [1, 0]);
    writer.close();
  });
});

Deno.test("SlotWriter.write() of a page that does not fit throws if no scratch file can be opened", async () => {
  await withDraft((draft) => {
    const writer = new SlotWriter(new WatchedFiles(draft, 0), 0, SEED_OF);
    const [fits, doesNot] = packedPagesOf(2, [4, 4, 1, 2]);
    writer.write(fits!);
    assertThrows(() => writer.write(doesNot!), Error, "no more scratch files");
    writer.close();
  });
});
