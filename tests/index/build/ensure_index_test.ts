import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { buildIndex } from "../../../src/index/build/build_index.ts";
import { ensureIndex } from "../../../src/index/build/ensure_index.ts";
import { localDisk } from "../../../src/index/build/draft_disk.ts";
import { IndexDraft, SCRATCH_SUFFIX } from "../../../src/index/build/index_draft.ts";
import { IndexError } from "../../../src/index/index_error.ts";
import { buildFrom, latin1, namesIn, type Places, withPlaces } from "../../support/index_files.ts";
import { assertIndexOf } from "../../support/index_lines.ts";

const TEXT = latin1("one\ntwo\r\n\nfour");
/** Asserts that ensureIndex() throws, and that all files are unchanged. */
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

Deno.test("ensureIndex() builds a missing index, and not again while it is fresh", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, TEXT);
    const reasons: string[] = [];
    const options = { ...places, onBuild: (reason: string) => reasons.push(reason) };
    assertEquals((await ensureIndex(options)).built?.lines, 4);
    const before = await Deno.stat(places.indexPath);
    assertEquals((await ensureIndex(options)).built, undefined);
    const after = await Deno.stat(places.indexPath);
    assertEquals([after.ino, after.mtime], [before.ino, before.mtime]);
    assertEquals(reasons, ["there is none"]);
    await assertIndexOf(places.indexPath, TEXT);
  });
});

Deno.test("ensureIndex() rebuilds an index that is stale, damaged or asked for", async () => {
  await withPlaces(async (places) => {
    const reasons: string[] = [];
    const options = { ...places, onBuild: (reason: string) => reasons.push(reason) };
    await buildFrom(places, latin1("earlier\n"));
    await Deno.writeFile(places.textPath, TEXT);
    assert((await ensureIndex(options)).built);
    await Deno.writeFile(places.indexPath, (await Deno.readFile(places.indexPath)).with(60, 9));
    assert((await ensureIndex(options)).built);
    assert((await ensureIndex({ ...options, linesPerPage: 2 })).built);
    assertEquals((await ensureIndex({ ...options, linesPerPage: 2 })).built, undefined);
    assertEquals((await ensureIndex(options)).built, undefined);
    await Deno.writeFile(places.indexPath, (await Deno.readFile(places.indexPath)).with(8, 1));
    assert((await ensureIndex(options)).built);
    assert((await ensureIndex({ ...options, force: true })).built);
    await assertIndexOf(places.indexPath, TEXT);
    assertEquals(reasons, [
      "it was built from other content",
      "it is damaged",
      "it has 1024 lines a page, not 2",
      "its format has another version",
      "--force was given",
    ]);
  });
});

Deno.test("ensureIndex() with force builds, and gives that as the reason", async () => {
  await withPlaces(async (places) => {
    const reasons: string[] = [];
    const onBuild = (reason: string) => reasons.push(reason);
    await Deno.writeFile(places.textPath, TEXT);
    assert((await ensureIndex({ ...places, onBuild, force: true })).built, "there was none");
    await Deno.writeFile(places.textPath, latin1("another\ntext"));
    assert((await ensureIndex({ ...places, onBuild, force: true })).built, "it was stale");
    assert((await ensureIndex({ ...places, onBuild, force: true })).built, "it was fresh");
    assertEquals(reasons, new Array(3).fill("--force was given"));
    await assertIndexOf(places.indexPath, latin1("another\ntext"));
  });
});

Deno.test("ensureIndex() replaces the index of another text of the same size", async () => {
  await withPlaces(async (places) => {
    await buildFrom(places, TEXT.toReversed());
    await Deno.writeFile(places.textPath, TEXT);
    assert((await ensureIndex(places)).built);
    await assertIndexOf(places.indexPath, TEXT);
  });
});

Deno.test("ensureIndex() never overwrites a file that is not an index, not even with force", async () => {
  for (const content of ["another text\n", "", "\x89LIDX\r\n", "\0".repeat(300)]) {
    await withPlaces(async (places) => {
      await Deno.writeFile(places.textPath, TEXT);
      await Deno.writeFile(places.indexPath, latin1(content));
      await assertRefused(places, "foreign");
    });
  }
});

