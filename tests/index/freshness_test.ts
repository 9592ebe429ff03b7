import { assert, assertEquals, assertRejects } from "@std/assert";
import type { IndexHeader } from "../../src/index/format/header.ts";
import { FORMAT_VERSION } from "../../src/index/format/layout.ts";
import { checkFreshness, checkIndex, describeMismatch } from "../../src/index/freshness.ts";
import { IndexError } from "../../src/index/index_error.ts";
import { readHeader } from "../../src/index/index_reader.ts";
import { buildIndex } from "../../src/index/build/build_index.ts";
import { WHOLLY_HASHED_MAX_BYTES } from "../../src/source/fingerprint.ts";
import { LocalText } from "../../src/source/local/local_text.ts";
import { LF } from "../../src/source/text_source.ts";
import { buildFrom, latin1, type Places, withPlaces } from "../support/index_files.ts";

const TEXT = latin1("one\ntwo\nthree\n");
const OTHER_CONTENT = "it was built from other content";

/** Why an index is stale; undefined if it is fresh. */
async function staleReason(
  textPath: string,
  indexPath: string,
  linesPerPage?: number,
): Promise<string | undefined> {
  using text = LocalText.openSync(textPath);
  const freshness = await checkFreshness(text, indexPath, { linesPerPage });
  if (freshness.kind !== "fresh") return freshness.reason;
  assertEquals(freshness.header, readHeader(indexPath));
  return undefined;
}

async function withFreshIndex(
  body: (places: Places, reason: () => Promise<string | undefined>) => Promise<void>,
): Promise<void> {
  await withPlaces(async (places) => {
    await buildFrom(places, TEXT, 2);
    const reason = () => staleReason(places.textPath, places.indexPath);
    assertEquals(await reason(), undefined);
    await body(places, reason);
  });
}

Deno.test("checkFreshness() of a touched, copied or moved text is fresh", async () => {
  await withFreshIndex(async ({ textPath, indexPath }, reason) => {
    await Deno.utime(textPath, 1000, 1000);
    assertEquals(await reason(), undefined, "touched");
    await Deno.copyFile(textPath, `${textPath}.copy`);
    assertEquals(await staleReason(`${textPath}.copy`, indexPath), undefined, "copied");
    await Deno.rename(`${textPath}.copy`, textPath);
    assertEquals(await reason(), undefined, "renamed over");
    await Deno.copyFile(indexPath, `${indexPath}.copy`);
    assertEquals(await staleReason(textPath, `${indexPath}.copy`), undefined, "index copied");
  });
});

Deno.test("checkFreshness() of a small text is stale after any changed byte", async () => {
  await withFreshIndex(async ({ textPath }, reason) => {
    for (let at = 0; at < TEXT.length; at++) {
      const changed = TEXT.slice();
      changed[at]! ^= 0x20;
      await Deno.writeFile(textPath, changed);
      assertEquals(await reason(), OTHER_CONTENT, `byte ${at}`);
    }
    await Deno.writeFile(textPath, TEXT);
    assertEquals(await reason(), undefined);
  });
});

Deno.test("checkFreshness() of a text that was cut off is stale", async () => {
  await withFreshIndex(async ({ textPath }, reason) => {
    for (const bytes of [TEXT.length - 1, 0]) {
      await Deno.truncate(textPath, bytes);
      assertEquals(
        await reason(),
        `it was built from ${TEXT.length} bytes, the file has ${bytes}`,
      );
    }
  });
});

Deno.test("checkFreshness() of a text that was appended to is grown, unless its beginning changed too", async () => {
  await withFreshIndex(async ({ textPath, indexPath }, reason) => {
    await Deno.writeFile(textPath, latin1("!"), { append: true });
    using text = LocalText.openSync(textPath);
    assertEquals(await checkFreshness(text, indexPath), {
      kind: "grown",
      header: readHeader(indexPath),
      reason: "the file has grown by 1 byte",
    });
    await Deno.writeFile(textPath, latin1("OnE\ntwo\nthree\n!"));
    assertEquals(await reason(), OTHER_CONTENT);
  });
});

Deno.test("checkFreshness() of a text that is not hashed whole is unsure unless its time is the recorded one", async () => {
  await withPlaces(async (places) => {
    const { textPath, indexPath } = places;
    await Deno.writeFile(textPath, new Uint8Array(WHOLLY_HASHED_MAX_BYTES + 1).fill(LF));
    const kindAfter = async (seconds: number) => {
      await Deno.utime(textPath, seconds, seconds);
      using text = LocalText.openSync(textPath);
      return (await checkFreshness(text, indexPath)).kind;
    };
    const inAYear = Math.floor(Date.now() / 1_000) + 365 * 86_400;
    for (const seconds of [1_000, -1_000, 0]) {
      await Deno.utime(textPath, seconds, seconds);
      await buildIndex(places);
      assertEquals(await kindAfter(seconds), "fresh");
      assertEquals(await kindAfter(seconds + 1), "unsure");
      assertEquals(await kindAfter(inAYear), "unsure");
      assertEquals(await kindAfter(seconds), "fresh");
    }
    // A time in the future is not recorded: a change could have the same one when it comes.
    await Deno.utime(textPath, inAYear, inAYear);
    await buildIndex(places);
    assertEquals(await kindAfter(inAYear), "unsure");
  });
});

