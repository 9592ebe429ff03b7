import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import {
  buildIndex,
  buildIndexOf,
  type BuildOptions,
  type BuildResult,
} from "../../src/index/build/build_index.ts";
import { overflowOffset } from "../../src/index/format/layout.ts";
import { IndexError } from "../../src/index/index_error.ts";
import { openIndex, readHeader } from "../../src/index/index_reader.ts";
import { TRIAL_BYTES } from "../../src/index/build/index_writer.ts";
import { helperCount, THREADS_MAX } from "../../src/index/scan/newline_scanner.ts";
import { SEGMENT_BYTES } from "../../src/index/scan/segment_scanner.ts";
import { LocalText } from "../../src/source/local/local_text.ts";
import { TextError, type TextSource } from "../../src/source/text_source.ts";
import { buildFrom, latin1, namesIn, type Places, withPlaces } from "../support/index_files.ts";
import {
  assertIndexOf,
  assertSameLines,
  linesOf,
  linesOfIndex,
  linesOfLengths,
  texts,
} from "../support/index_lines.ts";
import { MemoryText } from "../support/text_memory.ts";
import { openFilesIn, until } from "../support/text_threads.ts";
import { CAN_MOUNT, NEEDS_MOUNT, withSmallDisk } from "../support/index_small_disk.ts";

const PAGE_SIZES = [1, 2, 3, 64, 1024];

/** A source of each kind: a file, memory, and one of which all or some reads have to be awaited. */
const SOURCES: Record<string, (path: string, content: Uint8Array) => TextSource> = {
  "a file": (path) => LocalText.openSync(path, { mayBlock: true }),
  "memory": (_, content) => new MemoryText(content),
  "awaited reads": (_, content) => new MemoryText(content, { blocks: () => true }),
  "some awaited reads": (_, content) =>
    new MemoryText(content, { blocks: (offset) => offset / SEGMENT_BYTES % 2 === 1 }),
};

/** A text of several segments, so that something can happen between two of them. */
const SEGMENTS = 3;
const LONG_TEXT = new Uint8Array(SEGMENTS * SEGMENT_BYTES).fill(0x78);
for (let at = 99; at < LONG_TEXT.length; at += 100) LONG_TEXT[at] = 0x0a;

/** In pages of two lines, its first pages need narrower slots than all of them together. */
const TWO_KINDS_TEXT = latin1(
  "\n\n".repeat(Math.ceil(TRIAL_BYTES / 24)) + ("\n" + "x".repeat(255) + "\n").repeat(6000),
);

function overflowBytes(indexPath: string): number {
  const header = readHeader(indexPath);
  return header.indexBytes - overflowOffset(header);
}

function assertBuiltWhole(
  result: BuildResult,
  lines: number,
  textBytes: number,
  indexBytes: number,
): void {
  const { header: _header, text, ...numbers } = result;
  assertEquals(numbers, { lines, textBytes, indexBytes, scannedBytes: textBytes });
  assertEquals(text.size, textBytes);
}

async function assertBuilt(places: Places, text: Uint8Array, linesPerPage: number): Promise<void> {
  const result = await buildFrom(places, text, linesPerPage);
  const indexBytes = Deno.statSync(places.indexPath).size;
  assertBuiltWhole(result, linesOf(text).length, text.length, indexBytes);
  await assertIndexOf(places.indexPath, text);
}

/** Builds while `meanwhile` happens after the first segment, and returns what the building threw. */
async function failureOf(
  { textPath, indexPath }: Places,
  meanwhile: () => void,
  options: Partial<BuildOptions> = {},
): Promise<Error> {
  let isFirst = true;
  const onProgress = () => {
    if (isFirst) meanwhile();
    isFirst = false;
  };
  return await assertRejects(
    () => buildIndex({ textPath, indexPath, onProgress, ...options }),
    Error,
  );
}

