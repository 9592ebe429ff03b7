import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { buildIndex, type BuildOptions } from "../../src/index/build_index.ts";
import { overflowOffset } from "../../src/index/format.ts";
import { IndexError } from "../../src/index/index_error.ts";
import { IndexReader } from "../../src/index/index_reader.ts";
import { CHUNK_BYTES } from "../../src/text/read_chunks.ts";
import { staleReason } from "../../src/index/stale_reason.ts";
import { TextError } from "../../src/text/text_error.ts";
import {
  buildFrom,
  latin1,
  namesIn,
  openFiles,
  type Places,
  withPlaces,
} from "../support/index_files.ts";
import { assertIndexOf, linesOf, linesOfIndex, texts } from "../support/index_lines.ts";
import { CAN_MOUNT, NEEDS_MOUNT, withSmallDisk } from "../support/index_small_disk.ts";

const PAGE_SIZES = [1, 2, 3, 64, 1024];

/** A text of several chunks, so that a build of it has a middle. */
const CHUNKS = 3;
const LONG_TEXT = new Uint8Array(CHUNKS * CHUNK_BYTES).fill(0x78);
for (let at = 99; at < LONG_TEXT.length; at += 100) LONG_TEXT[at] = 0x0a;

function overflowBytes(indexPath: string): number {
  using index = IndexReader.open(indexPath);
  return index.header.indexBytes - overflowOffset(index.header);
}

async function assertBuilt(places: Places, text: Uint8Array, linesPerPage: number): Promise<void> {
  const result = await buildFrom(places, text, linesPerPage);
  const indexBytes = Deno.statSync(places.indexPath).size;
  assertEquals(result, { lines: linesOf(text).length, textBytes: text.length, indexBytes });
  await assertIndexOf(places.indexPath, text);
}

/** Builds while `meanwhile` happens after the first chunk, and gives what the building threw. */
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

Deno.test("every line of every text is where a naive split finds it", async () => {
  await withPlaces(async (places) => {
    await fc.assert(
      fc.asyncProperty(texts(3000), fc.constantFrom(...PAGE_SIZES), async (text, linesPerPage) => {
        await assertBuilt(places, text, linesPerPage);
        assertEquals(staleReason(places.textPath, places.indexPath, linesPerPage), undefined);
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
        const lines = await linesOfIndex(places.indexPath);
        assertEquals(lines.map((line) => line.length), lengths, JSON.stringify(text));
      }
    }
  });
});

Deno.test("lines that end around the ends of chunks are found", async () => {
  const terminators = ["\n", "\r\n", "\n\n", "\r"];
  await withPlaces(async (places) => {
    for (const terminator of terminators) {
      for (let shift = -2; shift <= 2; shift++) {
        const text = new Uint8Array(2 * CHUNK_BYTES + 10).fill(0x78);
        for (const end of [CHUNK_BYTES, 2 * CHUNK_BYTES]) text.set(latin1(terminator), end + shift);
        await assertBuilt(places, text, 1024);
      }
    }
  });
});

Deno.test("texts that end around the end of a chunk, with and without LF", async () => {
  await withPlaces(async (places) => {
    for (const chunks of [1, 2]) {
      for (let shift = -2; shift <= 2; shift++) {
        for (const ending of ["\n", "\r\n", "x"]) {
          const text = new Uint8Array(chunks * CHUNK_BYTES + shift).fill(0x78);
          text[5] = 0x0a;
          text.set(latin1(ending), text.length - ending.length);
          await assertBuilt(places, text, 2);
        }
      }
    }
  });
});

Deno.test("lines longer than several chunks, with and without a last LF", async () => {
  await withPlaces(async (places) => {
    const text = new Uint8Array(5 * CHUNK_BYTES + 3).fill(0x78);
    await assertBuilt(places, text, 1024);
    text[text.length - 1] = 0x0a;
    await assertBuilt(places, text, 1024);
    text[7] = 0x0a;
    text[3 * CHUNK_BYTES] = 0x0a;
    await assertBuilt(places, text, 1);
    await assertBuilt(places, text, 1024);
  });
});

Deno.test("chunks full of newlines", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, new Uint8Array(CHUNK_BYTES + 1).fill(0x0a));
    const { textPath, indexPath } = places;
    const result = await buildIndex({ textPath, indexPath });
    // Pages of lines of one length need no packed lengths: a header, and 1,025 slots of 24 bytes.
    const indexBytes = 128 + 1025 * 24;
    assertEquals(result, { lines: CHUNK_BYTES + 1, textBytes: CHUNK_BYTES + 1, indexBytes });
    using index = IndexReader.open(indexPath);
    for (const number of [0, 1, 1023, 1024]) {
      const page = await index.readPage(number);
      assertEquals([page.firstOffset, page.lengthOf(0)], [number * 1024, 1]);
      assertEquals(page.lines, number === 1024 ? 1 : 1024);
    }
  });
});

