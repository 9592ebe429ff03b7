import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { buildIndex } from "../../../src/index/build/build_index.ts";
import { ensureIndex } from "../../../src/index/build/ensure_index.ts";
import { IndexDraft } from "../../../src/index/build/index_draft.ts";
import { SCRATCH_SUFFIX } from "../../../src/index/build/index_paths.ts";
import { IndexError } from "../../../src/index/index_error.ts";
import { IndexReader } from "../../../src/index/index_reader.ts";
import { TRIAL_BYTES } from "../../../src/index/build/index_writer.ts";
import { staleReason } from "../../../src/index/freshness.ts";
import { SEGMENT_BYTES } from "../../../src/index/scan/segment_scanner.ts";
import { buildFrom, latin1, namesIn, type Places, withPlaces } from "../../support/index_files.ts";
import { assertIndexOf } from "../../support/index_lines.ts";
import { IndexProcess, sizeOf, untilInDirectory } from "../../support/index_processes.ts";

const TEXT = latin1("one\ntwo\r\n\nfour");

/** So large that no program reads it through while a test waits; on the disk it takes nothing. */
const HUGE_TEXT_BYTES = 1024 ** 4;

async function makeHugeText(textPath: string): Promise<void> {
  await Deno.writeFile(textPath, new Uint8Array());
  await Deno.truncate(textPath, HUGE_TEXT_BYTES);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** Asserts that the index can be made now, and that nothing else is left. */
async function assertNextSucceeds(places: Places, text: Uint8Array): Promise<void> {
  await Deno.writeFile(places.textPath, text);
  await ensureIndex(places);
  assertIndexOf(places.indexPath, text);
  assertEquals(namesIn(places.directory), ["text", "text.lineidx"]);
}

/** Asserts that an index is refused to be built, and that no file is other than it was. */
async function assertRefused(places: Places, problem: string): Promise<void> {
  const contents = () =>
    namesIn(places.directory).map((name) => {
      const path = `${places.directory}/${name}`;
      return Deno.lstatSync(path).isDirectory ? name : [name, ...Deno.readFileSync(path)].join();
    });
  const before = contents();
  for (const force of [false, true]) {
    const failure = await assertRejects(() => ensureIndex({ ...places, force }), IndexError);
    assertEquals(failure.problem, problem);
    assertStringIncludes(failure.message, places.indexPath);
    assertEquals(contents(), before);
  }
}

Deno.test("an index is built where it is missing, and not again while it is fresh", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, TEXT);
    const reasons: string[] = [];
    const options = { ...places, onBuild: (reason: string) => reasons.push(reason) };
    assertEquals((await ensureIndex(options))?.lines, 4);
    const before = await Deno.stat(places.indexPath);
    assertEquals(await ensureIndex(options), undefined);
    const after = await Deno.stat(places.indexPath);
    assertEquals([after.ino, after.mtime], [before.ino, before.mtime]);
    assertEquals(reasons, ["there is none"]);
    assertIndexOf(places.indexPath, TEXT);
  });
});

Deno.test("an index is built anew where it is stale, damaged, or asked for", async () => {
  await withPlaces(async (places) => {
    const reasons: string[] = [];
    const options = { ...places, onBuild: (reason: string) => reasons.push(reason) };
    await buildFrom(places, latin1("earlier\n"));
    await Deno.writeFile(places.textPath, TEXT);
    assert(await ensureIndex(options));
    await Deno.writeFile(places.indexPath, (await Deno.readFile(places.indexPath)).with(60, 9));
    assert(await ensureIndex(options));
    assert(await ensureIndex({ ...options, linesPerPage: 2 }));
    assertEquals(await ensureIndex({ ...options, linesPerPage: 2 }), undefined);
    assertEquals(await ensureIndex(options), undefined);
    await Deno.writeFile(places.indexPath, (await Deno.readFile(places.indexPath)).with(8, 1));
    assert(await ensureIndex(options));
    assert(await ensureIndex({ ...options, force: true }));
    assertIndexOf(places.indexPath, TEXT);
    assertEquals(reasons, [
      `it is of a text of 8 bytes, and this one has ${TEXT.length}`,
      "it is damaged",
      "it has 1024 lines a page, not 2",
      "it is of another version",
      "it was asked for",
    ]);
  });
});