/** Runs a test twice: without an index, and with an old one. */
async function withAndWithoutOldIndex(
  body: (places: Places, assertAsBefore: (...more: string[]) => void) => Promise<void>,
): Promise<void> {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, LONG_TEXT);
    await body(places, (...more) => {
      assertEquals(namesIn(places.directory), [...more, "text"].sort());
    });
  });
  await withPlaces(async (places) => {
    await buildFrom(places, latin1("an\nearlier\ntext\n"));
    const before = await Deno.readFile(places.indexPath);
    await Deno.writeFile(places.textPath, LONG_TEXT);
    await body(places, (...more) => {
      assertEquals(namesIn(places.directory), [...more, "text", "text.lineidx"].sort());
      assertEquals(Deno.readFileSync(places.indexPath), before);
    });
  });
}

/** A text of lines of these lengths, of which the last may have no LF. */
function textOfLengths(lengths: readonly number[], endsWithLf: boolean): Uint8Array<ArrayBuffer> {
  const text = new Uint8Array(lengths.reduce((a, b) => a + b, 0)).fill(0x78);
  for (const { start, length } of linesOfLengths(lengths)) text[start + length - 1] = 0x0a;
  if (!endsWithLf) text[text.length - 1] = 0x78;
  return text;
}

/** Builds from every kind of source, and asserts that the indexes are the same, byte by byte. */
async function assertSameFromEverySource(
  places: Places,
  text: Uint8Array<ArrayBuffer>,
  linesPerPage: number,
): Promise<void> {
  const { textPath, indexPath } = places;
  await Deno.writeFile(textPath, text);
  let first: Uint8Array | undefined;
  for (const [kind, open] of Object.entries(SOURCES)) {
    await using source = open(textPath, text);
    const result = await buildIndexOf(source, { indexPath, linesPerPage });
    const index = await Deno.readFile(indexPath);
    assertEquals(result?.textBytes, text.length);
    assertEquals(result?.indexBytes, index.length);
    first ??= index;
    const isSame = first.length === index.length && first.every((byte, at) => byte === index[at]);
    assert(isSame, kind);
  }
}

Deno.test("buildIndex() puts every line of any text where a naive split finds it", async () => {
  await withPlaces(async (places) => {
    await fc.assert(
      fc.asyncProperty(texts(3000), fc.constantFrom(...PAGE_SIZES), async (text, linesPerPage) => {
        await assertBuilt(places, text, linesPerPage);
      }),
      { numRuns: 100, endOnFailure: true },
    );
  });
});

Deno.test("buildIndex() of every kind of line end finds the right lines", async () => {
  const cases: [text: string, lengths: number[]][] = [
    ["", []],
    ["\n", [1]],
    ["\n\n\n", [1, 1, 1]],
    ["a", [1]],
    ["a\n", [2]],
    ["a\nb", [2, 1]],
    ["\na", [1, 1]],
    ["a\r\nb\r\n", [3, 3]],
    ["\r\n", [2]],
    ["a\rb\r", [4]],
    ["\r", [1]],
    ["\n\r", [1, 1]],
    ["\0\0\n\0", [3, 1]],
    ["\0", [1]],
    ["\v\f\x85\n\x8a", [4, 1]],
  ];
  await withPlaces(async (places) => {
    for (const [text, lengths] of cases) {
      for (const linesPerPage of [1, 1024]) {
        await assertBuilt(places, latin1(text), linesPerPage);
        const lines = await linesOfIndex(places.indexPath);
        assertEquals(lines.map((line) => line.length), lengths, JSON.stringify(text));
      }
    }
  });
});

Deno.test("buildIndex() finds lines that end around the ends of segments", async () => {
  const terminators = ["\n", "\r\n", "\n\n", "\r"];
  await withPlaces(async (places) => {
    for (const terminator of terminators) {
      for (let shift = -2; shift <= 2; shift++) {
        const text = new Uint8Array(2 * SEGMENT_BYTES + 10).fill(0x78);
        for (const end of [SEGMENT_BYTES, 2 * SEGMENT_BYTES]) {
          text.set(latin1(terminator), end + shift);
        }
        await assertBuilt(places, text, 1024);
      }
    }
  });
});

