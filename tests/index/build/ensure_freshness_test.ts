import { assert, assertEquals, assertRejects } from "@std/assert";
import { ensureIndex, type EnsureOptions } from "../../../src/index/build/ensure_index.ts";
import { HEADER_BYTES } from "../../../src/index/format/layout.ts";
import { readHeader } from "../../../src/index/index_reader.ts";
import { WHOLLY_HASHED_MAX_BYTES } from "../../../src/source/fingerprint.ts";
import { concatBytes } from "../../support/e2e_bytes.ts";
import { latin1, namesIn, type Places, withPlaces } from "../../support/index_files.ts";
import { assertIndexOf } from "../../support/index_lines.ts";
import { ObjectServer } from "../../support/remote_server.ts";

/** Lines of 64 bytes: more than are hashed whole. */
const LARGE = new Uint8Array(WHOLLY_HASHED_MAX_BYTES + 64_000).fill(0x78);
for (let at = 63; at < LARGE.length; at += 64) LARGE[at] = 0x0a;

// Between two of the blocks that are hashed.
const UNSAMPLED = 8_000;

/** Runs ensureIndex(), and returns what it told. */
async function ensure(
  places: Pick<Places, "textPath" | "indexPath">,
  options: Partial<EnsureOptions> = {},
): Promise<string[]> {
  const told: string[] = [];
  const { built } = await ensureIndex({
    ...places,
    onCompare: (reason) => told.push(`compare: ${reason}`),
    onAgree: ({ repeatedBecause = "recorded" }) => told.push(`agree: ${repeatedBecause}`),
    onBuild: (reason) => told.push(`build: ${reason}`),
    ...options,
  });
  if (built !== undefined) told.push(`scanned ${built.scannedBytes}`);
  return told;
}

async function setTime(path: string, seconds: number): Promise<void> {
  await Deno.utime(path, seconds, seconds);
}

/** Writes the large text with an old time, and builds its index. */
async function withLarge(body: (places: Places) => Promise<void>): Promise<void> {
  await withPlaces(async (places) => {
    await Deno.writeFile(places.textPath, LARGE);
    await setTime(places.textPath, 1000);
    await ensureIndex(places);
    assertEquals(await ensure(places), []);
    await body(places);
  });
}

/** Moves the end of a line, which leaves the size and the fingerprint of the text as they are. */
function withMovedLineEnd(text: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const end = text.indexOf(0x0a, UNSAMPLED);
  return text.with(end, 0x78).with(end - 5, 0x0a);
}

Deno.test("ensureIndex() of a large text that was edited in place compares every line, and builds", async () => {
  await withLarge(async (places) => {
    const edited = withMovedLineEnd(LARGE);
    await Deno.writeFile(places.textPath, edited);
    const line = Math.floor(UNSAMPLED / 64) + 1;
    const told = await ensure(places);
    assertEquals(told, [
      "compare: the modification time has changed",
      `build: line ${line} ends at byte ${line * 64 - 5}, not at ${line * 64}`,
      `scanned ${LARGE.length}`,
    ]);
    await assertIndexOf(places.indexPath, edited);
  });
});

Deno.test("ensureIndex() of a large text that was touched compares it once, and records its time", async () => {
  await withLarge(async (places) => {
    await setTime(places.textPath, 2000);
    const before = await Deno.readFile(places.indexPath);
    assertEquals(await ensure(places), [
      "compare: the modification time has changed",
      "agree: recorded",
    ]);
    assertEquals(await ensure(places), []);
    assertEquals(readHeader(places.indexPath).versionStamp, 2_000_000);
    const pages = (await Deno.readFile(places.indexPath)).subarray(HEADER_BYTES);
    assertEquals(pages, before.subarray(HEADER_BYTES));
    assertEquals(namesIn(places.directory), ["text", "text.lineidx"]);
  });
});

Deno.test("ensureIndex() of a large text whose time is in the future compares it each time", async () => {
  await withLarge(async (places) => {
    await setTime(places.textPath, Math.floor(Date.now() / 1_000) + 86_400);
    const reason = "the modification time of the file is not in the past";
    for (let i = 0; i < 2; i++) {
      assertEquals(await ensure(places), [`compare: ${reason}`, `agree: ${reason}`]);
    }
  });
});

Deno.test("ensureIndex() that cannot write the index compares, says so, and goes on", {
  ignore: Deno.build.os !== "linux" || Deno.uid() === 0 && !canFreeze(),
}, async () => {
  await withLarge(async (places) => {
    await setTime(places.textPath, 2000);
    freeze("+i", places.indexPath);
    try {
      for (let i = 0; i < 2; i++) {
        const [, agreed] = await ensure(places);
        assert(agreed === "agree: cannot write the index: permission denied", agreed);
      }
    } finally {
      freeze("-i", places.indexPath);
    }
  });
});

