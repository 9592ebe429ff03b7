import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FINGERPRINT_BYTES } from "../../../src/source/fingerprint.ts";
import { HEADER_BYTES } from "../../../src/index/format/layout.ts";
import { type IndexHeader, MAGIC } from "../../../src/index/format/header.ts";
import { IndexDraft, SCRATCH_SUFFIX } from "../../../src/index/build/index_draft.ts";
import { IndexError, unwritableIndex } from "../../../src/index/index_error.ts";
import { openIndex, readHeader } from "../../../src/index/index_reader.ts";
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

const NO_WAIT = {
  onWait: () => {
    throw new Error("it waited");
  },
};

Deno.test("IndexDraft.commit() makes the draft the index and leaves nothing else", async () => {
  await withPlaces(async ({ directory, indexPath }) => {
    const draft = await IndexDraft.acquire(indexPath, NO_WAIT);
    assertEquals(namesIn(directory), ["text.lineidx.building"]);
    await draft.commit(HEADER);
    draft.close();
    assertEquals(namesIn(directory), ["text.lineidx"]);
    assertEquals(readHeader(indexPath), HEADER);
  });
});

Deno.test("IndexDraft.close() without commit() leaves nothing", async () => {
  await withPlaces(async ({ directory, indexPath }) => {
    const draft = await IndexDraft.acquire(indexPath, NO_WAIT);
    draft.close();
    assertEquals(namesIn(directory), []);
  });
});

Deno.test("IndexDraft.acquire() positions the file after room for the header", async () => {
  await withPlaces(async ({ directory, indexPath }) => {
    const draft = await IndexDraft.acquire(indexPath, NO_WAIT);
    assertEquals(draft.file.seekSync(0, Deno.SeekMode.Current), HEADER_BYTES);
    assertEquals(namesIn(directory), ["text.lineidx.building"]);
    draft.close();
  });
});

