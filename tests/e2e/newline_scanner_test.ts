import { assert, assertEquals, assertLess, assertLessOrEqual, assertRejects } from "@std/assert";
import fc from "fast-check";
import { helperCount, NewlineScanner, THREADS_MAX } from "../../src/index/scan/newline_scanner.ts";
import type { SegmentNewlines } from "../../src/index/scan/text_scanner.ts";
import { RING_SLOTS } from "../../src/index/scan/scan_ring.ts";
import {
  SEGMENT_BYTES,
  segmentCount,
  tryScanSegment,
} from "../../src/index/scan/segment_scanner.ts";
import { LocalText } from "../../src/source/local/local_text.ts";
import { LF, TextError } from "../../src/source/text_source.ts";
import { formatCount } from "../../src/source/messages.ts";
import { type Places, withFile, withPlaces } from "../support/index_files.ts";
import { MemoryText } from "../support/text_memory.ts";
import { randomText, segmentedTexts } from "../support/text_newlines.ts";
import { HelperWatch, neverHangs, openFilesIn, published, until } from "../support/text_threads.ts";

const BROKEN_HELPER = import.meta.resolve("../support/text_helper_broken.ts");

/** How a text is scanned. */
interface ScanWay {
  readonly helpers: number;
  /** The helpers go as far ahead as they can before this thread takes the first segment. */
  readonly areHelpersAhead?: boolean;
}

/** Ways to scan; helpers start slowly, and come too late for small texts unless they are waited for. */
const WAYS: readonly (readonly [how: string, way: ScanWay])[] = [
  ["alone", { helpers: 0 }],
  ["with a helper", { helpers: 1 }],
  ["with a helper that is ahead", { helpers: 1, areHelpersAhead: true }],
];
const THREE_HELPERS: ScanWay = { helpers: 3, areHelpersAhead: true };

// More segments than the ring has slots, so that slots are used again.
const LONG_SEGMENTS = 2 * RING_SLOTS + 3;
const LONG_TEXT = randomText(LONG_SEGMENTS * SEGMENT_BYTES - 99, 60, 1);

function open(path: string): LocalText {
  return LocalText.openSync(path, { mayBlock: true });
}

/** Compares segments, as they come, with a naive search of the text. */
class Comparison {
  readonly #text: Uint8Array;
  #end = 0;
  #next: number;

  constructor(text: Uint8Array) {
    this.#text = text;
    this.#next = text.indexOf(LF);
  }

