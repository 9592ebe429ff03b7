import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  scanSegment,
  SEGMENT_BYTES,
  segmentCount,
  tryScanSegment,
} from "../../../src/index/scan/segment_scanner.ts";
import { LocalText } from "../../../src/source/local/local_text.ts";
import { type ByteSource, LF, TextError } from "../../../src/source/text_source.ts";
import { formatCount } from "../../../src/source/messages.ts";
import { latin1, withFile, withPlaces } from "../../support/index_files.ts";
import { texts } from "../../support/index_lines.ts";
import { MemoryText } from "../../support/text_memory.ts";
import {
  assertSamePositions,
  naiveNewlines,
  randomText,
  segmentedTexts,
  segmentRange,
} from "../../support/text_newlines.ts";

function open(path: string): LocalText {
  return LocalText.openSync(path, { mayBlock: true });
}

function scan(text: ByteSource, segment: number): Uint32Array {
  return tryScanSegment(text, segment)!;
}

/** Writes a text, and compares what is found in each of its segments with a naive search. */
async function assertScanned(path: string, bytes: Uint8Array, what?: string): Promise<void> {
  await Deno.writeFile(path, bytes);
  using text = open(path);
  for (let segment = 0; segment < segmentCount(bytes.length); segment++) {
    const [begin, end] = segmentRange(segment, bytes.length);
    const expected = naiveNewlines(bytes.subarray(begin, end));
    assertSamePositions(scan(text, segment), expected, what ?? `segment ${segment}`);
    assertSamePositions(await scanSegment(text, segment), expected, what ?? `segment ${segment}`);
  }
}

