import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ensureIndex } from "../../src/index/build/ensure_index.ts";
import { TRIAL_BYTES } from "../../src/index/build/index_writer.ts";
import { SEGMENT_BYTES } from "../../src/index/scan/segment_scanner.ts";
import { latin1, namesIn, type Places, withPlaces } from "../support/index_files.ts";
import { assertIndexOf } from "../support/index_lines.ts";
import { IndexProcess, sizeOf, untilInDirectory } from "../support/index_processes.ts";

const TEXT = latin1("one\ntwo\r\n\nfour");

/** Larger than any program reads while a test waits; takes no space on the disk. */
const HUGE_TEXT_BYTES = 1024 ** 4;

async function makeHugeText(textPath: string): Promise<void> {
  await Deno.writeFile(textPath, new Uint8Array());
  await Deno.truncate(textPath, HUGE_TEXT_BYTES);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** Asserts that an index can be built now, and that no other file is left. */
async function assertNextSucceeds(places: Places, text: Uint8Array): Promise<void> {
  await Deno.writeFile(places.textPath, text);
  await ensureIndex(places);
  await assertIndexOf(places.indexPath, text);
  assertEquals(namesIn(places.directory), ["text", "text.lineidx"]);
}

Deno.test({
  name: "linesvr index fails if a pipe is at the path of the index, without waiting for its writer",
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
        isOpenedForReading.then(() => "it waited for the writer of the pipe"),
        child.ended.then(({ code }) => `it ended with ${code}`),
      ]);
      // What still waits goes on.
      using _bothEnds = await Deno.open(indexPath, { read: true, write: true });
      await Promise.all([isOpenedForReading, child.ended]);
      assertEquals(first, "it ended with 1");
      assert(Deno.lstatSync(indexPath).isFifo);
    });
  },
});

Deno.test("linesvr index in two processes at once succeeds in both", async () => {
  await withPlaces(async (places) => {
    const text = new Uint8Array(2 * SEGMENT_BYTES).map((_, i) => i % 50 === 0 ? 0x0a : 0x78);
    await Deno.writeFile(places.textPath, text);
    for (const args of [[], ["--force"]]) {
      const both = [1, 2].map(() => new IndexProcess(places.textPath, ...args).ended);
      for (const { code, stderr } of await Promise.all(both)) assertEquals(code, 0, stderr);
      assertEquals((await ensureIndex(places)).built, undefined);
      await assertIndexOf(places.indexPath, text);
      assertEquals(namesIn(places.directory), ["text", "text.lineidx"]);
    }
  });
});

Deno.test("linesvr index killed while it reads leaves no index, and the next one succeeds", async () => {
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

/** Builds in a process that is killed as soon as a condition holds, and then again. */
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
  if (isBuilt) assert(isSame(await Deno.readFile(places.indexPath), right), "it is incomplete");
  await ensureIndex({ ...places, linesPerPage, force: true });
  assert(isSame(await Deno.readFile(places.indexPath), right), "the next one failed");
  assertEquals(namesIn(places.directory), ["text", "text.lineidx"]);
}

Deno.test("linesvr index killed at any other moment leaves a complete index or none, and the next one succeeds", async () => {
  await withPlaces(async (places) => {
    // Pages of one line make the index large: 2 MB, which are written in several chunks.
    const text = new Uint8Array(SEGMENT_BYTES / 2).map((_, i) => i % 3 === 0 ? 0x0a : 0x78);
    await Deno.writeFile(places.textPath, text);
    await ensureIndex({ ...places, linesPerPage: 1 });
    const right = await Deno.readFile(places.indexPath);
    const { draftPath, indexPath } = places;
    const draftHas = (bytes: number) => () => (sizeOf(draftPath) ?? 0) > bytes;
    const moments: (() => boolean)[] = [
      // The draft exists.
      () => sizeOf(draftPath) !== undefined,
      // Pages are being written.
      draftHas(128),
      draftHas(right.length / 4),
      draftHas(right.length / 2),
      // The index exists.
      () => sizeOf(indexPath) !== undefined,
    ];
    for (const isNow of moments) await assertSurvivesKill(places, 1, right, isNow);
  });
});

Deno.test("linesvr index killed while it rewrites the index leaves a complete index or none, and the next one succeeds", async () => {
  await withPlaces(async (places) => {
    // In pages of two lines, the first need narrower slots than all together.
    const narrow = "\n\n".repeat(Math.ceil(TRIAL_BYTES / 24));
    const wide = ("\n" + "x".repeat(255) + "\n").repeat(6000);
    await Deno.writeFile(places.textPath, latin1(narrow + wide));
    await ensureIndex({ ...places, linesPerPage: 2 });
    const right = await Deno.readFile(places.indexPath);
    const { draftPath } = places;
    let largest = 0;
    const isRewritten = () => {
      const size = sizeOf(draftPath) ?? 0;
      largest = Math.max(largest, size);
      return size < largest;
    };
    await assertSurvivesKill(places, 2, right, () => (sizeOf(draftPath) ?? 0) > TRIAL_BYTES);
    await assertSurvivesKill(places, 2, right, isRewritten);
  });
});

Deno.test({
  name: "linesvr index removes its temporary file on SIGINT and SIGTERM",
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
        assertStringIncludes(stderr, "nterrupted");
        assertEquals(namesIn(places.directory), ["text"]);
      });
    }
  },
});
