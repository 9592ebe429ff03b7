import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { buildIndex } from "../../src/index/build/build_index.ts";
import { FINGERPRINT_BYTES } from "../../src/source/fingerprint.ts";
import {
  HEADER_BYTES,
  linesInPage,
  overflowOffset,
  pageCount,
  SLOT_HEADER_BYTES,
  slotBytes,
  slotOffset,
} from "../../src/index/format/layout.ts";
import { encodeHeader, type IndexHeader, MAGIC } from "../../src/index/format/header.ts";
import { IndexError, type IndexProblem } from "../../src/index/index_error.ts";
import { readHeader } from "../../src/index/index_file.ts";
import { IndexReader } from "../../src/index/index_reader.ts";
import {
  checksumSeeds,
  encodePointer,
  isPointer,
  packedPageBytes,
  packedWidthBits,
  packLengths,
} from "../../src/index/format/page_codec.ts";
import { buildFrom, latin1, type Places, withPlaces } from "../support/index_files.ts";
import {
  assertSameLines,
  type Line,
  linesOf,
  linesOfLengths,
  linesOfPage,
} from "../support/index_lines.ts";
import { openFilesIn } from "../support/text_threads.ts";

const LINES_PER_PAGE = 16;

/** Six pages of short lines, the last one not full; the pages 1 and 3 each have one long line. */
const TEXT = latin1(
  Array.from(
    { length: 85 },
    (_, i) => i === 20 || i === 50 ? "y".repeat(1990 + i) : "x".repeat(1 + i * i % 8),
  ).join("\n"),
);
const LINES = linesOf(TEXT);

async function withSmallIndex(
  body: (
    places: Places,
    bytes: Uint8Array<ArrayBuffer>,
    header: IndexHeader,
  ) => void | Promise<void>,
): Promise<void> {
  await withPlaces(async (places) => {
    await buildFrom(places, TEXT, LINES_PER_PAGE);
    const bytes = await Deno.readFile(places.indexPath);
    await body(places, bytes, readHeader(places.indexPath));
  });
}

/** What happens when an index is opened: the problem, or `undefined` where it opens. */
function openingProblem(path: string): IndexProblem | undefined {
  try {
    IndexReader.open(path).close();
    return undefined;
  } catch (error) {
    assert(error instanceof IndexError, `${error}`);
    return error.problem;
  }
}

/**
 * A page's lines; `undefined` where reading it is refused with an `IndexError`. It must be the same
 * whether the page is waited for or not.
 */
async function readLines(index: IndexReader, page: number): Promise<Line[] | undefined> {
  const lines = await index.readPage(page).then(linesOfPage, refusal);
  const linesOfSync = (() => {
    try {
      return linesOfPage(index.readPageSync(page));
    } catch (error) {
      return refusal(error);
    }
  })();
  assertEquals(linesOfSync, lines);
  return lines;
}

function refusal(error: unknown): undefined {
  assert(error instanceof IndexError, `${error}`);
  assertEquals(error.problem, "damaged");
}

/** Where the zeros stand that fill the slots up: no checksum covers them, and nothing reads them. */
function spareBytes(bytes: Uint8Array, header: IndexHeader): Set<number> {
  const spare = new Set<number>();
  for (let page = 0; page < pageCount(header); page++) {
    const at = slotOffset(header, page);
    const end = at + slotBytes(header, page);
    const slot = bytes.subarray(at, end);
    const used = isPointer(slot)
      ? SLOT_HEADER_BYTES
      : packedPageBytes(linesInPage(header, page), packedWidthBits(slot));
    for (let i = at + used; i < end; i++) spare.add(i);
  }
  return spare;
}

/** Asserts that every page is right or refused. @returns what is refused: pages, or -1 for all. */
async function refusedPages(path: string, what: string): Promise<number[]> {
  const problem = openingProblem(path);
  if (problem !== undefined) {
    assert(["foreign", "version", "damaged"].includes(problem), `${what}: ${problem}`);
    return [-1];
  }
  using index = IndexReader.open(path);
  const refused: number[] = [];
  for (let page = 0; page < index.pages; page++) {
    const lines = await readLines(index, page);
    if (lines === undefined) refused.push(page);
    else assertSameLines(lines, LINES.slice(page * LINES_PER_PAGE, (page + 1) * LINES_PER_PAGE));
  }
  return refused;
}