Deno.test("an index that is asked for by force is built because of that, whatever else is the matter", async () => {
  await withPlaces(async (places) => {
    const reasons: string[] = [];
    const onBuild = (reason: string) => reasons.push(reason);
    await Deno.writeFile(places.textPath, TEXT);
    assert(await ensureIndex({ ...places, onBuild, force: true }), "there was none");
    await Deno.writeFile(places.textPath, latin1("another\ntext"));
    assert(await ensureIndex({ ...places, onBuild, force: true }), "it was stale");
    assert(await ensureIndex({ ...places, onBuild, force: true }), "it was fresh");
    assertEquals(reasons, new Array(3).fill("it was asked for"));
    assertIndexOf(places.indexPath, latin1("another\ntext"));
  });
});

Deno.test("an index of another text of the same size is replaced", async () => {
  await withPlaces(async (places) => {
    await buildFrom(places, TEXT.toReversed());
    await Deno.writeFile(places.textPath, TEXT);
    assert(await ensureIndex(places));
    assertIndexOf(places.indexPath, TEXT);
  });
});

Deno.test("a file that is not an index is never overwritten, not even by force", async () => {
  for (const content of ["somebody's text\n", "", "\x89LIDX\r\n", "\0".repeat(300)]) {
    await withPlaces(async (places) => {
      await Deno.writeFile(places.textPath, TEXT);
      await Deno.writeFile(places.indexPath, latin1(content));
      await assertRefused(places, "foreign");
    });
  }
});

Deno.test("a building that is refused because of what stands in the index's place is not told of", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, TEXT);
    await Deno.writeFile(places.indexPath, latin1("somebody's text\n"));
    const reasons: string[] = [];
    for (const force of [false, true]) {
      const onBuild = (reason: string) => reasons.push(reason);
      await assertRejects(() => ensureIndex({ ...places, force, onBuild }), IndexError);
    }
    assertEquals(reasons, []);
  });
});

Deno.test("the text given as its own index is never overwritten", async () => {
  for (const text of [TEXT, latin1(""), latin1("\n")]) {
    await withPlaces(async (places) => {
      await Deno.writeFile(places.textPath, text);
      await assertRefused({ ...places, indexPath: places.textPath }, "foreign");
    });
  }
});

Deno.test("the text given as its own index is kept, even where it looks like one", async () => {
  await withPlaces(async (places) => {
    await buildFrom(places, TEXT);
    const textPath = places.indexPath;
    const text = await Deno.readFile(textPath);
    await ensureIndex({ textPath, indexPath: textPath }).catch((error) => {
      assert(error instanceof IndexError);
    });
    assertEquals(await Deno.readFile(textPath), text);
  });
});

Deno.test("the text at the temporary name is kept, even where it looks like a left-over", async () => {
  await withPlaces(async (places) => {
    await buildFrom(places, TEXT);
    const text = await Deno.readFile(places.indexPath);
    await Deno.rename(places.indexPath, places.draftPath);
    await ensureIndex({ textPath: places.draftPath, indexPath: places.indexPath })
      .catch(() => {});
    assertEquals(sizeOf(places.draftPath), text.length);
    assertEquals(await Deno.readFile(places.draftPath), text);
  });
});

Deno.test("the text at a scratch file's name is kept, and nothing is built", async () => {
  await withPlaces(async ({ directory, indexPath }) => {
    const textPath = indexPath + SCRATCH_SUFFIX;
    for (const text of [TEXT, latin1("")]) {
      await Deno.writeFile(textPath, text);
      const ensure = () => ensureIndex({ textPath, indexPath });
      const failure = await assertRejects(ensure, IndexError, textPath);
      assertEquals(failure.problem, "foreign");
      assertEquals(await Deno.readFile(textPath), text);
      assertEquals(namesIn(directory), ["text.lineidx.scratch"]);
    }
  });
});

Deno.test("a directory in the index's place is refused", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, TEXT);
    await Deno.mkdir(places.indexPath);
    await assertRefused(places, "foreign");
  });
});

Deno.test("a symbolic link to what is not an index is refused", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, TEXT);
    await Deno.symlink(places.textPath, places.indexPath);
    await assertRefused(places, "foreign");
    assert(Deno.lstatSync(places.indexPath).isSymlink);
  });
});

Deno.test("a symbolic link to an index is used; a stale one behind it stays whole", async () => {
  await withPlaces(async (places) => {
    await Deno.mkdir(`${places.directory}/elsewhere`);
    const realPath = `${places.directory}/elsewhere/real`;
    await Deno.writeFile(places.textPath, TEXT);
    await buildIndex({ textPath: places.textPath, indexPath: realPath });
    await Deno.symlink(realPath, places.indexPath);
    assertEquals(await ensureIndex(places), undefined);
    await Deno.writeFile(places.textPath, latin1("another\ntext"));
    assert(await ensureIndex(places));
    assertIndexOf(places.indexPath, latin1("another\ntext"));
    IndexReader.open(realPath).close();
  });
});