Deno.test("buildIndex() of texts that end around the end of a segment, with and without LF", async () => {
  await withPlaces(async (places) => {
    for (const segments of [1, 2]) {
      for (let shift = -2; shift <= 2; shift++) {
        for (const ending of ["\n", "\r\n", "x"]) {
          const text = new Uint8Array(segments * SEGMENT_BYTES + shift).fill(0x78);
          text[5] = 0x0a;
          text.set(latin1(ending), text.length - ending.length);
          await assertBuilt(places, text, 2);
        }
      }
    }
  });
});

Deno.test("buildIndex() of lines longer than several segments, with and without a last LF", async () => {
  await withPlaces(async (places) => {
    const text = new Uint8Array(5 * SEGMENT_BYTES + 3).fill(0x78);
    await assertBuilt(places, text, 1024);
    text[text.length - 1] = 0x0a;
    await assertBuilt(places, text, 1024);
    text[7] = 0x0a;
    text[3 * SEGMENT_BYTES] = 0x0a;
    await assertBuilt(places, text, 1);
    await assertBuilt(places, text, 1024);
  });
});

Deno.test("buildIndex() of segments full of newlines", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, new Uint8Array(SEGMENT_BYTES + 1).fill(0x0a));
    const { textPath, indexPath } = places;
    const result = await buildIndex({ textPath, indexPath });
    // Pages of lines of one length need no packed lengths: a header, and slots of 24 bytes.
    const pages = SEGMENT_BYTES / 1024 + 1;
    const indexBytes = 128 + pages * 24;
    assertBuiltWhole(result, SEGMENT_BYTES + 1, SEGMENT_BYTES + 1, indexBytes);
    await using index = await openIndex(indexPath);
    for (const number of [0, 1, pages - 2, pages - 1]) {
      const page = await index.readPage(number);
      assertEquals([page.firstOffset, page.lengthOf(0)], [number * 1024, 1]);
      assertEquals(page.lines, number === pages - 1 ? 1 : 1024);
    }
  });
});