Deno.test("ensureIndex() that trusts the index of a touched text does not compare, nor record the time", async () => {
  await withLarge(async (places) => {
    await setTime(places.textPath, 2000);
    assertEquals(await ensure(places, { ifUnsure: "trust" }), []);
    assertEquals((await ensure(places)).length, 2);
  });
});

Deno.test("ensureIndex() that is aborted while it compares rejects", async () => {
  await withLarge(async (places) => {
    await setTime(places.textPath, 2000);
    const abort = new AbortController();
    const onCompareProgress = () => abort.abort(new Error("enough"));
    const options = { signal: abort.signal, onCompareProgress };
    await assertRejects(() => ensure(places, options), Error, "enough");
  });
});

Deno.test("ensureIndex() of a text that has grown scans only from its last page on, and is right", async () => {
  for (const text of ["one", "one\n", "a\nb\nc\r", "a\nb\nc\nd\n", "a\n\n\n\n\nb"]) {
    for (const more of ["\n", "more", "\nmore\n", `${"x".repeat(300)}\n\n`]) {
      await withPlaces(async (places) => {
        await Deno.writeFile(places.textPath, latin1(text));
        await ensureIndex({ ...places, linesPerPage: 2 });
        await Deno.writeFile(places.textPath, latin1(more), { append: true });
        const [told] = await ensure(places);
        assertEquals(told?.startsWith("build: the file has grown by "), true);
        await assertIndexOf(places.indexPath, latin1(text + more));
        assertEquals(readHeader(places.indexPath).linesPerPage, 2);
        assertEquals(namesIn(places.directory), ["text", "text.lineidx"]);
      });
    }
  }
});

Deno.test("ensureIndex() of a large text that has grown takes the old pages over", async () => {
  await withLarge(async (places) => {
    let text: Uint8Array<ArrayBuffer> = LARGE;
    for (const more of ["a\n", "b", `${"x".repeat(99_999)}\n`]) {
      const appended = latin1(more);
      const before = text;
      text = concatBytes([text, appended]);
      await Deno.writeFile(places.textPath, appended, { append: true });
      const lastPage = Math.floor((before.length / 64 - 1) / 1_024) * 1_024 * 64;
      const [, scanned] = await ensure(places);
      assertEquals(scanned, `scanned ${text.length - lastPage}`);
    }
    await assertIndexOf(places.indexPath, text);
  });
});

Deno.test("ensureIndex() of a text that has grown does not take over damaged pages", async () => {
  await withLarge(async (places) => {
    const damaged = await Deno.readFile(places.indexPath);
    damaged[HEADER_BYTES + 30]! ^= 1;
    await Deno.writeFile(places.indexPath, damaged);
    await Deno.writeFile(places.textPath, latin1("more\n"), { append: true });
    const [, scanned] = await ensure(places);
    assertEquals(scanned, `scanned ${LARGE.length + 5}`);
    await assertIndexOf(places.indexPath, concatBytes([LARGE, latin1("more\n")]));
  });
});

Deno.test("ensureIndex() that checks pages builds again if one is damaged; otherwise only the header counts", async () => {
  await withLarge(async (places) => {
    const whole = await Deno.readFile(places.indexPath);
    const damaged = whole.slice();
    damaged[damaged.length - 1]! ^= 1;
    await Deno.writeFile(places.indexPath, damaged);
    assertEquals(await ensure(places), []);
    assertEquals(await ensure(places, { check: "pages" }), [
      "build: it is damaged",
      `scanned ${LARGE.length}`,
    ]);
    assertEquals(await Deno.readFile(places.indexPath), whole);
    assertEquals(await ensure(places, { check: "pages" }), []);
  });
});

function freeze(flag: "+i" | "-i", path: string): boolean {
  try {
    return new Deno.Command("chattr", { args: [flag, path], stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** Whether a file can be made immutable, also for root. */
function canFreeze(): boolean {
  const path = Deno.makeTempFileSync();
  const isFrozen = freeze("+i", path);
  if (isFrozen) freeze("-i", path);
  Deno.removeSync(path);
  return isFrozen;
}

Deno.test("ensureIndex() says why it cannot record the ETag of a file on a web server", async () => {
  await withLarge(async (places) => {
    await using server = new ObjectServer();
    server.put("/text", LARGE);
    server.put("/text.lineidx", await Deno.readFile(places.indexPath));
    const remote = { textPath: server.url("/text"), indexPath: server.url("/text.lineidx") };
    assertEquals(await ensure(remote), [
      "compare: the ETag has changed",
      "agree: cannot write the index: only S3 can be written to",
    ]);
    assert(server.requests.every(({ method }) => method === "GET"));
  });
});