Deno.test("a symbolic link that leads nowhere does not keep the index from being built", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, TEXT);
    await Deno.symlink(`${places.directory}/nowhere`, places.indexPath);
    assert(await ensureIndex(places));
    assertIndexOf(places.indexPath, TEXT);
  });
});

Deno.test({
  name: "a pipe in the index's place is refused, and nobody waits for its writer",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await withPlaces(async ({ textPath, indexPath }) => {
      await Deno.writeFile(textPath, TEXT);
      await new Deno.Command("mkfifo", { args: [indexPath] }).output();
      // Opening a pipe for writing goes on as soon as somebody opens it for reading.
      const isOpenedForReading = Deno.open(indexPath, { write: true })
        .then((pipe) => pipe.close());
      const child = new IndexProcess(textPath);
      const first = await Promise.race([
        isOpenedForReading.then(() => "it waited for the pipe's writer"),
        child.ended.then(({ code }) => `it ended with ${code}`),
      ]);
      // Whoever still waits goes on.
      using _bothEnds = await Deno.open(indexPath, { read: true, write: true });
      await Promise.all([isOpenedForReading, child.ended]);
      assertEquals(first, "it ended with 1");
      assert(Deno.lstatSync(indexPath).isFifo);
    });
  },
});

Deno.test("a foreign file at the temporary name is never overwritten", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, TEXT);
    await Deno.writeFile(places.draftPath, latin1("somebody's text\n"));
    await assertRefused(places, "foreign");
  });
});

Deno.test("a foreign file that appears while the index is built is not overwritten", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, TEXT);
    const onProgress = () => Deno.writeFileSync(places.indexPath, latin1("somebody's text\n"));
    await ensureIndex({ ...places, onProgress }).catch((error) => {
      assert(error instanceof IndexError);
    });
    assertEquals(await Deno.readFile(places.indexPath), latin1("somebody's text\n"));
    assertEquals(namesIn(places.directory), ["text", "text.lineidx"]);
  });
});

Deno.test("a temporary file that is taken away is an IndexError, and all files are closed", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, TEXT);
    const onProgress = () => Deno.removeSync(places.draftPath);
    const failure = await assertRejects(() => ensureIndex({ ...places, onProgress }), Error);
    assert(failure instanceof IndexError, `${failure}`);
    assertEquals(namesIn(places.directory), ["text"]);
  });
});

Deno.test("of many that ask at once one builds, and all have a right index", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, TEXT);
    const results = await Promise.all(
      Array.from({ length: 10 }, () => ensureIndex({ ...places, linesPerPage: 2 })),
    );
    assertEquals(results.filter((result) => result !== undefined).length, 1);
    assertIndexOf(places.indexPath, TEXT);
    assertEquals(namesIn(places.directory), ["text", "text.lineidx"]);
  });
});

Deno.test("who waited for another's building takes what that one built", async () => {
  await withPlaces(async (places) => {
    const other: Places = { ...places, indexPath: `${places.directory}/other` };
    await Deno.writeFile(places.textPath, TEXT);
    await ensureIndex(other);
    const draft = await IndexDraft.acquire(places.indexPath);
    const result = await ensureIndex({
      ...places,
      onWait: () => {
        Deno.renameSync(other.indexPath, places.indexPath);
        draft.close();
      },
    });
    assertEquals(result, undefined);
    assertIndexOf(places.indexPath, TEXT);
    assertEquals(namesIn(places.directory), ["text", "text.lineidx"]);
  });
});

Deno.test({
  name: "who waits for another's building goes away when aborted",
  // The system's lock, once it is waited for, cannot be called back.
  sanitizeOps: false,
  fn: goesAwayWhenAborted,
});

async function goesAwayWhenAborted(): Promise<void> {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, TEXT);
    const draft = await IndexDraft.acquire(places.indexPath);
    let isHeld = true;
    const release = () => {
      if (isHeld) draft.close();
      isHeld = false;
    };
    const abort = new AbortController();
    let patience: ReturnType<typeof setTimeout> | undefined;
    const onWait = () => {
      abort.abort(new Error("enough"));
      // Only so that a program which waits on does not keep this test for ever.
      patience = setTimeout(release, 15_000);
    };
    try {
      const options = { ...places, onWait, signal: abort.signal };
      await assertRejects(() => ensureIndex(options), Error, "enough");
      assert(isHeld, "it waited until the other had ended");
    } finally {
      clearTimeout(patience);
      release();
    }
  });
}

