import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FileEndsEarly, LocalFile, READERS_MAX } from "../../../src/source/local/local_file.ts";
import { DiskSpeed } from "../../../src/source/local/read_cost.ts";
import { sameState } from "../../../src/source/local/file_identity.ts";
import { latin1, withFile, withPlaces } from "../../support/index_files.ts";
import { variedBytes } from "../../support/source_contract.ts";
import { neverHangs, openFilesIn, until } from "../../support/text_threads.ts";

const CONTENT = variedBytes(300_000);

class ReadFailed extends Error {}

function open(path: string, mayBlock: boolean): LocalFile {
  return LocalFile.openSync(path, {
    mayBlock,
    toError: (cause) => new ReadFailed(`failed: ${(cause as Error).message}`, { cause }),
  });
}

async function assertReads(file: LocalFile, offset: number, length: number): Promise<void> {
  const into = new Uint8Array(length);
  await file.read(into, offset);
  assertEquals(into, CONTENT.slice(offset, offset + length));
}

for (const mayBlock of [false, true]) {
  const what = mayBlock ? "LocalFile that may block" : "LocalFile";

  Deno.test(`${what} reads bytes after the first 2^33`, async () => {
    await withFile(latin1("start"), async (path) => {
      const offset = 2 ** 33 + 5;
      {
        using file = await Deno.open(path, { write: true });
        await file.seek(offset, Deno.SeekMode.Start);
        await file.write(latin1("end"));
      }
      using file = open(path, mayBlock);
      assertEquals(file.size, offset + 3);
      const into = new Uint8Array(4);
      assert(file.tryRead(into, offset - 1));
      assertEquals([...into], [0, ...latin1("end")]);
      await file.read(into.fill(9), offset - 1);
      assertEquals([...into], [0, ...latin1("end")]);
    });
  });

  Deno.test(`${what} that was cut off fails with FileEndsEarly as the cause, and reads what is left`, async () => {
    await withFile(latin1("0123456789"), async (path) => {
      using file = open(path, mayBlock);
      await Deno.truncate(path, 4);
      const message = "failed: it has 4 bytes, not 10";
      const failures = [
        assertThrows(() => file.tryRead(new Uint8Array(10), 0), ReadFailed, message),
        await assertRejects(() => file.read(new Uint8Array(10), 0), ReadFailed, message),
      ];
      for (const failure of failures) assert(failure.cause instanceof FileEndsEarly);
      const into = new Uint8Array(4);
      await file.read(into, 0);
      assertEquals(into, latin1("0123"));
    });
  });

  Deno.test(`${what} that is appended to keeps its size, and refuses to read more`, async () => {
    await withFile(latin1("abc\n"), async (path) => {
      using file = open(path, mayBlock);
      await Deno.writeFile(path, latin1("def\n"), { append: true });
      assertEquals([file.size, file.identityNow().size], [4, 8]);
      assertThrows(() => file.tryRead(new Uint8Array(5), 0), RangeError, path);
      await assertRejects(() => file.read(new Uint8Array(1), 4), RangeError, path);
    });
  });

  Deno.test(`${what} whose path leads elsewhere reads the file that it opened`, async () => {
    await withPlaces(async ({ textPath }) => {
      await Deno.writeFile(textPath, CONTENT);
      using file = open(textPath, mayBlock);
      await Deno.rename(textPath, `${textPath}.old`);
      await Deno.writeFile(textPath, new Uint8Array(CONTENT.length));
      const reads = Array.from(
        { length: 3 * READERS_MAX },
        (_, i) => assertReads(file, i * 50, 90),
      );
      await neverHangs(Promise.all(reads));
      assert(sameState(file.identityNow(), file.identity));
      using other = open(textPath, true);
      assert(!sameState(other.identity, file.identity));
    });
  });

  Deno.test(`${what} fails with what the operating system said`, async () => {
    await withFile(CONTENT, async (path) => {
      const file = open(path, mayBlock);
      file.close();
      file.close();
      assertThrows(() => file.tryRead(new Uint8Array(1), 0), ReadFailed, "failed: it is closed");
      await assertRejects(() => file.read(new Uint8Array(1), 0), ReadFailed, "it is closed");
    });
    assertThrows(() => open("/nowhere/at/all", mayBlock), Deno.errors.NotFound);
  });
}

Deno.test("LocalFile on a slow disk reads at once only what was read before", async () => {
  await withFile(CONTENT, async (path) => {
    const disk = new DiskSpeed();
    using file = LocalFile.openSync(path, { disk, toError: (cause) => cause as Error });
    const into = new Uint8Array(9).fill(0xee);
    assert(file.tryRead(into, 100), "the disk is quick");
    disk.setSlow(performance.now());
    into.fill(0xee);
    assertEquals(file.tryRead(into, 200_000), false);
    assert(into.every((byte) => byte === 0xee));
    await assertReads(file, 200_000, 9);
    for (const offset of [100, 200_000]) {
      disk.setSlow(performance.now());
      assert(file.tryRead(into, offset), `${offset} was read before`);
      assertEquals(into, CONTENT.slice(offset, offset + 9));
    }
    assertEquals(file.tryRead(into, 100_000), false);
  });
});