Deno.test("ensureIndex() does not call onBuild if something else is at the path of the index", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, TEXT);
    await Deno.writeFile(places.indexPath, latin1("another text\n"));
    const reasons: string[] = [];
    for (const force of [false, true]) {
      const onBuild = (reason: string) => reasons.push(reason);
      await assertRejects(() => ensureIndex({ ...places, force, onBuild }), IndexError);
    }
    assertEquals(reasons, []);
  });
});

Deno.test("ensureIndex() with the text as its own index throws and keeps the text", async () => {
  for (const text of [TEXT, latin1(""), latin1("\n")]) {
    await withPlaces(async (places) => {
      await Deno.writeFile(places.textPath, text);
      await assertRefused({ ...places, indexPath: places.textPath }, "foreign");
    });
  }
});

Deno.test("ensureIndex() with an index as its own text and index keeps it", async () => {
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

Deno.test("ensureIndex() keeps a text at the temporary path, even if it is an unfinished index", async () => {
  await withPlaces(async (places) => {
    await buildFrom(places, TEXT);
    const text = await Deno.readFile(places.indexPath);
    await Deno.rename(places.indexPath, places.draftPath);
    const ensure = () => ensureIndex({ textPath: places.draftPath, indexPath: places.indexPath });
    await assertRejects(ensure, IndexError, "overwrite");
    assertEquals(await Deno.readFile(places.draftPath), text);
  });
});

Deno.test("ensureIndex() of a text at the path of scratch files throws and keeps the text", async () => {
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

Deno.test("ensureIndex() throws if a directory is at the path of the index", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, TEXT);
    await Deno.mkdir(places.indexPath);
    await assertRefused(places, "foreign");
  });
});

Deno.test("ensureIndex() throws if a link to another file is at the path of the index", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, TEXT);
    await Deno.symlink(places.textPath, places.indexPath);
    await assertRefused(places, "foreign");
    assert(Deno.lstatSync(places.indexPath).isSymlink);
  });
});

Deno.test("ensureIndex() with force throws if a link to what is no index is at the path of the index", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, TEXT);
    await Deno.writeFile(`${places.directory}/notes`, latin1("notes\n"));
    await Deno.symlink(`${places.directory}/notes`, places.indexPath);
    await assertRefused(places, "foreign");
    assert(Deno.lstatSync(places.indexPath).isSymlink);
  });
});

Deno.test("ensureIndex() with a fresh index writes nothing, not even a temporary file", async () => {
  await withPlaces(async (places) => {
    await buildFrom(places, TEXT);
    // A builder would refuse to go on.
    await Deno.writeFile(places.draftPath, latin1("notes\n"));
    assertEquals((await ensureIndex(places)).built, undefined);
  });
});

Deno.test("ensureIndex() uses a link to an index; if that is stale, it replaces the index and keeps the link", async () => {
  await withPlaces(async (places) => {
    await Deno.mkdir(`${places.directory}/elsewhere`);
    const realPath = `${places.directory}/elsewhere/real`;
    await Deno.writeFile(places.textPath, TEXT);
    await buildIndex({ textPath: places.textPath, indexPath: realPath });
    await Deno.symlink(realPath, places.indexPath);
    assertEquals((await ensureIndex(places)).built, undefined);
    await Deno.writeFile(places.textPath, latin1("another\ntext"));
    assert((await ensureIndex(places)).built);
    await assertIndexOf(places.indexPath, latin1("another\ntext"));
    await assertIndexOf(realPath, latin1("another\ntext"));
    assertEquals(await Deno.readLink(places.indexPath), realPath);
    assertEquals(namesIn(`${places.directory}/elsewhere`), ["real"]);
  });
});

Deno.test("ensureIndex() writes to where a link leads if nothing is there, through several links", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, TEXT);
    await Deno.mkdir(`${places.directory}/elsewhere`);
    await Deno.symlink("elsewhere/second", places.indexPath);
    await Deno.symlink("../nowhere", `${places.directory}/elsewhere/second`);
    assert((await ensureIndex(places)).built);
    await assertIndexOf(`${places.directory}/nowhere`, TEXT);
    assertEquals(await Deno.readLink(places.indexPath), "elsewhere/second");
  });
});

