import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { buildIndex, type BuildOptions } from "../../../src/index/build/build_index.ts";
import { overflowOffset } from "../../../src/index/format/layout.ts";
import { IndexError } from "../../../src/index/index_error.ts";
import { IndexReader } from "../../../src/index/index_reader.ts";
import { TRIAL_BYTES } from "../../../src/index/build/index_writer.ts";
import { staleReason } from "../../../src/index/freshness.ts";
import { SEGMENT_BYTES } from "../../../src/index/scan/segment_scanner.ts";
import { TextError } from "../../../src/source/text_error.ts";
import { buildFrom, latin1, namesIn, type Places, withPlaces } from "../../support/index_files.ts";
import {
  assertIndexOf,
  assertSameLines,
  linesOf,
  linesOfIndex,
  linesOfLengths,
  texts,
} from "../../support/index_lines.ts";
import { openFilesIn, until } from "../../support/text_threads.ts";
import { CAN_MOUNT, NEEDS_MOUNT, withSmallDisk } from "../../support/index_small_disk.ts";

const PAGE_SIZES = [1, 2, 3, 64, 1024];

/** With how many threads a text is searched. */
const THREADS = [1, 2, 4];

/** A text of several segments, so that a build of it has a middle. */
const SEGMENTS = 3;
const LONG_TEXT = new Uint8Array(SEGMENTS * SEGMENT_BYTES).fill(0x78);
for (let at = 99; at < LONG_TEXT.length; at += 100) LONG_TEXT[at] = 0x0a;

/** A text in whose pages of two lines the first need other slots than all together. */
const TWO_KINDS_TEXT = latin1(
  "\n\n".repeat(Math.ceil(TRIAL_BYTES / 24)) + ("\n" + "x".repeat(255) + "\n").repeat(6000),
);

function overflowBytes(indexPath: string): number {
  using index = IndexReader.open(indexPath);
  return index.header.indexBytes - overflowOffset(index.header);
}

async function assertBuilt(places: Places, text: Uint8Array, linesPerPage: number): Promise<void> {
  const result = await buildFrom(places, text, linesPerPage);
  const indexBytes = Deno.statSync(places.indexPath).size;
  assertEquals(result, { lines: linesOf(text).length, textBytes: text.length, indexBytes });
  assertIndexOf(places.indexPath, text);
}

/** Builds while `meanwhile` happens after the first segment, and gives what the building threw. */
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

/** Runs a test twice: where there is no index yet, and where there is an old one. */
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

/** Builds with one thread and with more, and asserts that the indexes are the same, byte by byte. */
async function assertBuiltAlike(
  places: Places,
  text: Uint8Array<ArrayBuffer>,
  linesPerPage: number,
): Promise<void> {
  const { textPath, indexPath } = places;
  await Deno.writeFile(textPath, text);
  let first: Uint8Array | undefined;
  for (const threads of THREADS) {
    const result = await buildIndex({ textPath, indexPath, linesPerPage, threads });
    const index = await Deno.readFile(indexPath);
    assertEquals(result?.textBytes, text.length);
    assertEquals(result?.indexBytes, index.length);
    first ??= index;
    const isSame = first.length === index.length && first.every((byte, at) => byte === index[at]);
    assert(isSame, `${threads} threads`);
  }
}

Deno.test("every line of every text is where a naive split finds it", async () => {
  await withPlaces(async (places) => {
    await fc.assert(
      fc.asyncProperty(texts(3000), fc.constantFrom(...PAGE_SIZES), async (text, linesPerPage) => {
        await assertBuilt(places, text, linesPerPage);
        const { textPath, indexPath } = places;
        assertEquals(await staleReason(textPath, indexPath, linesPerPage), undefined);
      }),
      { numRuns: 100, endOnFailure: true },
    );
  });
});

Deno.test("the edges of lines", async () => {
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
        const lines = linesOfIndex(places.indexPath);
        assertEquals(lines.map((line) => line.length), lengths, JSON.stringify(text));
      }
    }
  });
});

