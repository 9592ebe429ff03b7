import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FINGERPRINT_BYTES } from "../../../src/source/fingerprint.ts";
import { HEADER_BYTES } from "../../../src/index/format/layout.ts";
import { type IndexHeader, MAGIC } from "../../../src/index/format/header.ts";
import { IndexDraft } from "../../../src/index/build/index_draft.ts";
import { IndexError, unwritableIndex } from "../../../src/index/index_error.ts";
import { SCRATCH_SUFFIX } from "../../../src/index/build/index_paths.ts";
import { IndexReader } from "../../../src/index/index_reader.ts";
import { latin1, namesIn, withPlaces } from "../../support/index_files.ts";

/** The header of the index of an empty text, which has no page. */
const HEADER: IndexHeader = {
  lines: 0,
  linesPerPage: 4,
  slotWidthBits: 0,
  textBytes: 0,
  indexBytes: HEADER_BYTES,
  fingerprint: new Uint8Array(FINGERPRINT_BYTES),
};

const NOBODY_WAITS = {
  onWait: () => {
    throw new Error("Nobody is to be waited for");
  },
};

Deno.test("a draft that is committed is the index, and nothing else is left", async () => {
  await withPlaces(async ({ directory, indexPath }) => {
    const draft = await IndexDraft.acquire(indexPath, NOBODY_WAITS);
    assertEquals(namesIn(directory), ["text.lineidx.building"]);
    await draft.commit(HEADER);
    draft.close();
    assertEquals(namesIn(directory), ["text.lineidx"]);
    using index = IndexReader.open(indexPath);
    assertEquals(index.header, HEADER);
  });
});

Deno.test("a draft that is closed without a commit leaves nothing", async () => {
  await withPlaces(async ({ directory, indexPath }) => {
    const draft = await IndexDraft.acquire(indexPath, NOBODY_WAITS);
    draft.close();
    assertEquals(namesIn(directory), []);
  });
});

Deno.test("a draft stands behind room for the header", async () => {
  await withPlaces(async ({ directory, indexPath }) => {
    const draft = await IndexDraft.acquire(indexPath, NOBODY_WAITS);
    assertEquals(draft.file.seekSync(0, Deno.SeekMode.Current), HEADER_BYTES);
    assertEquals(namesIn(directory), ["text.lineidx.building"]);
    draft.close();
  });
});

Deno.test("what is written behind the header's room can be read back, and is committed", async () => {
  await withPlaces(async ({ indexPath }) => {
    const draft = await IndexDraft.acquire(indexPath, NOBODY_WAITS);
    draft.file.writeSync(latin1("pages"));
    draft.file.seekSync(HEADER_BYTES, Deno.SeekMode.Start);
    const read = new Uint8Array(10);
    assertEquals(draft.file.readSync(read), 5);
    assertEquals(read.subarray(0, 5), latin1("pages"));
    await draft.commit({ ...HEADER, indexBytes: HEADER_BYTES + 5 });
    draft.close();
    assertEquals((await Deno.readFile(indexPath)).subarray(HEADER_BYTES), latin1("pages"));
  });
});

Deno.test("scratch files are empty, apart from each other, and without a name", async () => {
  await withPlaces(async ({ directory, indexPath }) => {
    const draft = await IndexDraft.acquire(indexPath, NOBODY_WAITS);
    using a = draft.openScratch();
    a.writeSync(latin1("one"));
    using b = draft.openScratch();
    assertEquals(b.statSync().size, 0);
    b.writeSync(latin1("others"));
    for (const [file, content] of [[a, "one"], [b, "others"]] as const) {
      file.seekSync(0, Deno.SeekMode.Start);
      const read = new Uint8Array(10);
      assertEquals(read.subarray(0, file.readSync(read) ?? 0), latin1(content));
    }
    assertEquals(namesIn(directory), ["text.lineidx.building"]);
    draft.close();
    assertEquals(namesIn(directory), []);
  });
});

Deno.test("a half-built index does not open as an index", async () => {
  await withPlaces(async ({ indexPath, draftPath }) => {
    const draft = await IndexDraft.acquire(indexPath, NOBODY_WAITS);
    assertEquals((await Deno.readFile(draftPath)).subarray(0, MAGIC.length), MAGIC);
    const failure = assertThrows(() => IndexReader.open(draftPath), IndexError, draftPath);
    // The room for the header is zeros: it may pass for one of version 0.
    assert(failure.problem === "damaged" || failure.problem === "version", failure.problem);
    draft.close();
  });
});