Deno.test("buildIndex() of lines of all lengths makes overflow pages, and all are right", async () => {
  await withPlaces(async (places) => {
    const shortLines = fc.array(fc.nat(40), { minLength: 200, maxLength: 400, size: "max" });
    const longLines = fc.array(fc.tuple(fc.nat(199), fc.integer({ min: 5000, max: 60_000 })), {
      minLength: 1,
      maxLength: 2,
    });
    const pageSize = fc.constantFrom(16, 20, 64);
    await fc.assert(
      fc.asyncProperty(shortLines, longLines, pageSize, async (short, long, linesPerPage) => {
        for (const [at, length] of long) short[at] = length;
        const text = latin1(short.map((length) => "x".repeat(length)).join("\n"));
        await assertBuilt(places, text, linesPerPage);
        assert(linesPerPage === 64 || overflowBytes(places.indexPath) > 0);
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });
});

Deno.test("buildIndex() of one huge line among short ones makes one overflow page", async () => {
  await withPlaces(async (places) => {
    for (const huge of [0, 1023, 1024, 20_000, 99_999]) {
      const lines = Array.from({ length: 100_000 }, (_, i) => "x".repeat(i % 60));
      lines[huge] = "y".repeat(2 * SEGMENT_BYTES);
      const text = latin1(lines.join("\n"));
      await assertBuilt(places, text, 1024);
      const overflow = overflowBytes(places.indexPath);
      assert(overflow > 0 && overflow < 4096, `${overflow} bytes of overflow`);
      assert(Deno.statSync(places.indexPath).size < 85_000, "under 0.85 bytes a line");
    }
  });
});

Deno.test("buildIndexOf() of lines of 0 to 2^20 bytes makes the same right index from every kind of source", async () => {
  const length = fc.oneof(
    { weight: 1, arbitrary: fc.nat(2 ** 20) },
    { weight: 8, arbitrary: fc.nat(2000) },
  );
  const lineLengths = fc.array(length, { minLength: 20, maxLength: 120, size: "max" });
  await withPlaces(async (places) => {
    await fc.assert(
      fc.asyncProperty(lineLengths, fc.boolean(), fc.constantFrom(1, 7, 64), async (
        lineLengths,
        endsWithLf,
        linesPerPage,
      ) => {
        const lengths = lineLengths.map((length) => length + 1);
        // An empty last line without an LF is no line.
        if (!endsWithLf && --lengths[lengths.length - 1]! === 0) lengths.pop();
        const text = textOfLengths(lengths, endsWithLf || lineLengths.at(-1) === 0);
        await assertSameFromEverySource(places, text, linesPerPage);
        assertSameLines(await linesOfIndex(places.indexPath), linesOfLengths(lengths));
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });
});

Deno.test("buildIndexOf() finds lines that end around the ends of segments, in every kind of source", async () => {
  const terminators = ["\n", "\r\n", "\n\n", "\r"];
  const shifts = [-2, -1, 0, 1, 2];
  const ends = terminators.flatMap((terminator) => shifts.map((shift) => ({ terminator, shift })));
  const text = new Uint8Array((ends.length + 1) * SEGMENT_BYTES - 1).fill(0x78);
  for (const [i, { terminator, shift }] of ends.entries()) {
    text.set(latin1(terminator), (i + 1) * SEGMENT_BYTES + shift);
  }
  await withPlaces(async (places) => {
    await assertSameFromEverySource(places, text, 2);
    await assertIndexOf(places.indexPath, text);
  });
});

Deno.test("buildIndex() rewrites the index if other slots are better, and it is right", async () => {
  await withPlaces(async (places) => {
    await assertBuilt(places, TWO_KINDS_TEXT, 2);
    assertEquals(readHeader(places.indexPath).slotWidthBits, 8);
    assertEquals(overflowBytes(places.indexPath), 0);
    assertEquals(namesIn(places.directory), ["text", "text.lineidx"]);
  });
});

Deno.test("buildIndex() of the same text writes the same bytes", async () => {
  await withPlaces(async (places) => {
    const build = async () => {
      await Deno.writeFile(places.textPath, LONG_TEXT);
      await Deno.utime(places.textPath, 1000, 1000);
      await buildIndex(places);
    };
    await build();
    const first = await Deno.readFile(places.indexPath);
    await build();
    assertEquals(await Deno.readFile(places.indexPath), first);
  });
});

Deno.test("buildIndexOf() reports progress after every segment", async () => {
  await withPlaces(async ({ textPath, indexPath }) => {
    await Deno.writeFile(textPath, LONG_TEXT);
    for (const [kind, open] of Object.entries(SOURCES)) {
      const reported: number[][] = [];
      const onProgress = (doneBytes: number, textBytes: number) => {
        reported.push([doneBytes, textBytes]);
      };
      await using source = open(textPath, LONG_TEXT);
      await buildIndexOf(source, { indexPath, onProgress });
      const expected = [1, 2, 3].map((n) => [n * SEGMENT_BYTES, LONG_TEXT.length]);
      assertEquals(reported, expected, kind);
    }
  });
});

Deno.test("buildIndexOf() that is aborted leaves nothing, and the old index unchanged", async () => {
  for (const open of Object.values(SOURCES)) {
    await withAndWithoutOldIndex(async (places, assertAsBefore) => {
      const { textPath, indexPath, directory } = places;
      const abort = new AbortController();
      const reason = new Error("enough");
      let seen: string[] = [];
      const onProgress = () => {
        seen = namesIn(directory);
        abort.abort(reason);
      };
      await using source = open(textPath, LONG_TEXT);
      const options = { indexPath, signal: abort.signal, onProgress };
      assertEquals(await assertRejects(() => buildIndexOf(source, options)), reason);
      assert(seen.includes("text.lineidx.building"), "it was aborted before it built");
      assertAsBefore();
    });
  }
});

Deno.test("buildIndex() that is aborted with overflow pages closes all files", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, TWO_KINDS_TEXT);
    const abort = new AbortController();
    const meanwhile = () => abort.abort(new Error("enough"));
    const options = { linesPerPage: 2, signal: abort.signal };
    assertEquals((await failureOf(places, meanwhile, options)).message, "enough");
    assertEquals(openFilesIn(places.directory), []);
    assertEquals(namesIn(places.directory), ["text"]);
  });
});

Deno.test({
  name: "buildIndex() that is aborted while other threads help ends those threads",
  ignore: Deno.build.os !== "linux" || navigator.hardwareConcurrency < 2,
  fn: async () => {
    await withPlaces(async ({ directory, textPath, indexPath }) => {
      // Larger than any program reads before the other threads have started; takes no space on the disk.
      await Deno.writeFile(textPath, new Uint8Array());
      await Deno.truncate(textPath, 1024 ** 4);
      const abort = new AbortController();
      const { signal } = abort;
      const onProgress = () => {
        const opened = openFilesIn(directory).filter((path) => path === textPath);
        if (opened.length > 1) abort.abort(new Error("enough"));
      };
      const build = () => buildIndex({ textPath, indexPath, signal, onProgress });
      await assertRejects(build, Error, "enough");
      await until(() => openFilesIn(directory).length === 0);
      assertEquals(namesIn(directory), ["text"]);
    });
  },
});

Deno.test("buildIndex() that is aborted before it begins leaves nothing", async () => {
  await withAndWithoutOldIndex(async (places, assertAsBefore) => {
    const signal = AbortSignal.abort(new Error("enough"));
    assertEquals((await failureOf(places, () => {}, { signal })).message, "enough");
    assertAsBefore();
  });
});

Deno.test("buildIndex() can be aborted after the last segment, and for an empty text", async () => {
  await withPlaces(async ({ directory, textPath, indexPath }) => {
    await Deno.writeFile(textPath, latin1("one\ntwo\n"));
    const abort = new AbortController();
    const options = { textPath, indexPath, signal: abort.signal };
    const onProgress = () => abort.abort(new Error("enough"));
    await assertRejects(() => buildIndex({ ...options, onProgress }), Error, "enough");
    await Deno.writeFile(textPath, new Uint8Array());
    await assertRejects(() => buildIndex(options), Error, "enough");
    assertEquals(namesIn(directory), ["text"]);
  });
});

Deno.test("buildIndex() rethrows what a callback throws, and leaves nothing", async () => {
  await withAndWithoutOldIndex(async (places, assertAsBefore) => {
    const failure = await failureOf(places, () => {
      throw new Error("the caller's own");
    });
    assertEquals(failure.message, "the caller's own");
    assertAsBefore();
  });
});

Deno.test("buildIndex() throws if the text changes in the meantime, and leaves no index", async () => {
  const rewrite = (textPath: string, at: number, bytes: string) => {
    using file = Deno.openSync(textPath, { write: true });
    file.seekSync(at, Deno.SeekMode.Start);
    file.writeSync(latin1(bytes));
  };
  const changes: Record<string, (textPath: string) => void> = {
    "a byte before": (path) => rewrite(path, 10, "\n"),
    "a byte after": (path) => rewrite(path, LONG_TEXT.length - 10, "\n"),
    "cut off in the next segment": (path) => Deno.truncateSync(path, SEGMENT_BYTES + 5),
    "cut off at its end": (path) => Deno.truncateSync(path, LONG_TEXT.length - 1),
    "emptied": (path) => Deno.truncateSync(path, 0),
    "replaced by a file of the same size and time": (path) => {
      Deno.writeFileSync(`${path}.new`, LONG_TEXT);
      Deno.utimeSync(`${path}.new`, 1000, 1000);
      Deno.renameSync(`${path}.new`, path);
    },
  };
  for (const [what, change] of Object.entries(changes)) {
    await withAndWithoutOldIndex(async (places, assertAsBefore) => {
      // An old time, so that the coarse clock of the file system cannot hide the change.
      await Deno.utime(places.textPath, 1000, 1000);
      const failure = await failureOf(places, () => change(places.textPath));
      assert(failure instanceof TextError, `${what}: ${failure}`);
      assert(failure.message.includes(places.textPath), failure.message);
      assertAsBefore();
    });
  }
});

Deno.test("buildIndex() throws if the text is removed in the meantime, and leaves no index", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, LONG_TEXT);
    const failure = await failureOf(places, () => Deno.removeSync(places.textPath));
    assert(failure instanceof TextError);
    assertEquals(namesIn(places.directory), []);
  });
});