Deno.test("segmentCount() is the size divided by SEGMENT_BYTES, rounded up", () => {
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

Deno.test("tryScanSegment() and scanSegment() find every newline of any small text", async () => {
  await withPlaces(async ({ textPath }) => {
    await fc.assert(
      fc.asyncProperty(texts(600), (bytes) => assertScanned(textPath, bytes)),
      { numRuns: 150 },
    );
  });
});

Deno.test("tryScanSegment() and scanSegment() find every newline of texts of several segments", async () => {
  await withPlaces(async ({ textPath }) => {
    await fc.assert(
      fc.asyncProperty(segmentedTexts(3), (bytes) => assertScanned(textPath, bytes)),
      { numRuns: 25 },
    );
  });
});

Deno.test("tryScanSegment() finds one newline at every position of texts about as long as a vector or a block", async () => {
  await withPlaces(async ({ textPath }) => {
    for (const size of [1, 2, 15, 16, 17, 63, 64, 65, 127, 128, 129, 255, 256, 257, 260]) {
      await Deno.writeFile(textPath, new Uint8Array(size).fill(0x0b));
      await assertFoundAtEach(textPath, Array.from({ length: size }, (_, at) => at));
    }
  });
});

/** Writes a newline at one position after the other, and asserts that it alone is found. */
async function assertFoundAtEach(path: string, places: readonly number[]): Promise<void> {
  using text = open(path);
  using file = await Deno.open(path, { read: true, write: true });
  const write = (at: number, byte: number) => {
    file.seekSync(at, Deno.SeekMode.Start);
    file.writeSync(Uint8Array.of(byte));
  };
  for (const at of places) {
    write(at, LF);
    for (let segment = 0; segment < segmentCount(text.size); segment++) {
      const [begin, end] = segmentRange(segment, text.size);
      const expected = at >= begin && at < end ? [at - begin] : [];
      assertEquals([...scan(text, segment)], expected, `byte ${at}, segment ${segment}`);
    }
    write(at, 0x0b);
  }
}

Deno.test("tryScanSegment() finds one newline at each of the first and the last 300 positions of a segment", async () => {
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

Deno.test("tryScanSegment() of texts full of newlines and without any, of sizes around a block and a segment", async () => {
  const sizes = [1, 15, 16, 17, 127, 128, 129, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1];
  await withPlaces(async ({ textPath }) => {
    for (const size of sizes) {
      await assertScanned(textPath, new Uint8Array(size).fill(LF), `${size} newlines`);
      await assertScanned(textPath, new Uint8Array(size).fill(0x61), `${size} bytes, no newline`);
    }
  });
});

Deno.test("tryScanSegment() takes no other byte for a newline", async () => {
  // Each byte repeated for two blocks, so that it is in every lane.
  const bytes = new Uint8Array(256 * 256).map((_, at) => at >>> 8);
  await withPlaces(async ({ textPath }) => {
    await assertScanned(textPath, bytes);
    await assertScanned(textPath, bytes.toReversed());
  });
});

Deno.test("tryScanSegment() finds nothing of a longer segment after the end of a shorter one", async () => {
  for (const size of [1, 16, 100, 127, 128, 129, 200, SEGMENT_BYTES - 1]) {
    const bytes = new Uint8Array(SEGMENT_BYTES + size).fill(LF, 0, SEGMENT_BYTES);
    bytes[SEGMENT_BYTES + size - 1] = LF;
    await withFile(bytes, (path) => {
      using text = open(path);
      for (let round = 0; round < 2; round++) {
        assertEquals(scan(text, 0).length, SEGMENT_BYTES);
        assertEquals([...scan(text, 1)], [size - 1], `last segment of ${size} bytes`);
      }
    });
  }
});

Deno.test("tryScanSegment() of dense and sparse segments in turns finds the newlines of each", async () => {
  const dense = randomText(SEGMENT_BYTES, 2, 1);
  const sparse = randomText(SEGMENT_BYTES, 100_000, 2);
  const bytes = new Uint8Array(4 * SEGMENT_BYTES);
  for (const [i, part] of [dense, sparse, dense, sparse].entries()) {
    bytes.set(part, i * SEGMENT_BYTES);
  }
  await withPlaces(({ textPath }) => assertScanned(textPath, bytes));
});

Deno.test("tryScanSegment() scans segments in any order, and repeatedly", async () => {
  const bytes = randomText(3 * SEGMENT_BYTES + 7, 50, 3);
  await withFile(bytes, (path) => {
    using text = open(path);
    for (const segment of [3, 0, 2, 2, 1, 3, 0]) {
      const [begin, end] = segmentRange(segment, bytes.length);
      assertSamePositions(scan(text, segment), naiveNewlines(bytes.subarray(begin, end)));
    }
  });
});

Deno.test("tryScanSegment() throws for a segment that was cut off since the text was opened, and for no other", async () => {
  const bytes = new Uint8Array(2 * SEGMENT_BYTES + 100).fill(LF);
  await withFile(bytes, async (path) => {
    using text = open(path);
    for (const length of [2 * SEGMENT_BYTES + 99, 2 * SEGMENT_BYTES]) {
      await Deno.truncate(path, length);
      assertThrows(() => scan(text, 2), TextError, `it has ${formatCount(length)} bytes`);
      assertEquals(scan(text, 1).length, SEGMENT_BYTES);
    }
    await Deno.truncate(path, SEGMENT_BYTES + 5);
    assertThrows(() => scan(text, 1), TextError, `it has ${formatCount(SEGMENT_BYTES + 5)} bytes`);
    assertEquals(scan(text, 0).length, SEGMENT_BYTES);
  });
});

Deno.test("tryScanSegment() does not scan what was appended since the text was opened", async () => {
  await withFile(latin1("abc\n"), async (path) => {
    using text = open(path);
    await Deno.writeFile(path, latin1("def\n\n\n"), { append: true });
    assertEquals([...scan(text, 0)], [3]);
  });
});

Deno.test("tryScanSegment() of two texts in turns finds the newlines of each", async () => {
  const [a, b] = [latin1("a\nbc\n"), latin1("\n\n\nxyz")];
  await withFile(a, async (pathOfA) => {
    await withFile(b, (pathOfB) => {
      using textA = open(pathOfA);
      using textB = open(pathOfB);
      for (let round = 0; round < 3; round++) {
        assertEquals([...scan(textA, 0)], naiveNewlines(a));
        assertEquals([...scan(textB, 0)], naiveNewlines(b));
      }
    });
  });
});

Deno.test("tryScanSegment() returns undefined if reading would block, and scanSegment() awaits it", async () => {
  const content = latin1("a\nbc\n");
  const text = new MemoryText(content, { blocks: () => true });
  assertEquals(tryScanSegment(text, 0), undefined);
  assertEquals([...await scanSegment(text, 0)], [1, 4]);
});

Deno.test("scanSegment() of two texts side by side finds the newlines of each, and they stay valid", async () => {
  const contents = [latin1("a\nbc\n"), latin1("\n\n\nxyz")] as const;
  const bothRead = Promise.withResolvers<void>();
  let reads = 0;
  const onRead = async () => {
    if (++reads === 2) bothRead.resolve();
    await bothRead.promise;
  };
  const scans = contents.map((content) =>
    scanSegment(new MemoryText(content, { blocks: () => true, onRead }), 0)
  );
  const found = await Promise.all(scans);
  scan(new MemoryText(latin1("\n".repeat(20))), 0);
  assertEquals(found.map((newlines) => [...newlines]), contents.map(naiveNewlines));
});