Deno.test("the left-over of a killed builder is taken over, whatever its length", async () => {
  await withPlaces(async ({ directory, indexPath, draftPath }) => {
    for (const length of [0, MAGIC.length, MAGIC.length + 1, HEADER_BYTES, 100_000]) {
      const leftOver = new Uint8Array(length).fill(0x55);
      if (length > 0) leftOver.set(MAGIC);
      await Deno.writeFile(draftPath, leftOver);
      const draft = await IndexDraft.acquire(indexPath, NOBODY_WAITS);
      await draft.commit(HEADER);
      draft.close();
      IndexReader.open(indexPath).close();
      assertEquals(Deno.statSync(indexPath).size, HEADER_BYTES, `${length} bytes were left over`);
      assertEquals(namesIn(directory), ["text.lineidx"]);
    }
  });
});

Deno.test("the left-over of a power cut, which is zeros, is taken over", async () => {
  await withPlaces(async ({ directory, indexPath, draftPath }) => {
    await Deno.writeFile(draftPath, new Uint8Array(500));
    const draft = await IndexDraft.acquire(indexPath, NOBODY_WAITS);
    draft.close();
    assertEquals(namesIn(directory), []);
  });
});

Deno.test("a file at the temporary name that is no half-built index is never overwritten", async () => {
  await withPlaces(async ({ directory, indexPath, draftPath }) => {
    for (const content of ["somebody's text\n", "a", "\x89LIDX\r\nX and more"]) {
      await Deno.writeFile(draftPath, latin1(content));
      const failure = await assertRejects(
        () => IndexDraft.acquire(indexPath, NOBODY_WAITS),
        IndexError,
        draftPath,
      );
      assertEquals(failure.problem, "foreign");
      assertEquals(await Deno.readFile(draftPath), latin1(content));
      assertEquals(namesIn(directory), ["text.lineidx.building"]);
    }
  });
});

Deno.test("a directory at the temporary name is an error, and stays", async () => {
  await withPlaces(async ({ directory, indexPath, draftPath }) => {
    await Deno.mkdir(draftPath);
    const failure = await assertRejects(
      () => IndexDraft.acquire(indexPath, NOBODY_WAITS),
      IndexError,
      indexPath,
    );
    assertEquals(failure.problem, "foreign");
    assertEquals(namesIn(directory), ["text.lineidx.building"]);
  });
});

Deno.test("a symbolic link at the temporary name does not lead to another index's end", async () => {
  await withPlaces(async ({ directory, indexPath, draftPath }) => {
    const otherPath = `${directory}/other.lineidx`;
    const other = await IndexDraft.acquire(otherPath, NOBODY_WAITS);
    await other.commit({ ...HEADER, linesPerPage: 77 });
    other.close();
    const before = await Deno.readFile(otherPath);
    await Deno.symlink(otherPath, draftPath);
    const draft = await IndexDraft.acquire(indexPath, NOBODY_WAITS).catch((error) => {
      assert(error instanceof IndexError);
    });
    draft?.close();
    assertEquals(await Deno.readFile(otherPath), before);
  });
});

Deno.test("what a builder leaves that is killed while it opens a scratch file is taken over", async () => {
  await withPlaces(async ({ directory, indexPath }) => {
    // A scratch file has a name for a moment, in which it is empty.
    await Deno.writeFile(indexPath + SCRATCH_SUFFIX, new Uint8Array());
    const draft = await IndexDraft.acquire(indexPath, NOBODY_WAITS);
    using scratch = draft.openScratch();
    assertEquals(scratch.statSync().size, 0);
    await draft.commit(HEADER);
    draft.close();
    assertEquals(namesIn(directory), ["text.lineidx"]);
  });
});

function makePipe(path: string): void {
  assert(new Deno.Command("mkfifo", { args: [path] }).outputSync().success);
}

