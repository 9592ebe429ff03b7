import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { openIndex } from "../../../src/index/index_reader.ts";
import { LocalFile } from "../../../src/source/local/local_file.ts";
import { LocalText } from "../../../src/source/local/local_text.ts";
import {
  NotRegularFile,
  openRegularFile,
  openRegularFileSync,
} from "../../../src/source/local/regular_file.ts";
import { latin1, withPlaces } from "../../support/index_files.ts";

const ignore = Deno.build.os === "windows";
const toError = (cause: unknown) => cause as Error;

function makeFifo(path: string): void {
  assert(new Deno.Command("mkfifo", { args: [path] }).outputSync().success);
}

/** Lets an open() that waits for the other side of a FIFO return. */
function releaseFifo(path: string): void {
  // For reading and writing, opening a FIFO does not wait.
  Deno.openSync(path, { read: true, write: true }).close();
}

function readAll(file: Deno.FsFile): Uint8Array {
  const chunk = new Uint8Array(100);
  return chunk.subarray(0, file.readSync(chunk) ?? 0);
}

/** Puts a FIFO at a path after it was looked at, and before it is opened. The file is at `path + ".file"` then. */
function swappedOpen(path: string, afterOpen: () => void): typeof Deno.open {
  let opened = 0;
  return (...args) => {
    if (opened++ > 0) return Deno.open(...args);
    Deno.renameSync(path, `${path}.file`);
    Deno.linkSync(`${path}.fifo`, path);
    const opening = Deno.open(...args);
    Deno.stat(path).then(afterOpen);
    return opening;
  };
}

Deno.test({
  name: "openRegularFile() throws if a FIFO is at the path when it is opened",
  ignore,
  fn: () =>
    withPlaces(async ({ textPath }) => {
      await Deno.writeFile(textPath, latin1("one\n"));
      makeFifo(`${textPath}.fifo`);
      const open = swappedOpen(textPath, () => {});
      await assertRejects(() => openRegularFile(textPath, open), NotRegularFile);
      releaseFifo(`${textPath}.fifo`);
    }),
});

Deno.test({
  name: "openRegularFile() opens the file if a FIFO was at its path for a moment",
  ignore,
  fn: () =>
    withPlaces(async ({ textPath }) => {
      await Deno.writeFile(textPath, latin1("one\n"));
      makeFifo(`${textPath}.fifo`);
      const swapBack = () => Deno.renameSync(`${textPath}.file`, textPath);
      using file = await openRegularFile(textPath, swappedOpen(textPath, swapBack));
      assertEquals(readAll(file), latin1("one\n"));
      releaseFifo(`${textPath}.fifo`);
    }),
});

Deno.test("openRegularFile() and openRegularFileSync() throw what the operating system said", async () => {
  await withPlaces(async ({ textPath, directory }) => {
    await assertRejects(() => openRegularFile(textPath), Deno.errors.NotFound);
    assertThrows(() => openRegularFileSync(textPath), Deno.errors.NotFound);
    await assertRejects(() => openRegularFile(directory), NotRegularFile, "is a directory");
    assertThrows(() => openRegularFileSync(directory), NotRegularFile, "is a directory");
  });
});

Deno.test({
  name:
    "LocalFile.open(), LocalText.open() and openIndex() of a FIFO throw without waiting for a writer",
  ignore,
  fn: () =>
    withPlaces(async ({ textPath }) => {
      makeFifo(textPath);
      await assertRejects(() => LocalFile.open(textPath, { toError }), NotRegularFile);
      await assertRejects(() => LocalText.open(textPath), Error, "(not a regular file)");
      await assertRejects(() => openIndex(textPath), Error, "Not an index");
    }),
});

Deno.test({
  name: "LocalFile.read() goes on with its open files if a FIFO is put at its path",
  ignore,
  fn: () =>
    withPlaces(async ({ textPath }) => {
      await Deno.writeFile(textPath, latin1("0123456789"));
      using file = await LocalFile.open(textPath, { toError });
      await Deno.rename(textPath, `${textPath}.file`);
      makeFifo(textPath);
      const reads = Array.from({ length: 10 }, async (_, offset) => {
        const into = new Uint8Array(1);
        await file.read(into, offset);
        return into[0]! - 0x30;
      });
      assertEquals(await Promise.all(reads), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }),
});