  add({ offset, newlines, doneBytes: end }: SegmentNewlines): void {
    assertEquals(offset, this.#end, "a segment begins where the one before ends");
    assertEquals(end, Math.min(offset + SEGMENT_BYTES, this.#text.length));
    for (const position of newlines) {
      if (offset + position !== this.#next) assertEquals(offset + position, this.#next);
      this.#next = this.#text.indexOf(LF, this.#next + 1);
    }
    this.#end = end;
  }

  finish(): void {
    assertEquals(this.#end, this.#text.length);
    assertEquals(this.#next, -1, "a newline was not found");
  }
}

/** Scans a text, and asserts at the end, early or not, that all helpers are terminated. */
async function* scan(
  text: LocalText,
  { helpers, areHelpersAhead = false }: ScanWay,
): AsyncGenerator<SegmentNewlines, void> {
  const watch = new HelperWatch(text);
  try {
    using scanner = new NewlineScanner(text, watch.start(helpers));
    if (areHelpersAhead) await untilAhead(watch, text);
    yield* scanner.segments();
  } finally {
    watch.assertTerminated();
  }
}

/** Waits until the helpers have scanned everything that there is room for, or have ended. */
async function untilAhead(watch: HelperWatch, text: LocalText): Promise<void> {
  await watch.started();
  const { ring } = watch;
  const segments = Math.min(RING_SLOTS, segmentCount(text.size));
  let haveEnded = false;
  void Promise.all(watch.helpers.map((helper) => helper.ended)).then(() => haveEnded = true);
  await until(() =>
    haveEnded || Array.from({ length: segments }, (_, segment) => ring.newlines(segment))
      .every((newlines) => newlines !== undefined)
  );
}

/** Asserts that a scan finds the newlines that a naive search finds. */
async function assertFound(text: LocalText, bytes: Uint8Array, way: ScanWay): Promise<void> {
  const scanning = async () => {
    const comparison = new Comparison(bytes);
    for await (const segment of scan(text, way)) comparison.add(segment);
    comparison.finish();
  };
  await neverHangs(scanning());
}

const SIZES_AROUND_BOUNDS = [
  0,
  1,
  127,
  128,
  129,
  SEGMENT_BYTES - 1,
  SEGMENT_BYTES,
  SEGMENT_BYTES + 1,
  3 * SEGMENT_BYTES - 1,
  3 * SEGMENT_BYTES,
  3 * SEGMENT_BYTES + 1,
  RING_SLOTS * SEGMENT_BYTES,
  RING_SLOTS * SEGMENT_BYTES + 1,
];

for (const [how, way] of [...WAYS, ["with three helpers", THREE_HELPERS] as const]) {
  Deno.test(`NewlineScanner ${how} finds the newlines of texts of sizes around every bound`, async () => {
    for (const size of SIZES_AROUND_BOUNDS) {
      const bytes = LONG_TEXT.slice(0, size);
      if (size > 0) bytes[size - 1] = LF;
      await withFile(bytes, async (path) => {
        using text = open(path);
        await assertFound(text, bytes, way);
      });
    }
  });

  Deno.test(`NewlineScanner ${how} finds the newlines of any text`, async () => {
    await withPlaces(async ({ textPath }) => {
      await fc.assert(
        fc.asyncProperty(segmentedTexts(10), async (bytes) => {
          await Deno.writeFile(textPath, bytes);
          using text = open(textPath);
          await assertFound(text, bytes, way);
        }),
        { numRuns: 4 },
      );
    });
  });

  Deno.test(`NewlineScanner ${how} scans a text full of newlines, and one without any`, async () => {
    for (const byte of [LF, 0x61]) {
      const bytes = new Uint8Array((RING_SLOTS + 2) * SEGMENT_BYTES + 5).fill(byte);
      await withFile(bytes, async (path) => {
        using text = open(path);
        await assertFound(text, bytes, way);
      });
    }
  });
}

for (const [how, way] of WAYS) {
  Deno.test(`NewlineScanner ${how} throws if the text was cut off before`, async () => {
    const size = 3 * SEGMENT_BYTES + 1000;
    for (
      const length of [size - 1, 3 * SEGMENT_BYTES, 2 * SEGMENT_BYTES + 7, SEGMENT_BYTES, 1, 0]
    ) {
      await withFile(new Uint8Array(size).fill(LF), async (path) => {
        using text = open(path);
        await Deno.truncate(path, length);
        await assertCutOff(text, length, way);
      });
    }
  });

  Deno.test(`NewlineScanner ${how} throws if the text is cut off in the meantime`, async () => {
    // After what may be scanned already when the first segment comes, and in the last segment.
    for (const length of [(RING_SLOTS + 2) * SEGMENT_BYTES + 7, LONG_TEXT.length - 1]) {
      await withFile(LONG_TEXT, async (path) => {
        using text = open(path);
        await assertCutOff(text, length, way, () => Deno.truncateSync(path, length));
      });
    }
  });

  Deno.test(`NewlineScanner ${how} scans a text that is appended to up to its old end`, async () => {
    const more = new Uint8Array(SEGMENT_BYTES + 9).fill(LF);
    for (const isBefore of [true, false]) {
      await withFile(LONG_TEXT, async (path) => {
        using text = open(path);
        if (isBefore) await Deno.writeFile(path, more, { append: true });
        const comparison = new Comparison(LONG_TEXT);
        for await (const segment of scan(text, way)) {
          if (!isBefore && segment.offset === 0) Deno.writeFileSync(path, more, { append: true });
          comparison.add(segment);
        }
        comparison.finish();
      });
    }
  });

  Deno.test(`NewlineScanner ${how} that is disposed early leaves nothing open`, async () => {
    for (const takes of [1, 3, RING_SLOTS + 1]) {
      await assertClosesFiles(async (text) => {
        let taken = 0;
        for await (const _ of scan(text, way)) {
          if (++taken === takes) break;
        }
        assertEquals(taken, takes);
      });
    }
  });

  Deno.test(`NewlineScanner ${how} that is never iterated leaves nothing open`, async () => {
    await assertClosesFiles(async (text) => {
      const watch = new HelperWatch(text);
      {
        using _scanner = new NewlineScanner(text, watch.start(way.helpers));
        if (way.areHelpersAhead === true) await untilAhead(watch, text);
      }
      watch.assertTerminated();
    });
  });

  Deno.test(`NewlineScanner ${how} that ended or failed leaves nothing open`, async () => {
    await assertClosesFiles((text) => assertFound(text, LONG_TEXT, way));
    await assertClosesFiles(async (text) => {
      await Deno.truncate(text.name, SEGMENT_BYTES + 1);
      await assertCutOff(text, SEGMENT_BYTES + 1, way);
    });
  });
}

for (const helpers of [0, 1, 3]) {
  Deno.test(`NewlineScanner with ${helpers} helpers lets timers run`, async () => {
    await withHugeText(async (text) => {
      const watch = new HelperWatch(text);
      using scanner = new NewlineScanner(text, watch.start(helpers));
      // While helpers start, it yields before every segment.
      await watch.started();
      const aborted = new AbortController();
      setTimeout(() => aborted.abort(), 0);
      const done = await scanUntil(scanner, () => aborted.signal.aborted);
      assertLess(done, text.size);
    });
  });

  Deno.test({
    name: `NewlineScanner with ${helpers} helpers lets signals be handled`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await withHugeText(async (text) => {
        const watch = new HelperWatch(text);
        using scanner = new NewlineScanner(text, watch.start(helpers));
        await watch.started();
        let isThere = false;
        const onSignal = () => isThere = true;
        Deno.addSignalListener("SIGUSR2", onSignal);
        try {
          Deno.kill(Deno.pid, "SIGUSR2");
          const done = await scanUntil(scanner, () => isThere);
          assertLess(done, text.size);
        } finally {
          Deno.removeSignalListener("SIGUSR2", onSignal);
        }
      });
    },
  });
}

/** Scans until a condition holds, and returns how far that was. */
async function scanUntil(scanner: NewlineScanner, isSo: () => boolean): Promise<number> {
  let done = 0;
  for await (const { doneBytes: end } of scanner.segments()) {
    done = end;
    if (isSo()) break;
  }
  return done;
}

/** A text that no machine reads before the scanner yields; takes no space on the disk. */
async function withHugeText(body: (text: LocalText) => Promise<void>): Promise<void> {
  await withFile(new Uint8Array(), async (path) => {
    await Deno.truncate(path, 16 * 1024 ** 3);
    using text = open(path);
    await body(text);
  });
}

/** Asserts that a scan fails because the text ends early, and returns nothing from after its end. */
async function assertCutOff(
  text: LocalText,
  length: number,
  way: ScanWay,
  onFirst: () => void = () => {},
): Promise<void> {
  let done = 0;
  const scanning = async () => {
    for await (const { offset, doneBytes: end } of scan(text, way)) {
      if (offset === 0) onFirst();
      done = end;
    }
  };
  const error = await assertRejects(() => neverHangs(scanning()), TextError);
  const [now, before] = [length, text.size].map(formatCount);
  assertEquals(
    error.message,
    `File changed: ${text.name} (it has ${now} bytes, not ${before}). Start linesvr again.`,
  );
  assertLessOrEqual(done, length);
  if (way.helpers === 0) assertEquals(done, Math.floor(length / SEGMENT_BYTES) * SEGMENT_BYTES);
}

/** Asserts that after some use of a text no thread has a file open. */
async function assertClosesFiles(body: (text: LocalText) => Promise<void>): Promise<void> {
  await withFile(LONG_TEXT, async (path) => {
    {
      using text = open(path);
      await body(text);
    }
    const directory = path.slice(0, path.lastIndexOf("/"));
    // A thread that is terminated closes its files at some time, and does not say when.
    await until(() => openFilesIn(directory).length === 0);
  });
}

for (
  const [what, change] of [
    ["removed", ({ textPath }: Places) => Deno.removeSync(textPath)],
    ["replaced", ({ textPath }: Places) => {
      Deno.writeFileSync(`${textPath}.new`, new Uint8Array(LONG_TEXT.length).fill(LF));
      Deno.renameSync(`${textPath}.new`, textPath);
    }],
    ["replaced by a shorter one", ({ textPath }: Places) => {
      Deno.writeFileSync(`${textPath}.new`, Uint8Array.of(LF));
      Deno.renameSync(`${textPath}.new`, textPath);
    }],
    ["replaced by a directory", ({ textPath }: Places) => {
      Deno.removeSync(textPath);
      Deno.mkdirSync(textPath);
    }],
  ] as const
) {
  for (const when of ["before the helpers open it", "while they scan"]) {
    Deno.test(`NewlineScanner of a text that is ${what} ${when} scans the open file`, async () => {
      await withPlaces(async (places) => {
        await Deno.writeFile(places.textPath, LONG_TEXT);
        using text = open(places.textPath);
        const watch = new HelperWatch(text);
        if (when === "before the helpers open it") change(places);
        using scanner = new NewlineScanner(text, watch.start(2));
        await watch.started();
        const comparison = new Comparison(LONG_TEXT);
        for await (const segment of scanner.segments()) {
          if (when === "while they scan" && segment.offset === 0) change(places);
          comparison.add(segment);
        }
        comparison.finish();
      });
    });
  }
}

Deno.test("NewlineScanner keeps a segment unchanged until the next is asked for, however far ahead helpers are", async () => {
  await withFile(LONG_TEXT, async (path) => {
    using text = open(path);
    const watch = new HelperWatch(text);
    using scanner = new NewlineScanner(text, watch.start(1));
    await untilAhead(watch, text);
    let taken = 0;
    for await (const { offset, newlines } of scanner.segments()) {
      const before = newlines.slice();
      // Until there is no room left, and everything that was claimed is published.
      const last = Math.min(taken + RING_SLOTS, LONG_SEGMENTS) - 1;
      for (let segment = taken; segment <= last; segment++) published(watch.ring, segment);
      assertEquals(offset, taken * SEGMENT_BYTES);
      assert(newlines.every((position, i) => position === before[i]), `segment ${taken}`);
      taken++;
    }
    assertEquals(taken, LONG_SEGMENTS);
  });
});

Deno.test("NewlineScanner reads a segment again that a helper could not read", async () => {
  await withFile(LONG_TEXT, async (path) => {
    using text = open(path);
    const watch = new HelperWatch(text);
    using scanner = new NewlineScanner(text, watch.start(1));
    await untilAhead(watch, text);
    await Deno.truncate(path, (RING_SLOTS + 2) * SEGMENT_BYTES);
    const failing = RING_SLOTS + 2;
    const comparison = new Comparison(LONG_TEXT);
    let taken = 0;
    for await (const segment of scanner.segments()) {
      // Everything that the helper has room for: so this thread never claims a segment itself.
      const last = Math.min(taken + RING_SLOTS, LONG_SEGMENTS) - 1;
      const found = published(watch.ring, last);
      if (last === failing) {
        assertEquals(found, "failed");
        await Deno.writeFile(path, LONG_TEXT);
      }
      if (taken === failing) {
        const before = segment.newlines.slice();
        tryScanSegment(text, 0);
        assert(segment.newlines.every((position, i) => position === before[i]));
      }
      comparison.add(segment);
      taken++;
    }
    comparison.finish();
  });
});

Deno.test("NewlineScanner: two scanners in turns in one thread do not disturb each other", async () => {
  const contents = [
    randomText(5 * SEGMENT_BYTES, 20, 1),
    randomText(5 * SEGMENT_BYTES, 3, 2),
  ] as const;
  for (const helpers of [0, 1]) {
    await withFile(contents[0], async (pathOfA) => {
      await withFile(contents[1], async (pathOfB) => {
        using a = open(pathOfA);
        using b = open(pathOfB);
        const ofB = scan(b, { helpers });
        const comparisonOfA = new Comparison(contents[0]);
        const comparisonOfB = new Comparison(contents[1]);
        for await (const segment of scan(a, { helpers })) {
          const { value } = await ofB.next();
          comparisonOfA.add(segment);
          comparisonOfB.add(value!);
        }
        assertEquals((await ofB.next()).done, true);
        comparisonOfA.finish();
        comparisonOfB.finish();
      });
    });
  }
});

Deno.test("NewlineScanner is not disturbed by other reads of its text", async () => {
  await withFile(LONG_TEXT, async (path) => {
    using text = open(path);
    const comparison = new Comparison(LONG_TEXT);
    for await (const segment of scan(text, { helpers: 0 })) {
      text.tryRead(new Uint8Array(10), 5);
      comparison.add(segment);
    }
    comparison.finish();
  });
});

for (
  const [what, blocks] of [
    ["never blocks", () => false],
    ["always blocks", () => true],
    ["blocks for every second segment", (offset: number) => offset / SEGMENT_BYTES % 2 === 1],
  ] as const
) {
  Deno.test(`NewlineScanner scans a source that is no local file and ${what}`, async () => {
    const content = randomText(4 * SEGMENT_BYTES + 7, 30, 4);
    using scanner = new NewlineScanner(new MemoryText(content, { blocks }));
    const comparison = new Comparison(content);
    for await (const segment of scanner.segments()) comparison.add(segment);
    comparison.finish();
  });
}

Deno.test("helperCount() is 0 for a small text, and up to three for a large one", () => {
  const most = Math.min(navigator.hardwareConcurrency, THREADS_MAX) - 1;
  const counts = [
    [0, 0],
    [768 * 1024 * 1024 - 1, 0],
    [768 * 1024 * 1024, most],
    [2 ** 40, most],
  ] as const;
  for (const [size, count] of counts) assertEquals(helperCount(size), count, `${size} bytes`);
});

Deno.test("NewlineScanner throws if a helper fails, and does not hang", async () => {
  await withFile(LONG_TEXT, async (path) => {
    using text = open(path);
    const watch = new HelperWatch(text);
    using scanner = new NewlineScanner(text, watch.start(1, BROKEN_HELPER));
    await watch.started();
    const scanning = async () => {
      for await (const _ of scanner.segments()) {
        // Only the error matters.
      }
    };
    await assertRejects(() => neverHangs(scanning()), Error, `Scan thread failed: ${path} (`);
  });
});