Deno.test({
  name: "buildIndex() closes all files, whether it built an index or not",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await withPlaces(async ({ directory, textPath, indexPath }) => {
      await Deno.writeFile(textPath, latin1("a\nb\n"));
      await buildIndex({ textPath, indexPath });
      assertEquals(openFilesIn(directory), []);
      const unwritable = { textPath, indexPath: `${directory}/none/index` };
      await assertRejects(() => buildIndex(unwritable), IndexError);
      assertEquals(openFilesIn(directory), []);
      const signal = AbortSignal.abort(new Error("enough"));
      await assertRejects(() => buildIndex({ textPath, indexPath, signal }), Error, "enough");
      assertEquals(openFilesIn(directory), []);
      const onProgress = () => assert(openFilesIn(directory).length >= 2, "text and draft");
      await buildIndex({ textPath, indexPath, onProgress });
    });
  },
});

Deno.test("buildIndex() of a text that cannot be read throws, and writes nothing", async () => {
  await withPlaces(async ({ directory, textPath, indexPath }) => {
    await assertRejects(() => buildIndex({ textPath, indexPath }), TextError, textPath);
    await assertRejects(
      () => buildIndex({ textPath: directory, indexPath }),
      TextError,
      "directory",
    );
    assertEquals(namesIn(directory), []);
  });
});

