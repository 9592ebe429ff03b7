import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { SYNC_AHEAD_BYTES, SyncAhead } from "../../../src/index/build/sync_ahead.ts";
import { withPlaces } from "../../support/index_files.ts";

/** Can be written to, and cannot be synced. */
const UNSYNCABLE_PATH = "/dev/full";

Deno.test("a sync begins for as much as is worth it, and one at a time", async () => {
  await withPlaces(async ({ draftPath }) => {
    await Deno.writeFile(draftPath, new Uint8Array(10));
    const ahead = new SyncAhead(draftPath);
    assertEquals(ahead.wrote(SYNC_AHEAD_BYTES - 1), false);
    assertEquals(ahead.wrote(SYNC_AHEAD_BYTES), true);
    assertEquals(ahead.wrote(3 * SYNC_AHEAD_BYTES), false);
    await ahead.settled();
    assertEquals(ahead.wrote(2 * SYNC_AHEAD_BYTES - 1), false);
    assertEquals(ahead.wrote(2 * SYNC_AHEAD_BYTES), true);
    await ahead.settled();
    ahead.close();
  });
});

Deno.test("the file can be written to by others while it is synced", async () => {
  await withPlaces(async ({ draftPath }) => {
    using file = await Deno.create(draftPath);
    const ahead = new SyncAhead(draftPath);
    file.writeSync(new Uint8Array(SYNC_AHEAD_BYTES));
    assert(ahead.wrote(SYNC_AHEAD_BYTES));
    assertEquals(file.writeSync(new Uint8Array(1)), 1);
    await ahead.settled();
    ahead.close();
  });
});

Deno.test("what the system says of a failed sync is told when it is waited for, and not before", async () => {
  const ahead = new SyncAhead(UNSYNCABLE_PATH);
  await ahead.settled();
  assert(ahead.wrote(SYNC_AHEAD_BYTES));
  await assertRejects(() => ahead.settled(), Error, "Invalid argument");
  await assertRejects(() => ahead.settled(), Error, "Invalid argument");
  ahead.close();
});

Deno.test("a file that is not there cannot be synced ahead", async () => {
  await withPlaces(({ draftPath }) => {
    assertThrows(() => new SyncAhead(draftPath), Deno.errors.NotFound);
  });
});
