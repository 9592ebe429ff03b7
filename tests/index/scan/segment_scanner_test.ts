import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  scanSegment,
  SEGMENT_BYTES,
  segmentCount,
} from "../../../src/index/scan/segment_scanner.ts";
import { TextError } from "../../../src/source/text_error.ts";
import { TextFile } from "../../../src/source/local/text_file.ts";
import { latin1, withFile, withPlaces } from "../../support/index_files.ts";
import { texts } from "../../support/index_lines.ts";
import {
  assertSamePositions,
  naiveNewlines,
  randomText,
  segmentedTexts,
  segmentRange,
} from "../../support/text_newlines.ts";

const LF = 0x0a;

/** Writes a text, and compares what is found in each of its segments with a naive search. */
async function assertScanned(path: string, bytes: Uint8Array, what?: string): Promise<void> {
  await Deno.writeFile(path, bytes);
  using text = TextFile.open(path);
  for (let segment = 0; segment < segmentCount(bytes.length); segment++) {
    const [begin, end] = segmentRange(segment, bytes.length);
    const expected = naiveNewlines(bytes.subarray(begin, end));
    assertSamePositions(scanSegment(text, segment), expected, what ?? `segment ${segment}`);
  }
}

Deno.test("segments are as many as it takes, and an empty text has none", () => {
  const bounds = [
    [0, 0],
    [1, 1],
    [SEGMENT_BYTES - 1, 1],
    [SEGMENT_BYTES, 1],
    [SEGMENT_BYTES + 1, 2],
    [2 ** 33, 2 ** 33 / SEGMENT_BYTES],
    [2 ** 33 + 1, 2 ** 33 / SEGMENT_BYTES + 1],
  ] as const;
  for (const [bytes, segments] of bounds) assertEquals(segmentCount(bytes), segments);
});

Deno.test("newlines are found where they stand, in every small text", async () => {
  await withPlaces(async ({ textPath }) => {
    await fc.assert(
      fc.asyncProperty(texts(600), (bytes) => assertScanned(textPath, bytes)),
      { numRuns: 150 },
    );
  });
});

Deno.test("newlines are found where they stand, in texts of several segments", async () => {
  await withPlaces(async ({ textPath }) => {
    await fc.assert(
      fc.asyncProperty(segmentedTexts(3), (bytes) => assertScanned(textPath, bytes)),
      { numRuns: 25 },
    );
  });
});

Deno.test("one newline is found at every place of texts about as long as a vector or a block", async () => {
  await withPlaces(async ({ textPath }) => {
    for (const size of [1, 2, 15, 16, 17, 63, 64, 65, 127, 128, 129, 255, 256, 257, 260]) {
      await Deno.writeFile(textPath, new Uint8Array(size).fill(0x0b));
      await assertFoundAtEach(textPath, Array.from({ length: size }, (_, at) => at));
    }
  });
});

/** Puts a newline at one place after the other, and looks whether it alone is found. */
async function assertFoundAtEach(path: string, places: readonly number[]): Promise<void> {
  using text = TextFile.open(path);
  using file = await Deno.open(path, { read: true, write: true });
  const write = (at: number, byte: number) => {
    file.seekSync(at, Deno.SeekMode.Start);
    file.writeSync(Uint8Array.of(byte));
  };
  for (const at of places) {
    write(at, LF);
    for (let segment = 0; segment < segmentCount(text.bytes); segment++) {
      const [begin, end] = segmentRange(segment, text.bytes);
      const expected = at >= begin && at < end ? [at - begin] : [];
      assertEquals([...scanSegment(text, segment)], expected, `byte ${at}, segment ${segment}`);
    }
    write(at, 0x0b);
  }
}

Deno.test("one newline is found at each of the first and the last 300 places of a segment", async () => {
  const near = Array.from({ length: 301 }, (_, i) => i);
  const places = [
    ...near,
    ...near.map((i) => SEGMENT_BYTES - 1 - i),
    ...near.map((i) => SEGMENT_BYTES + i),
  ];
  await withFile(new Uint8Array(SEGMENT_BYTES + 301).fill(0x0b), async (path) => {
    await assertFoundAtEach(path, places);
  });
});