Deno.test("buildIndex() throws unwritable if the index cannot be written", async () => {
  await withPlaces(async ({ directory, textPath }) => {
    await Deno.writeFile(textPath, latin1("a\n"));
    for (const indexPath of [`${directory}/none/index`, `${textPath}/index`]) {
      const failure = await assertRejects(
        () => buildIndex({ textPath, indexPath }),
        IndexError,
        indexPath,
      );
      assertEquals(failure.problem, "unwritable");
    }
    assertEquals(namesIn(directory), ["text"]);
  });
});

Deno.test("buildIndex() throws for 0 and for more than 65,536 lines a page, and writes nothing", async () => {
  await withPlaces(async ({ directory, textPath, indexPath }) => {
    await Deno.writeFile(textPath, latin1("a\nbcd\n"));
    for (const linesPerPage of [0, 65_537]) {
      await assertRejects(() => buildIndex({ textPath, indexPath, linesPerPage }));
      assertEquals(namesIn(directory), ["text"]);
    }
  });
});

Deno.test("buildIndex() of 65,536 lines a page is right", async () => {
  await withPlaces(async (places) => {
    const text = latin1(Array.from({ length: 70_000 }, (_, i) => "x".repeat(i % 9)).join("\n"));
    await assertBuilt(places, text, 65_536);
  });
});

/** Builds on a small disk, and returns the error; the disk has the same files as before. */
async function failureOnDisk(disk: string, text: string): Promise<IndexError> {
  const before = namesIn(disk);
  let failure: IndexError | undefined;
  await withPlaces(async ({ textPath }) => {
    await Deno.writeFile(textPath, latin1(text));
    const options = { textPath, indexPath: `${disk}/index`, linesPerPage: 1 };
    failure = await assertRejects(() => buildIndex(options), IndexError, "no space left");
  });
  assertEquals(namesIn(disk), before);
  return failure!;
}

Deno.test({
  name: `buildIndex() on a full disk throws unwritable, and leaves nothing${NEEDS_MOUNT}`,
  ignore: !CAN_MOUNT,
  fn: async () => {
    await withSmallDisk(64 * 1024, async (disk) => {
      // A page of one line takes 24 bytes: the disk becomes full at the end, or long before.
      const failures = [
        await failureOnDisk(disk, "\n".repeat(4000)),
        await failureOnDisk(disk, "\n".repeat(60_000)),
      ];
      for (const failure of failures) {
        assertEquals(failure.problem, "unwritable");
        assert(failure.message.includes(`${disk}/index`), failure.message);
      }
    });
  },
});

