import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { CHUNK_BYTES, readChunks } from "../../src/text/read_chunks.ts";
import { findNewlines } from "../../src/text/newlines.ts";
import { TextError } from "../../src/text/text_error.ts";
import { TextFile } from "../../src/text/text_file.ts";
import { latin1, withFile, withPlaces } from "../support/index_files.ts";
import { texts } from "../support/index_lines.ts";

/** The chunks of a file, copied before the next is asked for. */
async function chunksOf(path: string, chunkBytes?: number): Promise<Uint8Array[]> {
  using text = TextFile.open(path);
  const chunks: Uint8Array[] = [];
  for await (const chunk of readChunks(text, chunkBytes)) chunks.push(chunk.slice());
  return chunks;
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(chunks.flatMap((chunk) => [...chunk]));
}

Deno.test("the chunks are the text, and all but the last are of the size asked for", async () => {
  await withPlaces(async ({ textPath }) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 64 }), async (
        text,
        chunkBytes,
      ) => {
        await Deno.writeFile(textPath, text);
        const chunks = await chunksOf(textPath, chunkBytes);
        assertEquals(joined(chunks), text);
        assertEquals(chunks.length, Math.ceil(text.length / chunkBytes));
        for (const chunk of chunks.slice(0, -1)) assertEquals(chunk.length, chunkBytes);
      }),
      { numRuns: 60 },
    );
  });
});

Deno.test("newlines are found across chunks of every small size", async () => {
  await withPlaces(async ({ textPath }) => {
    await fc.assert(
      fc.asyncProperty(texts(120), fc.integer({ min: 1, max: 40 }), async (bytes, chunkBytes) => {
        await Deno.writeFile(textPath, bytes);
        const positions = new Uint32Array(chunkBytes);
        const found: number[] = [];
        using text = TextFile.open(textPath);
        let done = 0;
        for await (const chunk of readChunks(text, chunkBytes)) {
          const count = findNewlines(chunk, positions);
          for (const position of positions.subarray(0, count)) found.push(done + position);
          done += chunk.length;
        }
        assertEquals(found, [...bytes.keys()].filter((at) => bytes[at] === 0x0a));
      }),
      { numRuns: 60 },
    );
  });
});

Deno.test("a chunk stays as it is until the next is asked for", async () => {
  const bytes = Uint8Array.from({ length: 64 }, (_, i) => i);
  await withFile(bytes, async (path) => {
    using text = TextFile.open(path);
    let done = 0;
    for await (const chunk of readChunks(text, 8)) {
      // The read ahead has long gone by when another read of the same file has been answered.
      await text.read(new Uint8Array(64), 0);
      assertEquals([...chunk], [...bytes.subarray(done, done + 8)]);
      done += chunk.length;
    }
    assertEquals(done, 64);
  });
});

Deno.test("chunks are of CHUNK_BYTES where nothing else is asked for", async () => {
  for (const spare of [-1, 0, 1]) {
    await withFile(new Uint8Array(2 * CHUNK_BYTES + spare), async (path) => {
      const sizes = (await chunksOf(path)).map((chunk) => chunk.length);
      const expected = spare < 0
        ? [CHUNK_BYTES, CHUNK_BYTES - 1]
        : [CHUNK_BYTES, CHUNK_BYTES, ...(spare === 0 ? [] : [1])];
      assertEquals(sizes, expected);
    });
  }
});

Deno.test("an empty text has no chunk", async () => {
  await withFile(new Uint8Array(), async (path) => assertEquals(await chunksOf(path), []));
});

Deno.test("a text that was cut off since it was opened is an error", async () => {
  for (const length of [0, 7, 8, 9, 63]) {
    await withFile(new Uint8Array(64), async (path) => {
      using text = TextFile.open(path);
      await Deno.truncate(path, length);
      await assertRejects(async () => {
        for await (const _ of readChunks(text, 8));
      }, TextError);
    });
  }
});

Deno.test("what was appended since the text was opened is not read", async () => {
  await withFile(latin1("abc\n"), async (path) => {
    using text = TextFile.open(path);
    await Deno.writeFile(path, latin1("def\n"), { append: true });
    const chunks: Uint8Array[] = [];
    for await (const chunk of readChunks(text, 3)) chunks.push(chunk.slice());
    assertEquals(joined(chunks), latin1("abc\n"));
  });
});

Deno.test("whoever stops early may close the text at once: no read is under way", async () => {
  await withFile(new Uint8Array(64), async (path) => {
    for (let stopAfter = 1; stopAfter <= 8; stopAfter++) {
      using text = TextFile.open(path);
      let underWay = 0;
      const watched = {
        bytes: text.bytes,
        read: async (into: Uint8Array, offset: number) => {
          underWay++;
          await text.read(into, offset);
          underWay--;
        },
      } as unknown as TextFile;
      let taken = 0;
      for await (const _ of readChunks(watched, 8)) if (++taken === stopAfter) break;
      assertEquals([taken, underWay], [stopAfter, 0]);
    }
  });
});
