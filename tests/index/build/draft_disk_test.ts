import { assertEquals, assertRejects } from "@std/assert";
import { FINGERPRINT_BYTES } from "../../../src/source/fingerprint.ts";
import { type DraftDisk, localDisk } from "../../../src/index/build/draft_disk.ts";
import { type AcquireOptions, IndexDraft } from "../../../src/index/build/index_draft.ts";
import { type IndexHeader, MAGIC } from "../../../src/index/format/header.ts";
import { HEADER_BYTES } from "../../../src/index/format/layout.ts";
import { IndexError } from "../../../src/index/index_error.ts";
import { readHeader } from "../../../src/index/index_reader.ts";
import { namesIn, withPlaces } from "../../support/index_files.ts";

const HEADER: IndexHeader = {
  lines: 0,
  linesPerPage: 4,
  slotWidthBits: 0,
  textBytes: 0,
  indexBytes: HEADER_BYTES,
  fingerprint: new Uint8Array(FINGERPRINT_BYTES),
};

function failWith(code: string): () => Promise<never> {
  return () => Promise.reject(Object.assign(new Error("raw"), { code }));
}

/** Builds an empty index, and returns what was reported to be missing. */
async function build(indexPath: string, disk: DraftDisk): Promise<string[]> {
  const missing: string[] = [];
  const options: AcquireOptions = {
    disk,
    onMissingFeature: (feature) => void missing.push(feature),
  };
  using draft = await IndexDraft.acquire(indexPath, options);
  await draft.commit(HEADER);
  return missing;
}

for (const code of ["EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "ENOLCK"]) {
  Deno.test(`IndexDraft without locks (${code}) is committed, and reports that once`, async () => {
    await withPlaces(async ({ directory, indexPath }) => {
      const missing = await build(indexPath, { ...localDisk, lock: failWith(code) });
      assertEquals(missing, ["lock"]);
      assertEquals(readHeader(indexPath), HEADER);
      assertEquals(namesIn(directory), ["text.lineidx"]);
    });
  });

  Deno.test(`IndexDraft that cannot be synced (${code}) is committed, and reports that once`, async () => {
    await withPlaces(async ({ directory, indexPath }) => {
      const disk = { ...localDisk, sync: failWith(code), syncDirectoryOf: failWith(code) };
      assertEquals(await build(indexPath, disk), ["sync"]);
      assertEquals(readHeader(indexPath), HEADER);
      assertEquals(namesIn(directory), ["text.lineidx"]);
    });
  });
}

Deno.test("IndexDraft.commit() throws if syncing fails because of the device, and leaves nothing", async () => {
  await withPlaces(async ({ directory, indexPath }) => {
    const failure = await assertRejects(
      () => build(indexPath, { ...localDisk, sync: failWith("EIO") }),
      IndexError,
      indexPath,
    );
    assertEquals(failure.problem, "unwritable");
    assertEquals(namesIn(directory), []);
  });
});

Deno.test("IndexDraft.acquire() throws if locking fails because of the device, and leaves nothing", async () => {
  await withPlaces(async ({ directory, indexPath }) => {
    const buildWithoutLock = () => build(indexPath, { ...localDisk, lock: failWith("EIO") });
    const failure = await assertRejects(buildWithoutLock, IndexError, indexPath);
    assertEquals(failure.problem, "unwritable");
    assertEquals(namesIn(directory), []);
    // What another builder left is not removed.
    await Deno.writeFile(`${indexPath}.building`, MAGIC);
    await assertRejects(buildWithoutLock, IndexError);
    assertEquals(namesIn(directory), ["text.lineidx.building"]);
  });
});

Deno.test("IndexDraft.acquire() throws if the path of the index is a loop of links", async () => {
  await withPlaces(async ({ directory, indexPath }) => {
    await Deno.symlink("text.lineidx", indexPath);
    const failure = await assertRejects(() => build(indexPath, localDisk), IndexError);
    assertEquals(
      failure.message,
      `Cannot write index: ${indexPath} (too many symbolic links). Check the symbolic links in its path.`,
    );
    assertEquals(namesIn(directory), ["text.lineidx"]);
  });
});