Deno.test("two processes at once both end well, with one right index", async () => {
  await withPlaces(async (places) => {
    const text = new Uint8Array(2 * SEGMENT_BYTES).map((_, i) => i % 50 === 0 ? 0x0a : 0x78);
    await Deno.writeFile(places.textPath, text);
    for (const args of [[], ["--force"]]) {
      const both = [1, 2].map(() => new IndexProcess(places.textPath, ...args).ended);
      for (const { code, stderr } of await Promise.all(both)) assertEquals(code, 0, stderr);
      assertEquals(await staleReason(places.textPath, places.indexPath), undefined);
      assertIndexOf(places.indexPath, text);
      assertEquals(namesIn(places.directory), ["text", "text.lineidx"]);
    }
  });
});

Deno.test("a builder killed while it reads the text leaves no index, and the next one succeeds", async () => {
  await withPlaces(async (places) => {
    await makeHugeText(places.textPath);
    const { process, wasSo } = await untilInDirectory(
      places.directory,
      () => new IndexProcess(places.textPath),
      () => (sizeOf(places.draftPath) ?? 0) > 0,
    );
    process.kill("SIGKILL");
    const { stderr } = await process.ended;
    assert(wasSo, stderr);
    assertEquals(sizeOf(places.indexPath), undefined);
    await assertNextSucceeds(places, TEXT);
  });
});

/** Builds in a process that is killed as soon as it is so, and then again; the index must be right. */
async function assertSurvivesKill(
  places: Places,
  linesPerPage: number,
  right: Uint8Array,
  isNow: () => boolean,
): Promise<void> {
  await Deno.remove(places.indexPath);
  const { process } = await untilInDirectory(
    places.directory,
    () => new IndexProcess(places.textPath, "--lines-per-page", `${linesPerPage}`),
    isNow,
  );
  process.kill("SIGKILL");
  await process.ended;
  const isBuilt = sizeOf(places.indexPath) !== undefined;
  if (isBuilt) assert(isSame(await Deno.readFile(places.indexPath), right), "it is half built");
  await ensureIndex({ ...places, linesPerPage, force: true });
  assert(isSame(await Deno.readFile(places.indexPath), right), "the next one failed");
  assertEquals(namesIn(places.directory), ["text", "text.lineidx"]);
}

Deno.test("a builder killed at any other moment leaves no half index, and the next one succeeds", async () => {
  await withPlaces(async (places) => {
    // Pages of one line make the index large: 2 MB, which are written in several pieces.
    const text = new Uint8Array(SEGMENT_BYTES / 2).map((_, i) => i % 3 === 0 ? 0x0a : 0x78);
    await buildFrom(places, text, 1);
    const right = await Deno.readFile(places.indexPath);
    const { draftPath, indexPath } = places;
    const draftHas = (bytes: number) => () => (sizeOf(draftPath) ?? 0) > bytes;
    const moments: (() => boolean)[] = [
      // The draft has a name.
      () => sizeOf(draftPath) !== undefined,
      // Pages are being written.
      draftHas(128),
      draftHas(right.length / 4),
      draftHas(right.length / 2),
      // The index has its name.
      () => sizeOf(indexPath) !== undefined,
    ];
    for (const isNow of moments) await assertSurvivesKill(places, 1, right, isNow);
  });
});

Deno.test("a builder killed while it writes the index anew leaves no half index, and the next one succeeds", async () => {
  await withPlaces(async (places) => {
    // In pages of two lines the first need other slots than all together.
    const narrow = "\n\n".repeat(Math.ceil(TRIAL_BYTES / 24));
    const wide = ("\n" + "x".repeat(255) + "\n").repeat(6000);
    await buildFrom(places, latin1(narrow + wide), 2);
    const right = await Deno.readFile(places.indexPath);
    const { draftPath } = places;
    let largest = 0;
    const isWrittenAnew = () => {
      const size = sizeOf(draftPath) ?? 0;
      largest = Math.max(largest, size);
      return size < largest;
    };
    await assertSurvivesKill(places, 2, right, () => (sizeOf(draftPath) ?? 0) > TRIAL_BYTES);
    await assertSurvivesKill(places, 2, right, isWrittenAnew);
  });
});

Deno.test({
  name: "a builder that is interrupted or terminated takes its temporary file away",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      await withPlaces(async (places) => {
        await makeHugeText(places.textPath);
        const { process, wasSo } = await untilInDirectory(
          places.directory,
          () => new IndexProcess(places.textPath),
          () => (sizeOf(places.draftPath) ?? 0) > 0,
        );
        process.kill(signal);
        const { code, stderr } = await process.ended;
        assert(wasSo, stderr);
        assertEquals(code, 1);
        assertStringIncludes(stderr, "Interrupted: no new index was written");
        assertEquals(namesIn(places.directory), ["text"]);
      });
    }
  },
});
