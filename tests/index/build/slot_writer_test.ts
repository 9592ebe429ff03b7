import { assert, assertEquals, assertThrows } from "@std/assert";
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
import {
  copyOf,
  lineLengths,
  MADE_UP_FINGERPRINT,
  packedPagesOf,
} from "../../support/index_lines.ts";
import { WatchedFiles, withDraft } from "../../support/index_scratch.ts";

const slotWidth = fc.oneof(fc.nat(8), fc.nat(53));
const linesPerPage = fc.constantFrom(1, 2, 5, 64);
const lengths = lineLengths({ maxLength: 200 });

/** Three pages, of which the second is larger than what is written and read at a time. */
const LARGE_LENGTHS = Array.from({ length: 3 * 65_536 - 9 }, (_, i) => i === 70_000 ? 2 ** 50 : 1);

const SEED_OF = checksumSeeds(MADE_UP_FINGERPRINT, 1024);

/** What is to stand behind the header: slot by slot, and then the pages that do not fit. */
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
  return joined([...pieces, ...records]);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

// Without `assertEquals`, which would show hundreds of thousands of bytes.
function assertSameBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  assertEquals(actual.length, expected.length, what);
  assert(expected.every((byte, at) => actual[at] === byte), what);
}

function assertSamePages(actual: readonly PackedPage[], expected: readonly PackedPage[]): void {
  assertEquals(actual.map((page) => page.lines), expected.map((page) => page.lines));
  for (const [i, { bytes }] of expected.entries()) {
    assertSameBytes(actual[i]!.bytes, bytes, `page ${i}`);
  }
}

/** Writes the pages, and gives the file's size and what stands behind its header. */
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

Deno.test("pages that fit stand in their slots, and the others behind all slots", async () => {
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

Deno.test("pages larger than any buffer stand in their slots, and behind them", async () => {
  const pages = packedPagesOf(65_536, LARGE_LENGTHS);
  for (const slotWidth of [0, 50]) {
    const { content } = await written(pages, slotWidth);
    assertSameBytes(content, expectedOf(pages, slotWidth), `slots of ${slotWidth} bits`);
  }
});

Deno.test("what was written is given back as it came, page by page, before the end", async () => {
  const assertGivenBack = async (linesPerPage: number, lengths: number[], slotWidth: number) => {
    await withDraft((draft) => {
      const pages = packedPagesOf(linesPerPage, lengths);
      const writer = new SlotWriter(new WatchedFiles(draft), slotWidth, SEED_OF);
      for (const page of pages) writer.write(page);
      const given: PackedPage[] = [];
      for (const page of writer.pages(lengths.length, linesPerPage)) given.push(copyOf(page));
      assertSamePages(given, pages);
      writer.close();
    });
  };
  await fc.assert(
    fc.asyncProperty(linesPerPage, lengths, slotWidth, assertGivenBack),
    { numRuns: 40, endOnFailure: true },
  );
  for (const slotWidth of [0, 50]) await assertGivenBack(65_536, LARGE_LENGTHS, slotWidth);
});

Deno.test("a writer takes the place of one before it, and nothing of that is left", async () => {
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

Deno.test("a wider page fits where it takes as many bytes as the slot has", async () => {
  // Two lengths of 1 to 4 bits take one byte, of 5 bits two.
  const page = (longest: number) => packedPagesOf(2, [1, 1 + longest]);
  const recordBytes = 26;
  assertEquals((await written(page(0b1), 1)).content.length, 25);
  assertEquals((await written(page(0b1111), 1)).content.length, 25);
  assertEquals((await written(page(0b11111), 1)).content.length, 25 + recordBytes);
});

Deno.test("without a page there is nothing behind the header", async () => {
  for (const slotWidth of [0, 53]) {
    const { size, content } = await written([], slotWidth);
    assertEquals([size, content.length], [HEADER_BYTES, 0]);
  }
});

Deno.test("a page that was written may be changed by the caller", async () => {
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

Deno.test("a writer that is closed before its end closes its scratch file, and may be closed again", async () => {
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

Deno.test("where no scratch file can be opened, writing what does not fit throws", async () => {
  await withDraft((draft) => {
    const writer = new SlotWriter(new WatchedFiles(draft, 0), 0, SEED_OF);
    const [fits, doesNot] = packedPagesOf(2, [4, 4, 1, 2]);
    writer.write(fits!);
    assertThrows(() => writer.write(doesNot!), Error, "No more scratch files");
    writer.close();
  });
});