Deno.test("whatever else has the scratch file's name is refused, and kept as it is", async () => {
  const others: Record<string, (path: string) => void> = {
    "somebody's file": (path) => Deno.writeFileSync(path, latin1("somebody's")),
    "a directory": (path) => Deno.mkdirSync(path),
    "a link": (path) => Deno.symlinkSync(`${path}.elsewhere`, path),
    // As a left-over, it has no size.
    "a pipe": (path) => makePipe(path),
  };
  if (Deno.build.os === "windows") delete others["a pipe"];
  for (const [what, make] of Object.entries(others)) {
    await withPlaces(async ({ directory, indexPath }) => {
      const scratchPath = indexPath + SCRATCH_SUFFIX;
      make(scratchPath);
      const before = Deno.lstatSync(scratchPath);
      const draft = await IndexDraft.acquire(indexPath, NOBODY_WAITS);
      const failure = assertThrows(() => draft.openScratch(), IndexError, scratchPath);
      assertEquals(failure.problem, "foreign", what);
      draft.close();
      const after = Deno.lstatSync(scratchPath);
      assertEquals([after.ino, after.size], [before.ino, before.size], what);
      assertEquals(namesIn(directory), ["text.lineidx.scratch"], what);
    });
  }
});

Deno.test("a second builder waits until the first is done, and is told so once", async () => {
  for (const end of ["commit", "close"] as const) {
    await withPlaces(async ({ directory, indexPath }) => {
      const first = await IndexDraft.acquire(indexPath, NOBODY_WAITS);
      let isFirstDone = false;
      let waits = 0;
      const second = await IndexDraft.acquire(indexPath, {
        onWait: async () => {
          waits++;
          if (end === "commit") await first.commit(HEADER);
          isFirstDone = true;
          first.close();
        },
      });
      assertEquals([isFirstDone, waits], [true, 1]);
      assertEquals(second.file.statSync().size, HEADER_BYTES);
      await second.commit({ ...HEADER, linesPerPage: 9 });
      second.close();
      assertEquals(namesIn(directory), ["text.lineidx"]);
      using index = IndexReader.open(indexPath);
      assertEquals(index.header.linesPerPage, 9);
    });
  }
});

Deno.test("many builders take turns, one at a time", async () => {
  await withPlaces(async ({ directory, indexPath }) => {
    let atWork = 0;
    await Promise.all(Array.from({ length: 12 }, async (_, i) => {
      const draft = await IndexDraft.acquire(indexPath);
      assertEquals(++atWork, 1);
      await draft.file.write(new Uint8Array(10));
      await draft.file.truncate(HEADER_BYTES);
      atWork--;
      if (i % 3 !== 0) await draft.commit(HEADER);
      draft.close();
    }));
    assertEquals(namesIn(directory), ["text.lineidx"]);
    IndexReader.open(indexPath).close();
  });
});

Deno.test("unwritable says what the system said, and keeps an IndexError as it is", () => {
  const error = unwritableIndex("/a/b", Object.assign(new Error("raw"), { code: "ENOSPC" }));
  assertEquals(error.problem, "unwritable");
  assertEquals(
    error.message,
    "Cannot write index: no space left on the device: /a/b: name another path with --index",
  );
  const kept = new IndexError("busy", "later");
  assert(unwritableIndex("/a/b", kept) === kept);
});

Deno.test("what others gave the draft's name is neither taken for the index nor removed", async () => {
  await withPlaces(async ({ directory, indexPath, draftPath }) => {
    const draft = await IndexDraft.acquire(indexPath, NOBODY_WAITS);
    await Deno.remove(draftPath);
    await Deno.writeTextFile(draftPath, "notes");
    await assertRejects(
      () => draft.commit(HEADER),
      IndexError,
      `Half-built index was changed by others: ${draftPath}: index again`,
    );
    draft.close();
    assertEquals(namesIn(directory), ["text.lineidx.building"]);
    assertEquals(await Deno.readTextFile(draftPath), "notes");
  });
});

Deno.test("a draft that others took away, cut off or wrote on to is not committed", async () => {
  const changes: readonly ((path: string) => void)[] = [
    Deno.removeSync,
    (path) => Deno.truncateSync(path, HEADER_BYTES + 4),
    (path) => Deno.writeTextFileSync(path, "more", { append: true }),
  ];
  for (const change of changes) {
    await withPlaces(async ({ directory, indexPath, draftPath }) => {
      const draft = await IndexDraft.acquire(indexPath, NOBODY_WAITS);
      draft.file.writeSync(latin1("pages"));
      change(draftPath);
      const committing = draft.commit({ ...HEADER, indexBytes: HEADER_BYTES + 5 });
      await assertRejects(() => committing, IndexError, "changed by others");
      draft.close();
      assertEquals(namesIn(directory), []);
    });
  }
});