Deno.test({
  name: "LocalFile opens as many readers as are needed, up to READERS_MAX, and closes all of them",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await withPlaces(async ({ directory, textPath }) => {
      await Deno.writeFile(textPath, CONTENT);
      {
        using file = open(textPath, false);
        assertEquals(openFilesIn(directory).length, 2);
        for (let i = 0; i < 5; i++) await assertReads(file, i, 9);
        assertEquals(openFilesIn(directory).length, 2, "one after the other");
        await Promise.all([assertReads(file, 5, 9), assertReads(file, 7, 9)]);
        // A further reader is opened while the first one reads.
        await until(() => openFilesIn(directory).length === 3);
        const reads = Array.from(
          { length: 5 * READERS_MAX },
          (_, i) => assertReads(file, i * 1000, 777),
        );
        await neverHangs(Promise.all(reads));
        await until(() => openFilesIn(directory).length === 1 + READERS_MAX);
      }
      // A reader that was being opened is closed once it is open.
      await until(() => openFilesIn(directory).length === 0);
    });
  },
});

Deno.test({
  name: "LocalFile that may block opens one file only",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await withPlaces(async ({ directory, textPath }) => {
      await Deno.writeFile(textPath, CONTENT);
      using file = open(textPath, true);
      await Promise.all(Array.from({ length: 20 }, (_, i) => assertReads(file, i, 9)));
      assertEquals(openFilesIn(directory).length, 1);
    });
  },
});

Deno.test("LocalFile.read() that fails frees its reader for those that wait", async () => {
  await withFile(CONTENT, async (path) => {
    using file = open(path, false);
    await Deno.truncate(path, 1000);
    const failing = Array.from(
      { length: 3 * READERS_MAX },
      () => file.read(new Uint8Array(9), 2000),
    );
    const good = assertReads(file, 10, 90);
    const outcomes = await neverHangs(Promise.allSettled(failing));
    assert(outcomes.every(({ status }) => status === "rejected"));
    await neverHangs(good);
    for (let i = 0; i < 2 * READERS_MAX; i++) await assertReads(file, i, 9);
  });
});

Deno.test("LocalFile.read() that waits serves reads in order", async () => {
  await withFile(CONTENT, async (path) => {
    using file = open(path, false);
    // So that no further reader can be opened.
    await Deno.rename(path, `${path}.old`);
    const done: number[] = [];
    const reads = Array.from({ length: 20 }, async (_, i) => {
      await assertReads(file, i, 9);
      done.push(i);
    });
    await neverHangs(Promise.all(reads));
    assertEquals(done, done.toSorted((a, b) => a - b));
  });
});

Deno.test("LocalFile.read() that is aborted while it waits leaves its place to the next", async () => {
  await withFile(CONTENT, async (path) => {
    using file = open(path, false);
    await Deno.rename(path, `${path}.old`);
    const abort = new AbortController();
    const reason = new Error("enough");
    const into = new Uint8Array(9).fill(0xee);
    const first = assertReads(file, 0, 9);
    const aborted = file.read(into, 5, abort.signal);
    const last = assertReads(file, 7, 9);
    abort.abort(reason);
    assertEquals(await assertRejects(() => neverHangs(aborted)), reason);
    await neverHangs(Promise.all([first, last]));
    assert(into.every((byte) => byte === 0xee));
    await assertReads(file, 100, 100);
  });
});

Deno.test("LocalFile.close() ends the reads that run and those that wait", async () => {
  await withFile(CONTENT, async (path) => {
    const file = open(path, false);
    const reads = Array.from({ length: 5 * READERS_MAX }, (_, i) => assertReads(file, i, 9));
    file.close();
    const outcomes = await neverHangs(Promise.allSettled(reads));
    const failed = outcomes.filter(({ status }) => status === "rejected");
    assert(failed.length >= 4 * READERS_MAX, "what waits cannot be read any more");
  });
});

/** Run in a process that may open few files; writes what it read. */
const TOO_MANY_FILES = `
import { LocalFile } from "${import.meta.resolve("../../../src/source/local/local_file.ts")}";

const [path] = Deno.args;
const toError = (cause) => cause;
const others = [];
function openAll() {
  try {
    for (;;) others.push(Deno.openSync(path));
  } catch {
    // No more files can be opened.
  }
}

async function read(file, offset) {
  const into = new Uint8Array(2);
  await file.read(into, offset);
  return into.join();
}

const file = LocalFile.openSync(path, { toError });
openAll();
const found = await Promise.all(Array.from({ length: 20 }, (_, i) => read(file, i)));

others.pop().close();
const lonely = LocalFile.openSync(path, { toError });
openAll();
const tried = new Uint8Array(2);
const isRead = lonely.tryRead(tried, 7);
const failure = await read(lonely, 7).catch((error) => error.message);
for (const other of others) other.close();
console.log(JSON.stringify([found, isRead, tried.join(), failure, await read(lonely, 7)]));
`;

Deno.test({
  name: "LocalFile reads with the files it has if the process may open no more",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await withFile(CONTENT, async (path) => {
      await Deno.writeTextFile(`${path}.js`, TOO_MANY_FILES);
      const { stdout, stderr } = await new Deno.Command("sh", {
        args: [
          "-c",
          'ulimit -n 80; exec "$@"',
          "",
          Deno.execPath(),
          "run",
          "-A",
          `${path}.js`,
          path,
        ],
      }).output();
      const bytes = (offset: number) => CONTENT.subarray(offset, offset + 2).join();
      const output = new TextDecoder().decode(stdout);
      assert(output !== "", new TextDecoder().decode(stderr));
      assertEquals(JSON.parse(output), [
        Array.from({ length: 20 }, (_, i) => bytes(i)),
        true,
        bytes(7),
        "cannot open it again",
        bytes(7),
      ]);
    });
  },
});