Deno.test("every page of a small index is right, and two of them overflow", async () => {
  await withSmallIndex(async ({ indexPath }, bytes, header) => {
    assertEquals(await refusedPages(indexPath, "whole"), []);
    using index = IndexReader.open(indexPath);
    assertEquals([index.lines, index.pages, index.path], [85, 6, indexPath]);
    assertEquals(header.textBytes, TEXT.length);
    // A header of 24 bytes and 16 lengths of 11 bits.
    assertEquals(bytes.length - overflowOffset(header), 2 * (24 + 22));
  });
});

Deno.test("whichever byte of an index is changed, no wrong line comes of it", async () => {
  await withSmallIndex(async ({ indexPath }, bytes, header) => {
    const spare = spareBytes(bytes, header);
    // The slots of the two pages that overflow hold a pointer only.
    assert(spare.size >= 2 * (slotBytes(header, 1) - SLOT_HEADER_BYTES));
    using file = await Deno.open(indexPath, { write: true });
    const put = (at: number, byte: number) => {
      file.seekSync(at, Deno.SeekMode.Start);
      file.writeSync(Uint8Array.of(byte));
    };
    for (let at = 0; at < bytes.length; at++) {
      for (const pattern of [0x01, 0x80, 0xff, bytes[at]!]) {
        if (pattern === 0) continue;
        put(at, bytes[at]! ^ pattern);
        const refused = await refusedPages(indexPath, `byte ${at} ^ ${pattern}`);
        const expected = spare.has(at) ? 0 : 1;
        assertEquals(refused.length, expected, `byte ${at} ^ ${pattern}: refused: ${refused}`);
      }
      put(at, bytes[at]!);
    }
    assertEquals(await refusedPages(indexPath, "put right"), []);
  });
});

Deno.test("an index cut off at any length is refused", async () => {
  await withSmallIndex(async ({ indexPath }, bytes) => {
    for (let length = bytes.length - 1; length >= 0; length--) {
      await Deno.truncate(indexPath, length);
      const expected = length < MAGIC.length ? "foreign" : "damaged";
      assertEquals(openingProblem(indexPath), expected, `${length} bytes`);
    }
  });
});

Deno.test("an index with anything behind it is refused", async () => {
  await withSmallIndex(async ({ indexPath }, bytes) => {
    for (const garbage of [1, 2, 8, 128, 5000, bytes.length]) {
      await Deno.writeFile(indexPath, bytes);
      await Deno.writeFile(indexPath, new Uint8Array(garbage).fill(7), { append: true });
      assertEquals(openingProblem(indexPath), "damaged", `${garbage} bytes more`);
    }
  });
});

Deno.test("two pages in each other's slots are refused, and the others are right", async () => {
  await withSmallIndex(async ({ indexPath }, bytes, header) => {
    const size = slotBytes(header, 0);
    for (let a = 0; a < 5; a++) {
      for (let b = a + 1; b < 5; b++) {
        const swapped = bytes.slice();
        const [atA, atB] = [slotOffset(header, a), slotOffset(header, b)];
        swapped.set(bytes.subarray(atA, atA + size), atB);
        swapped.set(bytes.subarray(atB, atB + size), atA);
        await Deno.writeFile(indexPath, swapped);
        assertEquals(await refusedPages(indexPath, `${a}, ${b}`), [a, b]);
      }
    }
  });
});

Deno.test("two overflow records in each other's place are refused", async () => {
  await withSmallIndex(async ({ indexPath }, bytes, header) => {
    const at = overflowOffset(header);
    const size = (bytes.length - at) / 2;
    const swapped = bytes.slice();
    swapped.set(bytes.subarray(at + size), at);
    swapped.set(bytes.subarray(at, at + size), at + size);
    await Deno.writeFile(indexPath, swapped);
    assertEquals(await refusedPages(indexPath, "overflow records"), [1, 3]);
  });
});