Deno.test("texts full of newlines, and without any, of every size about a block's and a segment's", async () => {
  const sizes = [1, 15, 16, 17, 127, 128, 129, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1];
  await withPlaces(async ({ textPath }) => {
    for (const size of sizes) {
      await assertScanned(textPath, new Uint8Array(size).fill(LF), `${size} newlines`);
      await assertScanned(textPath, new Uint8Array(size).fill(0x61), `${size} bytes, no newline`);
    }
  });
});

Deno.test("no other byte is taken for a newline", async () => {
  // Each byte as long as two blocks, so that it stands in every lane.
  const bytes = new Uint8Array(256 * 256).map((_, at) => at >>> 8);
  await withPlaces(async ({ textPath }) => {
    await assertScanned(textPath, bytes);
    await assertScanned(textPath, bytes.toReversed());
  });
});

Deno.test("nothing of a longer segment is found behind the end of a shorter one", async () => {
  for (const size of [1, 16, 100, 127, 128, 129, 200, SEGMENT_BYTES - 1]) {
    const bytes = new Uint8Array(SEGMENT_BYTES + size).fill(LF, 0, SEGMENT_BYTES);
    bytes[SEGMENT_BYTES + size - 1] = LF;
    await withFile(bytes, (path) => {
      using text = TextFile.open(path);
      for (let round = 0; round < 2; round++) {
        assertEquals(scanSegment(text, 0).length, SEGMENT_BYTES);
        assertEquals([...scanSegment(text, 1)], [size - 1], `last segment of ${size} bytes`);
      }
    });
  }
});

Deno.test("a dense segment does not disturb the sparse one behind it, nor the other way round", async () => {
  const dense = randomText(SEGMENT_BYTES, 2, 1);
  const sparse = randomText(SEGMENT_BYTES, 100_000, 2);
  const bytes = new Uint8Array(4 * SEGMENT_BYTES);
  for (const [i, part] of [dense, sparse, dense, sparse].entries()) {
    bytes.set(part, i * SEGMENT_BYTES);
  }
  await withPlaces(({ textPath }) => assertScanned(textPath, bytes));
});

Deno.test("segments are searched in any order, and again and again", async () => {
  const bytes = randomText(3 * SEGMENT_BYTES + 7, 50, 3);
  await withFile(bytes, (path) => {
    using text = TextFile.open(path);
    for (const segment of [3, 0, 2, 2, 1, 3, 0]) {
      const [begin, end] = segmentRange(segment, bytes.length);
      assertSamePositions(scanSegment(text, segment), naiveNewlines(bytes.subarray(begin, end)));
    }
  });
});

Deno.test("a segment that was cut off since the text was opened is an error, and no other", async () => {
  const bytes = new Uint8Array(2 * SEGMENT_BYTES + 100).fill(LF);
  await withFile(bytes, async (path) => {
    using text = TextFile.open(path);
    for (const length of [2 * SEGMENT_BYTES + 99, 2 * SEGMENT_BYTES]) {
      await Deno.truncate(path, length);
      assertThrows(() => scanSegment(text, 2), TextError, `ends at byte ${length}`);
      assertEquals(scanSegment(text, 1).length, SEGMENT_BYTES);
    }
    await Deno.truncate(path, SEGMENT_BYTES + 5);
    assertThrows(() => scanSegment(text, 1), TextError, `ends at byte ${SEGMENT_BYTES + 5}`);
    assertEquals(scanSegment(text, 0).length, SEGMENT_BYTES);
  });
});

Deno.test("what was appended since the text was opened is not searched", async () => {
  await withFile(latin1("abc\n"), async (path) => {
    using text = TextFile.open(path);
    await Deno.writeFile(path, latin1("def\n\n\n"), { append: true });
    assertEquals([...scanSegment(text, 0)], [3]);
  });
});

Deno.test("two texts searched in turn in one thread do not disturb each other", async () => {
  const [a, b] = [latin1("a\nbc\n"), latin1("\n\n\nxyz")];
  await withFile(a, async (pathOfA) => {
    await withFile(b, (pathOfB) => {
      using textA = TextFile.open(pathOfA);
      using textB = TextFile.open(pathOfB);
      for (let round = 0; round < 3; round++) {
        assertEquals([...scanSegment(textA, 0)], naiveNewlines(a));
        assertEquals([...scanSegment(textB, 0)], naiveNewlines(b));
      }
    });
  });
});