Deno.test("IndexDraft.commit() keeps what was written after the header", async () => {
  await withPlaces(async ({ indexPath }) => {
    const draft = await IndexDraft.acquire(indexPath, NO_WAIT);
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

Deno.test("IndexDraft.openScratch() opens separate empty files without a path", async () => {
  await withPlaces(async ({ directory, indexPath }) => {
    const draft = await IndexDraft.acquire(indexPath, NO_WAIT);
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

Deno.test("openIndex() of a draft throws", async () => {
  await withPlaces(async ({ indexPath, draftPath }) => {
    const draft = await IndexDraft.acquire(indexPath, NO_WAIT);
    assertEquals((await Deno.readFile(draftPath)).subarray(0, MAGIC.length), MAGIC);
    const failure = await assertRejects(() => openIndex(draftPath), IndexError, draftPath);
    // The room for the header is zeros: it may count as version 0.
    assert(failure.problem === "damaged" || failure.problem === "version", failure.problem);
    draft.close();
  });
});

Deno.test("IndexDraft.acquire() throws if another file is at the path of the index, and creates nothing", async () => {
  await withPlaces(async ({ directory, indexPath }) => {
    await Deno.writeFile(indexPath, latin1("notes\n"));
    const acquire = () => IndexDraft.acquire(indexPath, NO_WAIT);
    const failure = await assertRejects(acquire, IndexError, indexPath);
    assertEquals(failure.problem, "foreign");
    assertEquals(namesIn(directory), ["text.lineidx"]);
  });
});

Deno.test("IndexDraft.acquire() takes over what a killed builder left, whatever its length", async () => {
  await withPlaces(async ({ directory, indexPath, draftPath }) => {
    for (const length of [0, MAGIC.length, MAGIC.length + 1, HEADER_BYTES, 100_000]) {
      const leftOver = new Uint8Array(length).fill(0x55);
      if (length > 0) leftOver.set(MAGIC);
      await Deno.writeFile(draftPath, leftOver);
      const draft = await IndexDraft.acquire(indexPath, NO_WAIT);
      await draft.commit(HEADER);
      draft.close();
      assertEquals(readHeader(indexPath), HEADER);
      assertEquals(Deno.statSync(indexPath).size, HEADER_BYTES, `${length} bytes were left over`);
      assertEquals(namesIn(directory), ["text.lineidx"]);
    }
  });
});

Deno.test("IndexDraft.acquire() takes over the zeros that a power failure left", async () => {
  await withPlaces(async ({ directory, indexPath, draftPath }) => {
    await Deno.writeFile(draftPath, new Uint8Array(500));
    const draft = await IndexDraft.acquire(indexPath, NO_WAIT);
    draft.close();
    assertEquals(namesIn(directory), []);
  });
});

Deno.test("IndexDraft.acquire() never overwrites another file at the temporary path", async () => {
  await withPlaces(async ({ directory, indexPath, draftPath }) => {
    for (const content of ["somebody's text\n", "a", "\x89LIDX\r\nX and more"]) {
      await Deno.writeFile(draftPath, latin1(content));
      const failure = await assertRejects(
        () => IndexDraft.acquire(indexPath, NO_WAIT),
        IndexError,
        draftPath,
      );
      assertEquals(failure.problem, "foreign");
      assertEquals(await Deno.readFile(draftPath), latin1(content));
      assertEquals(namesIn(directory), ["text.lineidx.building"]);
    }
  });
});

Deno.test("IndexDraft.acquire() throws if a directory is at the temporary path", async () => {
  await withPlaces(async ({ directory, indexPath, draftPath }) => {
    await Deno.mkdir(draftPath);
    const failure = await assertRejects(
      () => IndexDraft.acquire(indexPath, NO_WAIT),
      IndexError,
      indexPath,
    );
    assertEquals(failure.problem, "foreign");
    assertEquals(namesIn(directory), ["text.lineidx.building"]);
  });
});

Deno.test("IndexDraft.acquire() does not follow a link at the temporary path", async () => {
  await withPlaces(async ({ directory, indexPath, draftPath }) => {
    const otherPath = `${directory}/other.lineidx`;
    const other = await IndexDraft.acquire(otherPath, NO_WAIT);
    await other.commit({ ...HEADER, linesPerPage: 77 });
    other.close();
    const before = await Deno.readFile(otherPath);
    await Deno.symlink(otherPath, draftPath);
    const draft = await IndexDraft.acquire(indexPath, NO_WAIT).catch((error) => {
      assert(error instanceof IndexError);
    });
    draft?.close();
    assertEquals(await Deno.readFile(otherPath), before);
  });
});

Deno.test("IndexDraft.openScratch() takes over the empty file of a killed builder", async () => {
  await withPlaces(async ({ directory, indexPath }) => {
    // A scratch file has a path only for a moment, in which it is empty.
    await Deno.writeFile(indexPath + SCRATCH_SUFFIX, new Uint8Array());
    const draft = await IndexDraft.acquire(indexPath, NO_WAIT);
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

Deno.test("IndexDraft.openScratch() throws if something else is at its path, and keeps it", async () => {
  const others: Record<string, (path: string) => void> = {
    "somebody's file": (path) => Deno.writeFileSync(path, latin1("somebody's")),
    "a directory": (path) => Deno.mkdirSync(path),
    "a link": (path) => Deno.symlinkSync(`${path}.elsewhere`, path),
    // Its size is 0, as that of a scratch file.
    "a pipe": (path) => makePipe(path),
  };
  if (Deno.build.os === "windows") delete others["a pipe"];
  for (const [what, make] of Object.entries(others)) {
    await withPlaces(async ({ directory, indexPath }) => {
      const scratchPath = indexPath + SCRATCH_SUFFIX;
      make(scratchPath);
      const before = Deno.lstatSync(scratchPath);
      const draft = await IndexDraft.acquire(indexPath, NO_WAIT);
      const failure = assertThrows(() => draft.openScratch(), IndexError, scratchPath);
      assertEquals(failure.problem, "foreign", what);
      draft.close();
      const after = Deno.lstatSync(scratchPath);
      assertEquals([after.ino, after.size], [before.ino, before.size], what);
      assertEquals(namesIn(directory), ["text.lineidx.scratch"], what);
    });
  }
});

Deno.test("IndexDraft.acquire() waits for the first builder and calls onWait once", async () => {
  for (const end of ["commit", "close"] as const) {
    await withPlaces(async ({ directory, indexPath }) => {
      const first = await IndexDraft.acquire(indexPath, NO_WAIT);
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
      assertEquals(readHeader(indexPath).linesPerPage, 9);
    });
  }
});

Deno.test("IndexDraft.acquire() by many builders grants the draft to one at a time", async () => {
  await withPlaces(async ({ directory, indexPath }) => {
    let builders = 0;
    await Promise.all(Array.from({ length: 12 }, async (_, i) => {
      const draft = await IndexDraft.acquire(indexPath);
      assertEquals(++builders, 1);
      await draft.file.write(new Uint8Array(10));
      await draft.file.truncate(HEADER_BYTES);
      builders--;
      if (i % 3 !== 0) await draft.commit(HEADER);
      draft.close();
    }));
    assertEquals(namesIn(directory), ["text.lineidx"]);
    assertEquals(readHeader(indexPath), HEADER);
  });
});

Deno.test("unwritableIndex() says what the operating system said, and returns an IndexError as it is", () => {
  const error = unwritableIndex("/a/b", Object.assign(new Error("raw"), { code: "ENOSPC" }));
  assertEquals(error.problem, "unwritable");
  assertEquals(
    error.message,
    "Cannot write index: /a/b (no space left on the device). Choose another path with --index.",
  );
  const kept = new IndexError("busy", "later");
  assert(unwritableIndex("/a/b", kept) === kept);
});

Deno.test("IndexDraft.commit() throws if another file is at the path of the draft, and keeps it", async () => {
  await withPlaces(async ({ directory, indexPath, draftPath }) => {
    const draft = await IndexDraft.acquire(indexPath, NO_WAIT);
    await Deno.remove(draftPath);
    await Deno.writeTextFile(draftPath, "notes");
    await assertRejects(
      () => draft.commit(HEADER),
      IndexError,
      `Unfinished index changed by another program: ${draftPath}. Index again.`,
    );
    draft.close();
    assertEquals(namesIn(directory), ["text.lineidx.building"]);
    assertEquals(await Deno.readTextFile(draftPath), "notes");
  });
});

Deno.test("IndexDraft.commit() throws if another program removed the draft or changed its size", async () => {
  const changes: readonly ((path: string) => void)[] = [
    Deno.removeSync,
    (path) => Deno.truncateSync(path, HEADER_BYTES + 4),
    (path) => Deno.writeTextFileSync(path, "more", { append: true }),
  ];
  for (const change of changes) {
    await withPlaces(async ({ directory, indexPath, draftPath }) => {
      const draft = await IndexDraft.acquire(indexPath, NO_WAIT);
      draft.file.writeSync(latin1("pages"));
      change(draftPath);
      const committing = draft.commit({ ...HEADER, indexBytes: HEADER_BYTES + 5 });
      await assertRejects(() => committing, IndexError, "changed by another program");
      draft.close();
      assertEquals(namesIn(directory), []);
    });
  }
});