Deno.test("ensureIndex() never overwrites another file at the temporary path", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, TEXT);
    await Deno.writeFile(places.draftPath, latin1("another text\n"));
    await assertRefused(places, "foreign");
  });
});

Deno.test("ensureIndex() does not overwrite a file that appears while it builds", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, TEXT);
    const onProgress = () => Deno.writeFileSync(places.indexPath, latin1("another text\n"));
    await ensureIndex({ ...places, onProgress }).catch((error) => {
      assert(error instanceof IndexError);
    });
    assertEquals(await Deno.readFile(places.indexPath), latin1("another text\n"));
    assertEquals(namesIn(places.directory), ["text", "text.lineidx"]);
  });
});

Deno.test("ensureIndex() throws if the draft is removed while it builds", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, TEXT);
    const onProgress = () => Deno.removeSync(places.draftPath);
    const failure = await assertRejects(() => ensureIndex({ ...places, onProgress }), Error);
    assert(failure instanceof IndexError, `${failure}`);
    assertEquals(namesIn(places.directory), ["text"]);
  });
});

Deno.test("ensureIndex() called ten times at once builds once", async () => {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, TEXT);
    const results = await Promise.all(
      Array.from({ length: 10 }, () => ensureIndex({ ...places, linesPerPage: 2 })),
    );
    assertEquals(results.filter(({ built }) => built !== undefined).length, 1);
    await assertIndexOf(places.indexPath, TEXT);
    assertEquals(namesIn(places.directory), ["text", "text.lineidx"]);
  });
});

Deno.test("ensureIndex() that waited for another builder builds nothing if the index is fresh then", async () => {
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
    assertEquals(result.built, undefined);
    await assertIndexOf(places.indexPath, TEXT);
    assertEquals(namesIn(places.directory), ["text", "text.lineidx"]);
  });
});

Deno.test({
  name: "ensureIndex() that waits for another builder rejects when it is aborted",
  // Waiting for the operating system's lock cannot be cancelled.
  sanitizeOps: false,
  fn: rejectsWhenAborted,
});

async function rejectsWhenAborted(): Promise<void> {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, TEXT);
    const draft = await IndexDraft.acquire(places.indexPath);
    let isHeld = true;
    const release = () => {
      if (isHeld) draft.close();
      isHeld = false;
    };
    const abort = new AbortController();
    let hangs: ReturnType<typeof setTimeout> | undefined;
    const onWait = () => {
      abort.abort(new Error("enough"));
      // If it waits on, this test must not hang.
      hangs = setTimeout(release, 15_000);
    };
    try {
      const options = { ...places, onWait, signal: abort.signal };
      await assertRejects(() => ensureIndex(options), Error, "enough");
      assert(isHeld, "it waited for the other builder");
    } finally {
      clearTimeout(hangs);
      release();
    }
  });
}

Deno.test("ensureIndex() uses the old index of a text that has grown if it cannot write, and is asked to", async () => {
  await withPlaces(async (places) => {
    await buildFrom(places, latin1("one\ntwo"));
    await Deno.writeFile(places.textPath, latin1("!\nthree\n"), { append: true });
    const { header } = (await ensureIndex({ ...places, ifUnwritable: "use old index" })).checked;
    assertEquals(header.lines, 3);
    await buildFrom(places, latin1("one\ntwo"));
    await Deno.writeFile(places.textPath, latin1("!\nthree\n"), { append: true });
    const sync = () => Promise.reject(new Deno.errors.WriteZero("the disk is full"));
    const disk = { ...localDisk, sync };
    const { checked, built, notExtended } = await ensureIndex({
      ...places,
      disk,
      ifUnwritable: "use old index",
    });
    assertEquals([checked.header.lines, checked.text.size, built], [2, 15, undefined]);
    assertStringIncludes(notExtended!.message, "Cannot write index: ");
    await assertIndexOf(places.indexPath, latin1("one\ntwo"));
    await assertRejects(() => ensureIndex({ ...places, disk }), IndexError);
    // There is nothing to use.
    const force = { ...places, disk, force: true, ifUnwritable: "use old index" } as const;
    await assertRejects(() => ensureIndex(force), IndexError);
  });
});
