import { assert, assertEquals, assertThrows } from "@std/assert";
import { IndexError } from "../../src/index/index_error.ts";
import { staleReason } from "../../src/index/stale_reason.ts";
import { TextError } from "../../src/text/text_error.ts";
import { buildFrom, latin1, type Places, withPlaces } from "../support/index_files.ts";

const TEXT = latin1("one\ntwo\nthree\n");

async function withFreshIndex(
  body: (places: Places, reason: () => string | undefined) => Promise<void>,
): Promise<void> {
  await withPlaces(async (places) => {
    await buildFrom(places, TEXT, 2);
    const reason = () => staleReason(places.textPath, places.indexPath);
    assertEquals(reason(), undefined);
    await body(places, reason);
  });
}

Deno.test("a touched, copied or moved text keeps its index", async () => {
  await withFreshIndex(async ({ textPath, indexPath }, reason) => {
    await Deno.utime(textPath, 1000, 1000);
    assertEquals(reason(), undefined, "touched");
    await Deno.copyFile(textPath, `${textPath}.copy`);
    assertEquals(staleReason(`${textPath}.copy`, indexPath), undefined, "copied");
    await Deno.rename(`${textPath}.copy`, textPath);
    assertEquals(reason(), undefined, "renamed over");
    await Deno.copyFile(indexPath, `${indexPath}.copy`);
    assertEquals(staleReason(textPath, `${indexPath}.copy`), undefined, "index copied");
  });
});

Deno.test("a text with any other byte makes the index stale", async () => {
  await withFreshIndex(async ({ textPath }, reason) => {
    for (let at = 0; at < TEXT.length; at++) {
      const changed = TEXT.slice();
      changed[at]! ^= 0x20;
      await Deno.writeFile(textPath, changed);
      assertEquals(reason(), "it is of a text with other content", `byte ${at}`);
    }
    await Deno.writeFile(textPath, TEXT);
    assertEquals(reason(), undefined);
  });
});

Deno.test("a text that was appended to or cut off makes the index stale", async () => {
  await withFreshIndex(async ({ textPath }, reason) => {
    for (const bytes of [TEXT.length + 1, TEXT.length - 1, 0]) {
      await Deno.truncate(textPath, bytes);
      assertEquals(
        reason(),
        `it is of a text of ${TEXT.length} bytes, and this one has ${bytes}`,
      );
    }
  });
});

Deno.test("an index of another text of the same size is stale", async () => {
  await withFreshIndex(async ({ directory, indexPath }) => {
    const otherPath = `${directory}/other`;
    await Deno.writeFile(otherPath, TEXT.toReversed());
    assertEquals(staleReason(otherPath, indexPath), "it is of a text with other content");
  });
});

Deno.test("an index with pages of another size is stale only where a size is asked for", async () => {
  await withFreshIndex(async ({ textPath, indexPath }) => {
    assertEquals(staleReason(textPath, indexPath, 2), undefined);
    assertEquals(staleReason(textPath, indexPath, 3), "it has 2 lines a page, not 3");
    await Deno.utime(indexPath, 1, 1);
    assertEquals(staleReason(textPath, indexPath), undefined);
  });
});

Deno.test("an index that is missing or damaged, or of another version, is to be replaced", async () => {
  await withFreshIndex(async ({ indexPath }, reason) => {
    const bytes = await Deno.readFile(indexPath);
    await Deno.writeFile(indexPath, bytes.subarray(0, -1));
    assertEquals(reason(), "it is damaged");
    await Deno.writeFile(indexPath, bytes.with(100, 1));
    assertEquals(reason(), "it is damaged");
    await Deno.remove(indexPath);
    assertEquals(reason(), "there is none");
    await Deno.symlink(`${indexPath}.nowhere`, indexPath);
    assertEquals(reason(), "there is none");
  });
});

Deno.test("what is not an index is an error, not a reason to replace it", async () => {
  await withFreshIndex(async ({ directory, textPath, indexPath }, reason) => {
    const problems = [textPath, directory].map((path) =>
      assertThrows(() => staleReason(textPath, path), IndexError, path).problem
    );
    assertEquals(problems, ["foreign", "foreign"]);
    for (const content of ["", "not an index", "\x89LIDX\r\n"]) {
      await Deno.writeFile(indexPath, latin1(content));
      assertEquals(assertThrows(reason, IndexError, indexPath).problem, "foreign");
    }
  });
});

Deno.test("a text that cannot be read is an error, whatever the index is", async () => {
  await withFreshIndex(async ({ directory, textPath, indexPath }, reason) => {
    assert(assertThrows(() => staleReason(directory, indexPath), TextError, directory));
    await Deno.remove(textPath);
    assertThrows(reason, TextError, textPath);
  });
});