Deno.test("a page that is said to be outside of the overflow area is refused", async () => {
  await withSmallIndex(async ({ indexPath }, bytes, header) => {
    const recordBytes = packedPageBytes(LINES_PER_PAGE, 11);
    const put = async (pageOffset: number) => {
      const seed = checksumSeeds(header.fingerprint, header.linesPerPage)(1);
      const changed = bytes.slice();
      changed.set(encodePointer({ widthBits: 11, pageOffset }, seed), slotOffset(header, 1));
      await Deno.writeFile(indexPath, changed);
      return await refusedPages(indexPath, `at ${pageOffset}`);
    };
    assertEquals(await put(0), [], "where it is");
    for (const pageOffset of [1, recordBytes, recordBytes + 1, 2 * recordBytes, 2 ** 53 - 1]) {
      assertEquals(await put(pageOffset), [1], `at ${pageOffset}`);
    }
  });
});

Deno.test("a whole page of the overflow area that stands behind the index's end is refused", async () => {
  await withSmallIndex(async ({ indexPath }, bytes, header) => {
    const recordBytes = packedPageBytes(LINES_PER_PAGE, 11);
    const changed = new Uint8Array(bytes.length + recordBytes);
    changed.set(bytes);
    // The record of page 1 once more, where an index of that size would end.
    changed.copyWithin(bytes.length, overflowOffset(header), overflowOffset(header) + recordBytes);
    const pointer = { widthBits: 11, pageOffset: 2 * recordBytes };
    const seed = checksumSeeds(header.fingerprint, header.linesPerPage)(1);
    changed.set(encodePointer(pointer, seed), slotOffset(header, 1));
    await Deno.writeFile(indexPath, changed.subarray(0, bytes.length));
    using index = IndexReader.open(indexPath);
    // Behind the back of the reader, which has looked at the size.
    await Deno.writeFile(indexPath, changed);
    assertEquals(await readLines(index, 1), undefined);
    assertSameLines((await readLines(index, 3))!, LINES.slice(48, 64));
  });
});

Deno.test("a page that ends elsewhere than it must is refused", async () => {
  await withSmallIndex(async ({ indexPath }, bytes, header) => {
    const put = async (page: number, firstOffset: number, lengths: number[]) => {
      const changed = bytes.slice();
      const seed = checksumSeeds(header.fingerprint, header.linesPerPage)(page);
      const made = packLengths(Float64Array.from(lengths), firstOffset, seed);
      assert(made.length <= slotBytes(header, page));
      changed.set(made, slotOffset(header, page));
      await Deno.writeFile(indexPath, changed);
      using index = IndexReader.open(indexPath);
      return await readLines(index, page);
    };
    const last = LINES.slice(80).map((line) => line.length);
    const start = LINES[80]!.start;
    assert(await put(5, start, last) !== undefined, "the last page as it is");
    assertEquals(await put(5, start - 1, last), undefined, "ends before the text's end");
    assertEquals(await put(5, start + 1, last), undefined, "ends beyond the text's end");
    const short = new Array(LINES_PER_PAGE).fill(1);
    const end = TEXT.length - LINES_PER_PAGE;
    assert(await put(2, end - 1, short) !== undefined, "a page that ends before the last line");
    assertEquals(await put(2, end, short), undefined, "not the last, and ends with the text");
    assertEquals(await put(2, 2 ** 52, short), undefined, "far beyond the text");
  });
});

Deno.test("an index that is cut off while it is open is damaged", async () => {
  await withSmallIndex(async ({ indexPath }) => {
    using index = IndexReader.open(indexPath);
    await Deno.truncate(indexPath, HEADER_BYTES + 10);
    const error = await assertRejects(() => index.readPage(0), IndexError, indexPath);
    assertEquals(error.problem, "damaged");
    const sameError = assertThrows(() => index.readPageSync(0), IndexError, indexPath);
    assertEquals([sameError.problem, sameError.message], ["damaged", error.message]);
  });
});

Deno.test("pages read at the same time do not disturb each other", async () => {
  await withSmallIndex(async ({ indexPath }) => {
    using index = IndexReader.open(indexPath);
    const pages = await Promise.all(
      Array.from({ length: 60 }, (_, i) => index.readPage(i * 5 % 6).then(linesOfPage)),
    );
    for (const [i, lines] of pages.entries()) {
      const page = i * 5 % 6;
      assertSameLines(lines, LINES.slice(page * LINES_PER_PAGE, (page + 1) * LINES_PER_PAGE));
    }
  });
});