Deno.test("lines that end around the ends of segments are found", async () => {
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

Deno.test("texts that end around the end of a segment, with and without LF", async () => {
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

Deno.test("lines longer than several segments, with and without a last LF", async () => {
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

Deno.test("segments full of newlines", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, new Uint8Array(SEGMENT_BYTES + 1).fill(0x0a));
    const { textPath, indexPath } = places;
    const result = await buildIndex({ textPath, indexPath });
    // Pages of lines of one length need no packed lengths: a header, and slots of 24 bytes.
    const pages = SEGMENT_BYTES / 1024 + 1;
    const indexBytes = 128 + pages * 24;
    assertEquals(result, { lines: SEGMENT_BYTES + 1, textBytes: SEGMENT_BYTES + 1, indexBytes });
    using index = IndexReader.open(indexPath);
    for (const number of [0, 1, pages - 2, pages - 1]) {
      const page = await index.readPage(number);
      assertEquals([page.firstOffset, page.lengthOf(0)], [number * 1024, 1]);
      assertEquals(page.lines, number === pages - 1 ? 1 : 1024);
    }
  });
});

Deno.test("a text whose lines are of all lengths has pages that overflow, and all are right", async () => {
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

Deno.test("one huge line among short ones: one page overflows, and the index stays small", async () => {
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

Deno.test("lines of 0 to 2^20 bytes are where a plain array has them, with any number of threads", async () => {
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
        // Without an LF behind it, a last line of no bytes is none.
        if (!endsWithLf && --lengths[lengths.length - 1]! === 0) lengths.pop();
        const text = textOfLengths(lengths, endsWithLf || lineLengths.at(-1) === 0);
        await assertBuiltAlike(places, text, linesPerPage);
        assertSameLines(linesOfIndex(places.indexPath), linesOfLengths(lengths));
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });
});

Deno.test("lines that end around the ends of segments are found, with any number of threads", async () => {
  const terminators = ["\n", "\r\n", "\n\n", "\r"];
  const shifts = [-2, -1, 0, 1, 2];
  const ends = terminators.flatMap((terminator) => shifts.map((shift) => ({ terminator, shift })));
  const text = new Uint8Array((ends.length + 1) * SEGMENT_BYTES - 1).fill(0x78);
  for (const [i, { terminator, shift }] of ends.entries()) {
    text.set(latin1(terminator), (i + 1) * SEGMENT_BYTES + shift);
  }
  await withPlaces(async (places) => {
    await assertBuiltAlike(places, text, 2);
    assertIndexOf(places.indexPath, text);
  });
});

Deno.test("an index whose slots are chosen anew at the end is right, and no larger than it needs to be", async () => {
  await withPlaces(async (places) => {
    await assertBuilt(places, TWO_KINDS_TEXT, 2);
    using index = IndexReader.open(places.indexPath);
    assertEquals(index.header.slotWidthBits, 8);
    assertEquals(overflowBytes(places.indexPath), 0);
    assertEquals(namesIn(places.directory), ["text", "text.lineidx"]);
  });
});

Deno.test("the same text always gives the same index, byte by byte", async () => {
  await withPlaces(async (places) => {
    await buildFrom(places, LONG_TEXT);
    const first = await Deno.readFile(places.indexPath);
    await buildFrom(places, LONG_TEXT);
    assertEquals(await Deno.readFile(places.indexPath), first);
  });
});

Deno.test("progress is told after every segment, up to the end", async () => {
  await withPlaces(async ({ textPath, indexPath }) => {
    await Deno.writeFile(textPath, LONG_TEXT);
    for (const threads of THREADS) {
      const told: number[][] = [];
      const onProgress = (doneBytes: number, textBytes: number) => {
        told.push([doneBytes, textBytes]);
      };
      await buildIndex({ textPath, indexPath, threads, onProgress });
      const textBytes = LONG_TEXT.length;
      assertEquals(told, [1, 2, 3].map((segments) => [segments * SEGMENT_BYTES, textBytes]));
    }
  });
});

Deno.test("where it is no longer needed, nothing is built", async () => {
  await withAndWithoutOldIndex(async ({ textPath, indexPath }, assertAsBefore) => {
    const options = { textPath, indexPath, isStillNeeded: () => Promise.resolve(false) };
    assertEquals(await buildIndex(options), undefined);
    assertAsBefore();
  });
});

Deno.test("a building that is aborted leaves nothing, and the old index as it was", async () => {
  for (const threads of [1, 2]) {
    await withAndWithoutOldIndex(async (places, assertAsBefore) => {
      const abort = new AbortController();
      const reason = new Error("enough");
      let seen: string[] = [];
      const failure = await failureOf(places, () => {
        seen = namesIn(places.directory);
        abort.abort(reason);
      }, { signal: abort.signal, threads });
      assert(failure === reason);
      assert(seen.includes("text.lineidx.building"), "it was aborted while it was being built");
      assertAsBefore();
    });
  }
});

Deno.test("a building that is aborted with pages in the overflow area closes all files", async () => {
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
  name: "a building that is aborted while a second thread helps ends that thread too",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await withPlaces(async ({ directory, textPath, indexPath }) => {
      // So large that it is not through before the other thread is there; it takes no room.
      await Deno.writeFile(textPath, new Uint8Array());
      await Deno.truncate(textPath, 1024 ** 4);
      const abort = new AbortController();
      const { signal } = abort;
      const onProgress = () => {
        const opened = openFilesIn(directory).filter((path) => path === textPath);
        if (opened.length === 2) abort.abort(new Error("enough"));
      };
      const build = () => buildIndex({ textPath, indexPath, threads: 2, signal, onProgress });
      await assertRejects(build, Error, "enough");
      await until(() => openFilesIn(directory).length === 0);
      assertEquals(namesIn(directory), ["text"]);
    });
  },
});

Deno.test("a building that is aborted before it begins leaves nothing", async () => {
  await withAndWithoutOldIndex(async (places, assertAsBefore) => {
    const signal = AbortSignal.abort(new Error("enough"));
    assertEquals((await failureOf(places, () => {}, { signal })).message, "enough");
    assertAsBefore();
  });
});

Deno.test("a building is aborted also while the last segment is told, and for an empty text", async () => {
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

Deno.test("an exception of a callback ends the building and leaves nothing", async () => {
  await withAndWithoutOldIndex(async (places, assertAsBefore) => {
    for (const threads of [1, 2]) {
      const failure = await failureOf(places, () => {
        throw new Error("the caller's own");
      }, { threads });
      assertEquals(failure.message, "the caller's own");
      assertAsBefore();
    }
  });
});

Deno.test("a text that changes while it is indexed is an error, and there is no index", async () => {
  const rewrite = (textPath: string, at: number, bytes: string) => {
    using file = Deno.openSync(textPath, { write: true });
    file.seekSync(at, Deno.SeekMode.Start);
    file.writeSync(latin1(bytes));
  };
  const changes: Record<string, (textPath: string) => void> = {
    "a byte before": (path) => rewrite(path, 10, "\n"),
    "a byte behind": (path) => rewrite(path, LONG_TEXT.length - 10, "\n"),
    "appended to": (path) => rewrite(path, LONG_TEXT.length, "more"),
    "cut off in the next segment": (path) => Deno.truncateSync(path, SEGMENT_BYTES + 5),
    "cut off at its end": (path) => Deno.truncateSync(path, LONG_TEXT.length - 1),
    "emptied": (path) => Deno.truncateSync(path, 0),
    "replaced by a file of the same size and time": (path) => {
      Deno.writeFileSync(`${path}.new`, LONG_TEXT);
      Deno.utimeSync(`${path}.new`, 1000, 1000);
      Deno.renameSync(`${path}.new`, path);
    },
  };
  const cases = Object.entries(changes).flatMap(([what, change]) =>
    [1, 2].map((threads) => ({ what, change, threads }))
  );
  for (const { what, change, threads } of cases) {
    await withAndWithoutOldIndex(async (places, assertAsBefore) => {
      // Long ago, so that the clock's coarse ticks cannot hide the change.
      await Deno.utime(places.textPath, 1000, 1000);
      const failure = await failureOf(places, () => change(places.textPath), { threads });
      assert(failure instanceof TextError, `${what}, ${threads} threads: ${failure}`);
      assert(failure.message.includes(places.textPath), failure.message);
      assertAsBefore();
    });
  }
});

Deno.test("a text that is removed while it is indexed is an error, and there is no index", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, LONG_TEXT);
    const failure = await failureOf(places, () => Deno.removeSync(places.textPath));
    assert(failure instanceof TextError);
    assertEquals(namesIn(places.directory), []);
  });
});

Deno.test({
  name: "all files are closed, whether the text was indexed or not",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await withPlaces(async ({ directory, textPath, indexPath }) => {
      await Deno.writeFile(textPath, latin1("a\nb\n"));
      await buildIndex({ textPath, indexPath });
      assertEquals(openFilesIn(directory), []);
      await staleReason(textPath, indexPath);
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

Deno.test("a text that cannot be read is an error, and nothing is written", async () => {
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

Deno.test("a place that cannot be written is an error that says so", async () => {
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

Deno.test("pages of no line, or of more than 65,536, are refused, not written", async () => {
  await withPlaces(async ({ directory, textPath, indexPath }) => {
    await Deno.writeFile(textPath, latin1("a\nbcd\n"));
    for (const linesPerPage of [0, 65_537]) {
      await assertRejects(() => buildIndex({ textPath, indexPath, linesPerPage }));
      assertEquals(namesIn(directory), ["text"]);
    }
  });
});

Deno.test("pages of 65,536 lines are written and read", async () => {
  await withPlaces(async (places) => {
    const text = latin1(Array.from({ length: 70_000 }, (_, i) => "x".repeat(i % 9)).join("\n"));
    await assertBuilt(places, text, 65_536);
  });
});

/** Builds onto a small disk, and gives the error; the disk then holds what it held before. */
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
  name: `a full disk is an error that says so, and leaves no index and no left-over${NEEDS_MOUNT}`,
  ignore: !CAN_MOUNT,
  fn: async () => {
    await withSmallDisk(64 * 1024, async (disk) => {
      // A page of one line takes 24 bytes: the disk is full when all is written, or long before.
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
    `at whatever moment the disk is full, there is a whole index or an error, and no left-over${NEEDS_MOUNT}`,
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
          if (built !== undefined) assertIndexOf(indexPath, TWO_KINDS_TEXT);
          outcomes.push(built === undefined ? "full" : "built");
        });
      }
    });
    // The last disk has room for the pages three times over.
    assertEquals([outcomes[0], outcomes.at(-1)], ["full", "built"]);
    assertEquals(outcomes, outcomes.toSorted().reverse());
  },
});

Deno.test({
  name: `a full disk leaves the old index as it was${NEEDS_MOUNT}`,
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
  name: `a disk that is full from the start is left without a left-over${NEEDS_MOUNT}`,
  ignore: !CAN_MOUNT,
  fn: async () => {
    await withSmallDisk(64 * 1024, async (disk) => {
      await Deno.writeFile(`${disk}/filler`, new Uint8Array(64 * 1024));
      await failureOnDisk(disk, "a\n");
    });
  },
});