Deno.test("checkFreshness() of another text of the same size is stale", async () => {
  await withFreshIndex(async ({ directory, indexPath }) => {
    const otherPath = `${directory}/other`;
    await Deno.writeFile(otherPath, TEXT.toReversed());
    assertEquals(await staleReason(otherPath, indexPath), OTHER_CONTENT);
  });
});

Deno.test("checkFreshness() with linesPerPage is stale if the pages of the index have another size", async () => {
  await withFreshIndex(async ({ textPath, indexPath }) => {
    assertEquals(await staleReason(textPath, indexPath, 2), undefined);
    assertEquals(await staleReason(textPath, indexPath, 3), "it has 2 lines a page, not 3");
    await Deno.utime(indexPath, 1, 1);
    assertEquals(await staleReason(textPath, indexPath), undefined);
  });
});

Deno.test("checkFreshness() of a missing or damaged index, or of another version, is stale", async () => {
  await withFreshIndex(async ({ indexPath }, reason) => {
    const bytes = await Deno.readFile(indexPath);
    await Deno.writeFile(indexPath, bytes.subarray(0, -1));
    assertEquals(await reason(), "it is damaged");
    await Deno.writeFile(indexPath, bytes.with(100, 1));
    assertEquals(await reason(), "it is damaged");
    await Deno.writeFile(indexPath, bytes.with(8, FORMAT_VERSION + 1));
    assertEquals(await reason(), "its format has another version");
    await Deno.remove(indexPath);
    assertEquals(await reason(), "there is none");
    await Deno.symlink(`${indexPath}.nowhere`, indexPath);
    assertEquals(await reason(), "there is none");
  });
});

Deno.test("checkFreshness() throws if something else than an index is at its path", async () => {
  await withFreshIndex(async ({ directory, textPath, indexPath }, reason) => {
    for (const path of [textPath, directory]) {
      const failure = await assertRejects(() => staleReason(textPath, path), IndexError, path);
      assertEquals(failure.problem, "foreign");
    }
    for (const content of ["", "not an index", "\x89LIDX\r\n"]) {
      await Deno.writeFile(indexPath, latin1(content));
      const failure = await assertRejects(reason, IndexError, indexPath);
      assertEquals(failure.problem, "foreign");
    }
  });
});

Deno.test("checkFreshness() rejects if the text cannot be read", async () => {
  await withFreshIndex(async ({ textPath, indexPath }) => {
    const text = LocalText.openSync(textPath);
    text.close();
    const failure = await assertRejects(() => checkFreshness(text, indexPath), Error, textPath);
    assert(!(failure instanceof IndexError));
  });
});

Deno.test("describeMismatch() is undefined only for the same size and fingerprint", () => {
  const fingerprint = new Uint8Array(32).map((_, i) => i);
  const header: IndexHeader = {
    lines: 1,
    linesPerPage: 1,
    slotWidthBits: 0,
    textBytes: 10,
    indexBytes: 152,
    fingerprint,
  };
  assertEquals(describeMismatch(10, fingerprint.slice(), header), undefined);
  for (let at = 0; at < 32; at++) {
    const other = fingerprint.with(at, 0xff);
    assertEquals(describeMismatch(10, other, header), OTHER_CONTENT, `byte ${at}`);
  }
  const size = "it was built from 10 bytes, the file has 11";
  assertEquals(describeMismatch(11, fingerprint, header), size);
  assertEquals(describeMismatch(11, fingerprint.with(0, 0xff), header), size);
});

Deno.test("checkIndex() returns the header, or why the index is to be replaced", async () => {
  await withFreshIndex(async ({ textPath, indexPath }) => {
    assertEquals(await checkIndex(indexPath), { kind: "found", header: readHeader(indexPath) });
    const bytes = await Deno.readFile(indexPath);
    const checkWith = async (content: Uint8Array<ArrayBuffer>) => {
      await Deno.writeFile(indexPath, content);
      return await checkIndex(indexPath);
    };
    const stale = (reason: string) => ({ kind: "stale" as const, reason });
    assertEquals(await checkWith(bytes.with(20, 9)), stale("it is damaged"));
    const otherVersion = bytes.with(8, FORMAT_VERSION - 1);
    assertEquals(await checkWith(otherVersion), stale("its format has another version"));
    assertEquals(await checkIndex(`${indexPath}.none`), stale("there is none"));
    const failure = await assertRejects(() => checkIndex(textPath), IndexError, textPath);
    assertEquals(failure.problem, "foreign");
    const unreadable = await assertRejects(() => checkIndex(`${textPath}/below`), IndexError);
    assertEquals(unreadable.problem, "unreadable");
  });
});