Deno.test("an index whose file was renamed over or removed is read on as it was", async () => {
  await withSmallIndex(async ({ textPath, indexPath }) => {
    using index = IndexReader.open(indexPath);
    await buildIndex({ textPath, indexPath, linesPerPage: 1 });
    assertSameLines(linesOfPage(await index.readPage(0)), LINES.slice(0, LINES_PER_PAGE));
    await Deno.remove(indexPath);
    assertSameLines(linesOfPage(await index.readPage(1)), LINES.slice(16, 32));
  });
});

Deno.test("a page behind the first 4 GiB of the index is read from its place", async () => {
  await withPlaces(async ({ indexPath }) => {
    const layout = { lines: 10 ** 10, linesPerPage: 1024, slotWidthBits: 7 };
    const indexBytes = overflowOffset(layout);
    const pageNumber = 9_000_000;
    const firstOffset = 2 ** 45 + 11;
    const lengths = Array.from({ length: 1024 }, (_, i) => 2 ** 30 + i % 100);
    const fingerprint = new Uint8Array(FINGERPRINT_BYTES);
    const seed = checksumSeeds(fingerprint, layout.linesPerPage)(pageNumber);
    {
      using file = await Deno.open(indexPath, { write: true, createNew: true });
      await file.truncate(indexBytes);
      await file.write(encodeHeader({ ...layout, textBytes: 2 ** 50, indexBytes, fingerprint }));
      await file.seek(slotOffset(layout, pageNumber), Deno.SeekMode.Start);
      await file.write(packLengths(Float64Array.from(lengths), firstOffset, seed));
    }
    assert(slotOffset(layout, pageNumber) > 2 ** 32);
    using index = IndexReader.open(indexPath);
    const lines = await readLines(index, pageNumber);
    assertSameLines(lines!, linesOfLengths(lengths, firstOffset));
    assertEquals(await readLines(index, pageNumber + 1), undefined);
  });
});

Deno.test("a file that is no index is foreign, and one that is not there is missing", async () => {
  await withPlaces(async ({ directory, textPath, indexPath }) => {
    assertEquals(openingProblem(indexPath), "missing");
    assertEquals(openingProblem(directory), "foreign");
    await Deno.writeFile(textPath, latin1("a\nb\n"));
    assertEquals(openingProblem(textPath), "foreign");
    await Deno.writeFile(indexPath, new Uint8Array());
    assertEquals(openingProblem(indexPath), "foreign");
    await Deno.writeFile(indexPath, MAGIC);
    assertEquals(openingProblem(indexPath), "damaged");
    const loop = `${directory}/loop`;
    await Deno.symlink(loop, loop);
    assertEquals(openingProblem(loop), "unreadable");
    assertThrows(() => IndexReader.open(`${directory}/none`), IndexError, `${directory}/none`);
  });
});

Deno.test({
  name: "an index that is closed, or was refused, leaves no file open",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await withSmallIndex(({ directory, textPath, indexPath }, bytes) => {
      const index = IndexReader.open(indexPath);
      assertEquals(openFilesIn(directory), [indexPath, indexPath]);
      index.close();
      assertEquals(openFilesIn(directory), []);
      Deno.writeFileSync(indexPath, bytes.subarray(0, -1));
      for (const path of [directory, textPath, indexPath]) {
        assert(openingProblem(path));
        assertEquals(openFilesIn(directory), []);
      }
    });
  },
});

Deno.test("a page of another text's index is refused", async () => {
  await withSmallIndex(async ({ indexPath }, bytes, header) => {
    const fingerprint = header.fingerprint.with(0, header.fingerprint[0]! ^ 1);
    bytes.set(encodeHeader({ ...header, fingerprint }));
    await Deno.writeFile(indexPath, bytes);
    using index = IndexReader.open(indexPath);
    for (let page = 0; page < index.pages; page++) {
      assertEquals(await readLines(index, page), undefined);
    }
  });
});