Deno.test({
  name:
    `buildIndex() on a disk that becomes full builds a complete index or throws, and leaves nothing else${NEEDS_MOUNT}`,
  ignore: !CAN_MOUNT,
  fn: async () => {
    const outcomes: string[] = [];
    await withPlaces(async ({ textPath }) => {
      await Deno.writeFile(textPath, TWO_KINDS_TEXT);
      for (let kib = 256; kib <= 2048; kib += 256) {
        await withSmallDisk(kib * 1024, async (disk) => {
          const indexPath = `${disk}/index`;
          const built = await buildIndex({ textPath, indexPath, linesPerPage: 2 })
            .catch((error) => {
              assert(error instanceof IndexError, `${error}`);
              assertEquals(error.problem, "unwritable");
              assert(error.message.includes("no space left"), error.message);
            });
          assertEquals(namesIn(disk), built === undefined ? [] : ["index"], `${kib} KiB`);
          if (built !== undefined) await assertIndexOf(indexPath, TWO_KINDS_TEXT);
          outcomes.push(built === undefined ? "full" : "built");
        });
      }
    });
    // The last disk has room for the pages three times.
    assertEquals([outcomes[0], outcomes.at(-1)], ["full", "built"]);
    assertEquals(outcomes, outcomes.toSorted().reverse());
  },
});

Deno.test({
  name: `buildIndex() on a full disk leaves the old index unchanged${NEEDS_MOUNT}`,
  ignore: !CAN_MOUNT,
  fn: async () => {
    await withSmallDisk(64 * 1024, async (disk) => {
      await withPlaces(async ({ textPath }) => {
        const options = { textPath, indexPath: `${disk}/index`, linesPerPage: 1 };
        await Deno.writeFile(textPath, latin1("one\ntwo\n"));
        await buildIndex(options);
        const before = await Deno.readFile(options.indexPath);
        await Deno.writeFile(textPath, latin1("\n".repeat(4000)));
        await assertRejects(() => buildIndex(options), IndexError, "no space left");
        assertEquals(namesIn(disk), ["index"]);
        assertEquals(await Deno.readFile(options.indexPath), before);
      });
    });
  },
});

Deno.test({
  name: `buildIndex() on a disk that is full from the start leaves nothing${NEEDS_MOUNT}`,
  ignore: !CAN_MOUNT,
  fn: async () => {
    await withSmallDisk(64 * 1024, async (disk) => {
      await Deno.writeFile(`${disk}/filler`, new Uint8Array(64 * 1024));
      await failureOnDisk(disk, "a\n");
    });
  },
});

Deno.test("buildIndex() of a text that is large enough for several threads finds every line", async () => {
  await withPlaces(async ({ textPath, indexPath }) => {
    const size = 800 * 1024 * 1024;
    assert(helperCount(size) === Math.min(navigator.hardwareConcurrency, THREADS_MAX) - 1);
    // Lines that end in every segment, at its borders and at its middle; takes little space on the disk.
    const lengths: number[] = [];
    {
      using file = await Deno.open(textPath, { write: true, createNew: true });
      await file.truncate(size);
      for (let at = SEGMENT_BYTES / 2 - 1, last = -1; at < size; at += SEGMENT_BYTES / 2) {
        file.seekSync(at, Deno.SeekMode.Start);
        file.writeSync(Uint8Array.of(0x0a));
        lengths.push(at - last);
        last = at;
      }
    }
    const result = await buildIndex({ textPath, indexPath });
    assertEquals([result?.lines, result?.textBytes], [lengths.length, size]);
    assertSameLines(await linesOfIndex(indexPath), linesOfLengths(lengths));
  });
});

Deno.test("buildIndexOf() throws if the check of the source fails at the end, and leaves no index", async () => {
  await withPlaces(async ({ directory, indexPath }) => {
    const source = new MemoryText(LONG_TEXT);
    const change = new TextError("File changed: memory.");
    const onProgress = () => void (source.change = change);
    const build = () => buildIndexOf(source, { indexPath, onProgress });
    assertEquals(await assertRejects(build), change);
    assertEquals(namesIn(directory), []);
  });
});
