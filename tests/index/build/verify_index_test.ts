import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { overflowOffset, slotOffset } from "../../../src/index/format/layout.ts";
import { encodeHeader } from "../../../src/index/format/header.ts";
import { IndexError } from "../../../src/index/index_error.ts";
import { readHeader } from "../../../src/index/index_reader.ts";
import { checksumSeeds, packLengths } from "../../../src/index/format/page_codec.ts";
import { SEGMENT_BYTES } from "../../../src/index/scan/segment_scanner.ts";
import { verifyIndex } from "../../../src/index/build/verify_index.ts";
import { buildFrom, latin1, type Places, withPlaces } from "../../support/index_files.ts";
import { linesOf, plainPagesOf, texts } from "../../support/index_lines.ts";
import { TextError } from "../../../src/source/text_source.ts";
import { openFilesIn } from "../../support/text_threads.ts";

/** The message of `verifyIndex` for a complete index that is wrong. */
async function differenceIn(places: Places): Promise<string> {
  const failure = await assertRejects(() => verifyIndex(places), IndexError, places.indexPath);
  assertEquals(failure.problem, "stale");
  return failure.message;
}

/** Writes an index for the text that claims lines of these lengths, with these pages. */
async function writeWrongIndex(
  places: Places,
  text: string,
  lengths: number[],
  pagesOf = (fingerprint: Uint8Array) => plainPagesOf(2, lengths, fingerprint),
): Promise<void> {
  await buildFrom(places, latin1(text), 2);
  const header = readHeader(places.indexPath);
  const layout = { lines: lengths.length, linesPerPage: 2, slotWidthBits: 4 };
  const indexBytes = overflowOffset(layout);
  const bytes = new Uint8Array(indexBytes);
  bytes.set(encodeHeader({ ...header, ...layout, indexBytes }));
  for (const [i, page] of pagesOf(header.fingerprint).entries()) {
    bytes.set(page.bytes, slotOffset(layout, i));
  }
  await Deno.writeFile(places.indexPath, bytes);
}

Deno.test("verifyIndex() of an index as it was built succeeds", async () => {
  await withPlaces(async (places) => {
    await fc.assert(
      fc.asyncProperty(texts(500), fc.constantFrom(1, 3, 64), async (text, linesPerPage) => {
        await buildFrom(places, text, linesPerPage);
        const lines = linesOf(text).length;
        assertEquals(await verifyIndex(places), {
          lines,
          textBytes: text.length,
          appendedBytes: 0,
        });
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });
});

Deno.test("verifyIndex() throws with the first line that differs", async () => {
  await withPlaces(async (places) => {
    const text = "a\nbb\nccc\ndddd\ne\n";
    await writeWrongIndex(places, text, [2, 3, 4, 5, 2]);
    assertEquals((await verifyIndex(places)).lines, 5);
    const wrong: [lengths: number[], line: string][] = [
      [[3, 2, 4, 5, 2], "line 1 ends at byte 2, not at 3"],
      [[2, 4, 3, 5, 2], "line 2 ends at byte 5, not at 6"],
      [[2, 3, 5, 4, 2], "line 3 ends at byte 9, not at 10"],
      [[2, 3, 4, 6, 1], "line 4 ends at byte 14, not at 15"],
      [[2, 3, 4, 7], "line 4 ends at byte 14, not at 16"],
      [[2, 3, 4, 5, 1, 1], "line 5 ends at byte 16, not at 15"],
      [[2, 3, 4, 5, 2, 0], "the file has 5 lines, not 6"],
      [[], "the file has more than 0 lines"],
    ];
    for (const [lengths, line] of wrong) {
      await writeWrongIndex(places, text, lengths);
      assert((await differenceIn(places)).includes(line), `${lengths}`);
    }
  });
});

Deno.test("verifyIndex() throws if the lines of a page have the right lengths at another offset", async () => {
  await withPlaces(async (places) => {
    const text = "a\nbb\nccc\ndddd\ne\n";
    for (const firstOffset of [4, 6]) {
      await writeWrongIndex(places, text, [2, 3, 4, 5, 2], (fingerprint) => {
        const pages = plainPagesOf(2, [2, 3, 4, 5, 2], fingerprint);
        const seed = checksumSeeds(fingerprint, 2)(1);
        const bytes = packLengths(Float64Array.of(4, 5), firstOffset, seed);
        return pages.with(1, { lines: 2, bytes });
      });
      const difference = `(line 3 begins at byte 5, not at ${firstOffset})`;
      assert((await differenceIn(places)).includes(difference));
    }
  });
});

Deno.test("verifyIndex() throws stale for another text, damaged for a damaged index, missing for none", async () => {
  await withPlaces(async (places) => {
    await buildFrom(places, latin1("a\nb\nc\n"), 2);
    await Deno.writeFile(places.textPath, latin1("a\nc\nb\n"));
    assert((await differenceIn(places)).includes("other content"));
    await Deno.writeFile(places.textPath, latin1("a\nb\nc\n"));
    const bytes = await Deno.readFile(places.indexPath);
    await Deno.writeFile(places.indexPath, bytes.with(-1, bytes.at(-1)! ^ 1));
    const failure = await assertRejects(() => verifyIndex(places), IndexError);
    assertEquals(failure.problem, "damaged");
    await Deno.remove(places.indexPath);
    assertEquals((await assertRejects(() => verifyIndex(places), IndexError)).problem, "missing");
  });
});

Deno.test("verifyIndex() reports progress and ends when it is aborted", async () => {
  await withPlaces(async (places) => {
    const text = new Uint8Array(3 * SEGMENT_BYTES).fill(0x78);
    await buildFrom(places, text);
    const reported: number[] = [];
    await verifyIndex({ ...places, onProgress: (doneBytes) => reported.push(doneBytes) });
    assertEquals(reported, [SEGMENT_BYTES, 2 * SEGMENT_BYTES, 3 * SEGMENT_BYTES]);
    const abort = new AbortController();
    const onProgress = () => abort.abort(new Error("enough"));
    const options = { ...places, onProgress, signal: abort.signal };
    await assertRejects(() => verifyIndex(options), Error, "enough");
  });
});

Deno.test({
  name: "verifyIndex() closes all files, whether the index was right or not",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await withPlaces(async (places) => {
      await buildFrom(places, latin1("a\nbb\n"));
      await verifyIndex(places);
      assertEquals(openFilesIn(places.directory), []);
      const signal = AbortSignal.abort(new Error("enough"));
      await assertRejects(() => verifyIndex({ ...places, signal }), Error, "enough");
      assertEquals(openFilesIn(places.directory), []);
      await Deno.writeFile(places.textPath, latin1("a\nbb"));
      assert((await differenceIn(places)).includes("the file has 4"));
      assertEquals(openFilesIn(places.directory), []);
      await writeWrongIndex(places, "a\nbb\n", [3, 2]);
      assert((await differenceIn(places)).includes("line 1"));
      assertEquals(openFilesIn(places.directory), []);
    });
  },
});

Deno.test("verifyIndex() throws if the text changes in the meantime", async () => {
  await withPlaces(async (places) => {
    await buildFrom(places, latin1("one\ntwo\n"));
    const onProgress = () => Deno.writeTextFileSync(places.textPath, "on\netwo\n");
    await assertRejects(() => verifyIndex({ ...places, onProgress }), TextError, "changed");
  });
});