Deno.test("a text whose lines are of all lengths has pages that overflow, and all are right", async () => {
  await withPlaces(async (places) => {
    const shortLines = fc.array(fc.nat(40), { minLength: 200, maxLength: 400 });
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
      lines[huge] = "y".repeat(2 * CHUNK_BYTES);
      const text = latin1(lines.join("\n"));
      await assertBuilt(places, text, 1024);
      const overflow = overflowBytes(places.indexPath);
      assert(overflow > 0 && overflow < 4096, `${overflow} bytes of overflow`);
      assert(Deno.statSync(places.indexPath).size < 85_000, "under 0.85 bytes a line");
    }
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

Deno.test("progress is told after every chunk, up to the end", async () => {
  await withPlaces(async ({ textPath, indexPath }) => {
    await Deno.writeFile(textPath, LONG_TEXT);
    const told: number[][] = [];
    await buildIndex({
      textPath,
      indexPath,
      onProgress: (doneBytes, textBytes) => told.push([doneBytes, textBytes]),
    });
    const textBytes = LONG_TEXT.length;
    assertEquals(told, [1, 2, 3].map((chunks) => [chunks * CHUNK_BYTES, textBytes]));
  });
});

Deno.test("where it is no longer needed, nothing is built", async () => {
  await withAndWithoutOldIndex(async ({ textPath, indexPath }, assertAsBefore) => {
    const options = { textPath, indexPath, isStillNeeded: () => false };
    assertEquals(await buildIndex(options), undefined);
    assertAsBefore();
  });
});

Deno.test("a building that is aborted leaves nothing, and the old index as it was", async () => {
  await withAndWithoutOldIndex(async (places, assertAsBefore) => {
    const abort = new AbortController();
    const reason = new Error("enough");
    let seen: string[] = [];
    const failure = await failureOf(places, () => {
      seen = namesIn(places.directory);
      abort.abort(reason);
    }, { signal: abort.signal });
    assert(failure === reason);
    assert(seen.includes("text.lineidx.building"), "it was aborted while it was being built");
    assertAsBefore();
  });
});

Deno.test("a building that is aborted before it begins leaves nothing", async () => {
  await withAndWithoutOldIndex(async (places, assertAsBefore) => {
    const signal = AbortSignal.abort(new Error("enough"));
    assertEquals((await failureOf(places, () => {}, { signal })).message, "enough");
    assertAsBefore();
  });
});

Deno.test("a building is aborted also while the last chunk is told, and for an empty text", async () => {
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
    const failure = await failureOf(places, () => {
      throw new Error("the caller's own");
    });
    assertEquals(failure.message, "the caller's own");
    assertAsBefore();
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
    "cut off in the next chunk": (path) => Deno.truncateSync(path, CHUNK_BYTES + 5),
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
      // Long ago, so that the clock's coarse ticks cannot hide the change.
      await Deno.utime(places.textPath, 1000, 1000);
      const failure = await failureOf(places, () => change(places.textPath));
      assert(failure instanceof TextError, `${what}: ${failure}`);
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
  name: "the text is closed, whether it was indexed or not",
  ignore: openFiles() === undefined,
  fn: async () => {
    await withPlaces(async ({ directory, textPath, indexPath }) => {
      await Deno.writeFile(textPath, latin1("a\nb\n"));
      const before = openFiles()!;
      for (let i = 0; i < 30; i++) {
        await buildIndex({ textPath, indexPath });
        staleReason(textPath, indexPath);
        const unwritable = { textPath, indexPath: `${directory}/none/index` };
        await assertRejects(() => buildIndex(unwritable), IndexError);
        const signal = AbortSignal.abort(new Error("enough"));
        await assertRejects(() => buildIndex({ textPath, indexPath, signal }), Error, "enough");
      }
      assert(openFiles()! < before + 30);
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
      // A page of one line takes 24 bytes in the spool, and 24 in the index.
      const failures = [
        await failureOnDisk(disk, "\n".repeat(4000)),
        await failureOnDisk(disk, "\n".repeat(1600)),
      ];
      for (const failure of failures) {
        assertEquals(failure.problem, "unwritable");
        assert(failure.message.includes(`${disk}/index`), failure.message);
      }
    });
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
