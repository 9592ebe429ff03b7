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
import { IndexReader, openIndex, readHeader } from "../../src/index/index_reader.ts";
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
import { MemoryText } from "../support/text_memory.ts";
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

/** What goes wrong when an index is opened; undefined if nothing does. */
async function openingProblem(path: string): Promise<IndexProblem | undefined> {
  try {
    await using _index = await openIndex(path, { mayBlock: true });
    return undefined;
  } catch (error) {
    assert(error instanceof IndexError, `${error}`);
    return error.problem;
  }
}

/**
 * The lines of a page; undefined if the reader says that it is damaged. Must be the same whether the page is
 * awaited or not.
 */
async function readLines(index: IndexReader, page: number): Promise<Line[] | undefined> {
  const lines = await index.readPage(page).then(linesOfPage, refusal);
  const linesOfSync = (() => {
    try {
      return linesOfPage(index.tryReadPage(page)!);
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

/** The positions of the zeros that fill the slots: no checksum covers them, and nothing reads them. */
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

/** Asserts that every page is right or refused. @returns which pages are refused; -1 for all. */
async function refusedPages(path: string, what: string): Promise<number[]> {
  const problem = await openingProblem(path);
  if (problem !== undefined) {
    assert(["foreign", "version", "damaged"].includes(problem), `${what}: ${problem}`);
    return [-1];
  }
  await using index = await openIndex(path, { mayBlock: true });
  const refused: number[] = [];
  for (let page = 0; page < index.pages; page++) {
    const lines = await readLines(index, page);
    if (lines === undefined) refused.push(page);
    else assertSameLines(lines, LINES.slice(page * LINES_PER_PAGE, (page + 1) * LINES_PER_PAGE));
  }
  return refused;
}

Deno.test("IndexReader reads every page, of which two overflow", async () => {
  await withSmallIndex(async ({ indexPath }, bytes, header) => {
    assertEquals(await refusedPages(indexPath, "whole"), []);
    await using index = await openIndex(indexPath, { mayBlock: true });
    assertEquals([index.lines, index.pages, index.name], [85, 6, indexPath]);
    assertEquals(header.textBytes, TEXT.length);
    // A header of 24 bytes and 16 lengths of 11 bits.
    assertEquals(bytes.length - overflowOffset(header), 2 * (24 + 22));
  });
});

Deno.test("IndexReader returns no wrong line, whichever byte of an index is changed", async () => {
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
    assertEquals(await refusedPages(indexPath, "restored"), []);
  });
});

Deno.test("openIndex() of an index that is cut off at any length throws", async () => {
  await withSmallIndex(async ({ indexPath }, bytes) => {
    for (let length = bytes.length - 1; length >= 0; length--) {
      await Deno.truncate(indexPath, length);
      const expected = length < MAGIC.length ? "foreign" : "damaged";
      assertEquals(await openingProblem(indexPath), expected, `${length} bytes`);
    }
  });
});

Deno.test("openIndex() of an index with bytes after it throws", async () => {
  await withSmallIndex(async ({ indexPath }, bytes) => {
    for (const garbage of [1, 2, 8, 128, 5000, bytes.length]) {
      await Deno.writeFile(indexPath, bytes);
      await Deno.writeFile(indexPath, new Uint8Array(garbage).fill(7), { append: true });
      assertEquals(await openingProblem(indexPath), "damaged", `${garbage} bytes more`);
    }
  });
});

Deno.test("IndexReader refuses two pages in each other's slots, and reads the others", async () => {
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

Deno.test("IndexReader refuses two pages of the overflow area in each other's place", async () => {
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

Deno.test("IndexReader refuses a pointer to outside of the overflow area", async () => {
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

Deno.test("IndexReader refuses an overflow page after the end of the index", async () => {
  await withSmallIndex(async ({ indexPath }, bytes, header) => {
    const recordBytes = packedPageBytes(LINES_PER_PAGE, 11);
    const changed = new Uint8Array(bytes.length + recordBytes);
    changed.set(bytes);
    // Page 1 once more, after the end of the index.
    changed.copyWithin(bytes.length, overflowOffset(header), overflowOffset(header) + recordBytes);
    const pointer = { widthBits: 11, pageOffset: 2 * recordBytes };
    const seed = checksumSeeds(header.fingerprint, header.linesPerPage)(1);
    changed.set(encodePointer(pointer, seed), slotOffset(header, 1));
    await Deno.writeFile(indexPath, changed.subarray(0, bytes.length));
    await using index = await openIndex(indexPath, { mayBlock: true });
    // The reader has read the size already.
    await Deno.writeFile(indexPath, changed);
    assertEquals(await readLines(index, 1), undefined);
    assertSameLines((await readLines(index, 3))!, LINES.slice(48, 64));
  });
});

Deno.test("IndexReader refuses a page that ends at a wrong offset", async () => {
  await withSmallIndex(async ({ indexPath }, bytes, header) => {
    const put = async (page: number, firstOffset: number, lengths: number[]) => {
      const changed = bytes.slice();
      const seed = checksumSeeds(header.fingerprint, header.linesPerPage)(page);
      const made = packLengths(Float64Array.from(lengths), firstOffset, seed);
      assert(made.length <= slotBytes(header, page));
      changed.set(made, slotOffset(header, page));
      await Deno.writeFile(indexPath, changed);
      await using index = await openIndex(indexPath, { mayBlock: true });
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

Deno.test("IndexReader of an index that is cut off while open throws damaged", async () => {
  await withSmallIndex(async ({ indexPath }) => {
    await using index = await openIndex(indexPath, { mayBlock: true });
    await Deno.truncate(indexPath, HEADER_BYTES + 10);
    const error = await assertRejects(() => index.readPage(0), IndexError, indexPath);
    assertEquals(error.problem, "damaged");
    const sameError = assertThrows(() => index.tryReadPage(0), IndexError, indexPath);
    assertEquals([sameError.problem, sameError.message], ["damaged", error.message]);
  });
});

Deno.test("IndexReader.readPage() of many pages side by side reads each right", async () => {
  await withSmallIndex(async ({ indexPath }) => {
    await using index = await openIndex(indexPath);
    const pages = await Promise.all(
      Array.from({ length: 60 }, (_, i) => index.readPage(i * 5 % 6).then(linesOfPage)),
    );
    for (const [i, lines] of pages.entries()) {
      const page = i * 5 % 6;
      assertSameLines(lines, LINES.slice(page * LINES_PER_PAGE, (page + 1) * LINES_PER_PAGE));
    }
  });
});

Deno.test("IndexReader reads the file that it opened, even if that was replaced or removed", async () => {
  await withSmallIndex(async ({ textPath, indexPath }) => {
    await using index = await openIndex(indexPath, { mayBlock: true });
    await buildIndex({ textPath, indexPath, linesPerPage: 1 });
    assertSameLines(linesOfPage(await index.readPage(0)), LINES.slice(0, LINES_PER_PAGE));
    await Deno.remove(indexPath);
    assertSameLines(linesOfPage(await index.readPage(1)), LINES.slice(16, 32));
  });
});

Deno.test("IndexReader reads a page after the first 4 GiB of an index", async () => {
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
    await using index = await openIndex(indexPath, { mayBlock: true });
    const lines = await readLines(index, pageNumber);
    assertSameLines(lines!, linesOfLengths(lengths, firstOffset));
    assertEquals(await readLines(index, pageNumber + 1), undefined);
  });
});

Deno.test("openIndex() throws foreign for other files, missing for none", async () => {
  await withPlaces(async ({ directory, textPath, indexPath }) => {
    assertEquals(await openingProblem(indexPath), "missing");
    assertEquals(await openingProblem(directory), "foreign");
    await Deno.writeFile(textPath, latin1("a\nb\n"));
    assertEquals(await openingProblem(textPath), "foreign");
    await Deno.writeFile(indexPath, new Uint8Array());
    assertEquals(await openingProblem(indexPath), "foreign");
    await Deno.writeFile(indexPath, MAGIC);
    assertEquals(await openingProblem(indexPath), "damaged");
    const loop = `${directory}/loop`;
    await Deno.symlink(loop, loop);
    assertEquals(await openingProblem(loop), "unreadable");
    await assertRejects(() => openIndex(`${directory}/none`), IndexError, `${directory}/none`);
  });
});

Deno.test({
  name: "IndexReader leaves no file open, whether it was disposed or failed to open",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await withSmallIndex(async ({ directory, textPath, indexPath }, bytes) => {
      {
        await using _index = await openIndex(indexPath, { mayBlock: true });
        assert(openFilesIn(directory).includes(indexPath));
      }
      assertEquals(openFilesIn(directory), []);
      Deno.writeFileSync(indexPath, bytes.subarray(0, -1));
      for (const path of [directory, textPath, indexPath]) {
        assert(await openingProblem(path));
        assertEquals(openFilesIn(directory), []);
      }
    });
  },
});

Deno.test("IndexReader refuses the pages of another text's index", async () => {
  await withSmallIndex(async ({ indexPath }, bytes, header) => {
    const fingerprint = header.fingerprint.with(0, header.fingerprint[0]! ^ 1);
    bytes.set(encodeHeader({ ...header, fingerprint }));
    await Deno.writeFile(indexPath, bytes);
    await using index = await openIndex(indexPath, { mayBlock: true });
    for (let page = 0; page < index.pages; page++) {
      assertEquals(await readLines(index, page), undefined);
    }
  });
});

/** An index in memory of which the slots, the overflow area, or both have to be awaited. */
function memoryIndex(
  bytes: Uint8Array,
  header: IndexHeader,
  blocking: { slots: boolean; overflow: boolean },
): MemoryText {
  const overflowAt = overflowOffset(header);
  return new MemoryText(bytes, {
    blocks: (offset) => offset < overflowAt ? blocking.slots : blocking.overflow,
  });
}

Deno.test("IndexReader.tryReadPage() returns undefined if slot or overflow would block; readPage() reads", async () => {
  await withSmallIndex(async (_, bytes, header) => {
    for (const slots of [false, true]) {
      for (const overflow of [false, true]) {
        const source = memoryIndex(bytes, header, { slots, overflow });
        await using index = await IndexReader.open(source);
        for (let page = 0; page < index.pages; page++) {
          const blocks = slots || overflow && (page === 1 || page === 3);
          const what = `slots ${slots}, overflow ${overflow}, page ${page}`;
          assertEquals(index.tryReadPage(page) === undefined, blocks, what);
          const lines = linesOfPage(index.tryReadPage(page) ?? await index.readPage(page));
          assertSameLines(lines, LINES.slice(page * LINES_PER_PAGE, (page + 1) * LINES_PER_PAGE));
        }
      }
    }
  });
});

Deno.test("IndexReader.readPage() reads side by side, not one page after the other", async () => {
  await withSmallIndex(async (_, bytes) => {
    const allAsked = Promise.withResolvers<void>();
    let reads = 0;
    const onRead = async () => {
      if (++reads === 3) allAsked.resolve();
      await allAsked.promise;
    };
    await using index = await IndexReader.open(new MemoryText(bytes, { onRead }));
    const pages = await Promise.all([0, 2, 4].map((page) => index.readPage(page)));
    assertEquals(pages.map((page) => page.firstOffset), [0, 32, 64].map((i) => LINES[i]!.start));
  });
});

Deno.test("IndexReader.readPage() hands its signal to the source", async () => {
  await withSmallIndex(async (_, bytes) => {
    const reason = new Error("enough");
    const abort = new AbortController();
    const onRead = (_offset: number, _end: number, signal?: AbortSignal) => {
      abort.abort(reason);
      signal?.throwIfAborted();
      return Promise.resolve();
    };
    await using index = await IndexReader.open(new MemoryText(bytes, { onRead }));
    assertEquals(await assertRejects(() => index.readPage(1, abort.signal)), reason);
  });
});

Deno.test("IndexReader closes its source when it is disposed, or if opening fails", async () => {
  await withSmallIndex(async (_, bytes) => {
    const source = new MemoryText(bytes);
    const index = await IndexReader.open(source);
    assertEquals(source.isDisposed, false);
    await index[Symbol.asyncDispose]();
    assertEquals(source.isDisposed, true);
    const damaged = new MemoryText(bytes.with(20, 9));
    await assertRejects(() => IndexReader.open(damaged), IndexError, "damaged");
    assertEquals(damaged.isDisposed, true);
  });
});
