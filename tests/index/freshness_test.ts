import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FORMAT_VERSION } from "../../src/index/format/layout.ts";
import type { IndexHeader } from "../../src/index/format/header.ts";
import { IndexError } from "../../src/index/index_error.ts";
import { readHeader } from "../../src/index/index_file.ts";
import { headerOrReason, mismatch, staleReason } from "../../src/index/freshness.ts";
import { TextError } from "../../src/source/text_error.ts";
import { buildFrom, latin1, type Places, withPlaces } from "../support/index_files.ts";

const TEXT = latin1("one\ntwo\nthree\n");

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

Deno.test("a touched, copied or moved text keeps its index", async () => {
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

Deno.test("a text with any other byte makes the index stale", async () => {
  await withFreshIndex(async ({ textPath }, reason) => {
    for (let at = 0; at < TEXT.length; at++) {
      const changed = TEXT.slice();
      changed[at]! ^= 0x20;
      await Deno.writeFile(textPath, changed);
      assertEquals(await reason(), "it is of a text with other content", `byte ${at}`);
    }
    await Deno.writeFile(textPath, TEXT);
    assertEquals(await reason(), undefined);
  });
});

Deno.test("a text that was appended to or cut off makes the index stale", async () => {
  await withFreshIndex(async ({ textPath }, reason) => {
    for (const bytes of [TEXT.length + 1, TEXT.length - 1, 0]) {
      await Deno.truncate(textPath, bytes);
      assertEquals(
        await reason(),
        `it is of a text of ${TEXT.length} bytes, and this one has ${bytes}`,
      );
    }
  });
});

Deno.test("an index of another text of the same size is stale", async () => {
  await withFreshIndex(async ({ directory, indexPath }) => {
    const otherPath = `${directory}/other`;
    await Deno.writeFile(otherPath, TEXT.toReversed());
    assertEquals(await staleReason(otherPath, indexPath), "it is of a text with other content");
  });
});

Deno.test("an index with pages of another size is stale only where a size is asked for", async () => {
  await withFreshIndex(async ({ textPath, indexPath }) => {
    assertEquals(await staleReason(textPath, indexPath, 2), undefined);
    assertEquals(await staleReason(textPath, indexPath, 3), "it has 2 lines a page, not 3");
    await Deno.utime(indexPath, 1, 1);
    assertEquals(await staleReason(textPath, indexPath), undefined);
  });
});

Deno.test("an index that is missing or damaged, or of another version, is to be replaced", async () => {
  await withFreshIndex(async ({ indexPath }, reason) => {
    const bytes = await Deno.readFile(indexPath);
    await Deno.writeFile(indexPath, bytes.subarray(0, -1));
    assertEquals(await reason(), "it is damaged");
    await Deno.writeFile(indexPath, bytes.with(100, 1));
    assertEquals(await reason(), "it is damaged");
    await Deno.writeFile(indexPath, bytes.with(8, FORMAT_VERSION + 1));
    assertEquals(await reason(), "it is of another version");
    await Deno.remove(indexPath);
    assertEquals(await reason(), "there is none");
    await Deno.symlink(`${indexPath}.nowhere`, indexPath);
    assertEquals(await reason(), "there is none");
  });
});

Deno.test("what is not an index is an error, not a reason to replace it", async () => {
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

Deno.test("a text that cannot be read is an error, whatever the index is", async () => {
  await withFreshIndex(async ({ directory, textPath, indexPath }, reason) => {
    await assertRejects(() => staleReason(directory, indexPath), TextError, directory);
    await Deno.remove(textPath);
    await assertRejects(reason, TextError, textPath);
  });
});

Deno.test("a text is the one of an index where size and fingerprint are the same, and only there", () => {
  const fingerprint = new Uint8Array(32).map((_, i) => i);
  const header: IndexHeader = {
    lines: 1,
    linesPerPage: 1,
    slotWidthBits: 0,
    textBytes: 10,
    indexBytes: 152,
    fingerprint,
  };
  assertEquals(mismatch(10, fingerprint.slice(), header), undefined);
  for (let at = 0; at < 32; at++) {
    const other = fingerprint.with(at, 0xff);
    assertEquals(mismatch(10, other, header), "it is of a text with other content", `byte ${at}`);
  }
  const size = "it is of a text of 10 bytes, and this one has 11";
  assertEquals(mismatch(11, fingerprint, header), size);
  assertEquals(mismatch(11, fingerprint.with(0, 0xff), header), size);
});

Deno.test("without its text, an index gives its header, or says why it is to be replaced", async () => {
  await withFreshIndex(async ({ textPath, indexPath }) => {
    assertEquals(headerOrReason(indexPath), readHeader(indexPath));
    const bytes = await Deno.readFile(indexPath);
    const reasonWith = async (content: Uint8Array<ArrayBuffer>) => {
      await Deno.writeFile(indexPath, content);
      return headerOrReason(indexPath);
    };
    assertEquals(await reasonWith(bytes.with(20, 9)), "it is damaged");
    assertEquals(await reasonWith(bytes.with(8, FORMAT_VERSION - 1)), "it is of another version");
    assertEquals(headerOrReason(`${indexPath}.none`), "there is none");
    const failure = assertThrows(() => headerOrReason(textPath), IndexError, textPath);
    assertEquals(failure.problem, "foreign");
    const unreadable = assertThrows(() => headerOrReason(`${textPath}/below`), IndexError);
    assertEquals(unreadable.problem, "unreadable");
  });
});
