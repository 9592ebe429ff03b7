import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { IndexHeader } from "../../../src/index/format/header.ts";
import { IndexReader } from "../../../src/index/index_reader.ts";
import { mismatch } from "../../../src/index/freshness.ts";
import { misfit } from "../../../src/source/local/misfit.ts";
import { fingerprint, WHOLLY_HASHED_MAX_BYTES } from "../../../src/source/fingerprint.ts";
import { TextError } from "../../../src/source/text_error.ts";
import { TextFile } from "../../../src/source/local/text_file.ts";
import { withFile, withPlaces } from "../../support/index_files.ts";
import { TextFixture } from "../../support/text_fixture.ts";

/** The header of the index of a text; only its size and its fingerprint are looked at. */
function headerOf(textBytes: number, fingerprint: Uint8Array): IndexHeader {
  return { textBytes, fingerprint, lines: 1, linesPerPage: 1, slotWidthBits: 0, indexBytes: 152 };
}

async function headerOfFile(path: string): Promise<IndexHeader> {
  using text = TextFile.open(path);
  return headerOf(text.bytes, await fingerprint(text));
}

Deno.test("a text fits the index that was built from it", async () => {
  for (const size of [0, 1, WHOLLY_HASHED_MAX_BYTES, WHOLLY_HASHED_MAX_BYTES + 1]) {
    await using fixture = await TextFixture.create(new Uint8Array(size).fill(97));
    using text = TextFile.open(fixture.textPath);
    using index = IndexReader.open(fixture.indexPath);
    assertEquals(misfit(text, index.header), undefined, `${size} bytes`);
  }
});

Deno.test("what is said of any text and any index is what the waiting way says", async () => {
  const bytes = fc.uint8Array({ maxLength: 40 });
  await withPlaces(async ({ textPath }) => {
    await fc.assert(
      fc.asyncProperty(bytes, bytes, fc.boolean(), async (own, other, isOwn) => {
        await Deno.writeFile(textPath, isOwn ? own : other);
        const header = await headerOfFile(textPath);
        await Deno.writeFile(textPath, own);
        using text = TextFile.open(textPath);
        const found = misfit(text, header);
        assertEquals(found, mismatch(text.bytes, await fingerprint(text), header));
        if (isOwn) assertEquals(found, undefined);
      }),
      { numRuns: 40 },
    );
  });
});

Deno.test("another size and another content are told apart", async () => {
  await withFile(Uint8Array.of(1, 2, 3), async (path) => {
    using text = TextFile.open(path);
    const own = await fingerprint(text);
    assertEquals(
      misfit(text, headerOf(4, own)),
      "it is of a text of 4 bytes, and this one has 3",
    );
    const other = own.slice();
    other[31]! ^= 1;
    assertEquals(misfit(text, headerOf(3, other)), "it is of a text with other content");
  });
});

Deno.test("a text that was cut off since it was opened is an error", async () => {
  await withFile(Uint8Array.of(1, 2, 3), async (path) => {
    using text = TextFile.open(path);
    const header = headerOf(3, await fingerprint(text));
    await Deno.truncate(path, 2);
    assertThrows(() => misfit(text, header), TextError, "ends at byte 2, not at 3");
  });
});
