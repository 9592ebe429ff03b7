import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
  assertRejects,
} from "@std/assert";
import fc from "fast-check";
import { LF } from "../../../src/source/line_feed.ts";
import {
  NewlineScanner,
  type SegmentNewlines,
  THREADS_MAX,
} from "../../../src/index/scan/newline_scanner.ts";
import { RING_SLOTS } from "../../../src/index/scan/scan_ring.ts";
import {
  scanSegment,
  SEGMENT_BYTES,
  segmentCount,
} from "../../../src/index/scan/segment_scanner.ts";
import { TextError } from "../../../src/source/text_error.ts";
import { TextFile } from "../../../src/source/local/text_file.ts";
import { type Places, withFile, withPlaces } from "../../support/index_files.ts";
import { randomText, segmentedTexts } from "../../support/text_newlines.ts";
import {
  HELPER,
  HelperWatch,
  neverHangs,
  openFilesIn,
  published,
  until,
} from "../../support/text_threads.ts";

/** How a search is begun. */
interface SearchOptions {
  readonly threads: number;
  /** The helpers search as far ahead as they can before this thread takes the first segment. */
  readonly areHelpersAhead?: boolean;
}

/** Searches in every way; helpers take a while to start, and come late to small texts if not waited for. */
const WAYS: readonly (readonly [what: string, options: SearchOptions])[] = [
  ["by one thread", { threads: 1 }],
  ["by two threads", { threads: 2 }],
  ["by two threads, of which one is ahead", { threads: 2, areHelpersAhead: true }],
];
const FOUR_THREADS: SearchOptions = { threads: 4, areHelpersAhead: true };

// More segments than the ring has slots, so that slots are used again.
const LONG_SEGMENTS = 3 * RING_SLOTS;
const LONG_TEXT = randomText(LONG_SEGMENTS * SEGMENT_BYTES - 99, 60, 1);

/** Compares segments, as they come, with a naive search of the text. */
class Comparison {
  readonly #text: Uint8Array;
  #end = 0;
  #next: number;

  constructor(text: Uint8Array) {
    this.#text = text;
    this.#next = text.indexOf(LF);
  }

  add({ offset, end, newlines }: SegmentNewlines): void {
    assertEquals(offset, this.#end, "a segment begins where the one before ends");
    assertEquals(end, Math.min(offset + SEGMENT_BYTES, this.#text.length));
    for (const place of newlines) {
      if (offset + place !== this.#next) assertEquals(offset + place, this.#next);
      this.#next = this.#text.indexOf(LF, this.#next + 1);
    }
    this.#end = end;
  }

  finish(): void {
    assertEquals(this.#end, this.#text.length);
    assertEquals(this.#next, -1, "a newline was not found");
  }
}

/** Searches a text and gives the segments; where it ends early, and at its end, all is let go. */
async function* search(
  text: TextFile,
  { threads, areHelpersAhead = false }: SearchOptions,
): AsyncGenerator<SegmentNewlines, void> {
  using watch = new HelperWatch(HELPER);
  try {
    using scanner = new NewlineScanner(text, { threads });
    assertEquals(watch.helpers.length, threads - 1);
    if (areHelpersAhead) await untilAhead(watch, text);
    yield* scanner.segments();
  } finally {
    watch.assertTerminated();
  }
}

/** Waits until the helpers have searched all that there is room for, or have come to their end. */
async function untilAhead(watch: HelperWatch, text: TextFile): Promise<void> {
  await watch.begun();
  const ring = watch.ring();
  const ahead = Math.min(RING_SLOTS, segmentCount(text.bytes));
  const segments = Array.from({ length: ahead }, (_, segment) => segment);
  await until(() =>
    segments.every((segment) => ring.newlines(segment) !== undefined) ||
    watch.helpers.every((helper) => helper.hasEnded)
  );
}

/** That a search finds the newlines of a text where a naive one does. */
async function assertFound(
  text: TextFile,
  bytes: Uint8Array,
  options: SearchOptions,
): Promise<void> {
  const searching = async () => {
    const comparison = new Comparison(bytes);
    for await (const segment of search(text, options)) comparison.add(segment);
    comparison.finish();
  };
  await neverHangs(searching());
}

const AROUND_BOUNDS = [
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

for (const [how, options] of [...WAYS, ["by four threads", FOUR_THREADS] as const]) {
  Deno.test(`texts of sizes about every bound are searched ${how}`, async () => {
    for (const size of AROUND_BOUNDS) {
      const bytes = randomText(size, 30, size);
      if (size > 0) bytes[size - 1] = LF;
      await withFile(bytes, async (path) => {
        using text = TextFile.open(path);
        await assertFound(text, bytes, options);
      });
    }
  });

  Deno.test(`the newlines of any text are those of a naive search when it is searched ${how}`, async () => {
    await withPlaces(async ({ textPath }) => {
      await fc.assert(
        fc.asyncProperty(segmentedTexts(10), async (bytes) => {
          await Deno.writeFile(textPath, bytes);
          using text = TextFile.open(textPath);
          await assertFound(text, bytes, options);
        }),
        { numRuns: 6 },
      );
    });
  });

  Deno.test(`a text full of newlines, and one without any, are searched ${how}`, async () => {
    for (const byte of [LF, 0x61]) {
      const bytes = new Uint8Array((RING_SLOTS + 2) * SEGMENT_BYTES + 5).fill(byte);
      await withFile(bytes, async (path) => {
        using text = TextFile.open(path);
        await assertFound(text, bytes, options);
      });
    }
  });
}

for (const [how, options] of WAYS) {
  Deno.test(`a text that was cut off before it is searched ${how} is an error`, async () => {
    const size = 3 * SEGMENT_BYTES + 1000;
    for (
      const length of [size - 1, 3 * SEGMENT_BYTES, 2 * SEGMENT_BYTES + 7, SEGMENT_BYTES, 1, 0]
    ) {
      await withFile(new Uint8Array(size).fill(LF), async (path) => {
        using text = TextFile.open(path);
        await Deno.truncate(path, length);
        await assertCutOff(text, length, options);
      });
    }
  });

  Deno.test(`a text that is cut off while it is searched ${how} is an error`, async () => {
    // Behind what may be searched already when the first segment comes, and in the last segment.
    for (const length of [(RING_SLOTS + 2) * SEGMENT_BYTES + 7, LONG_TEXT.length - 1]) {
      await withFile(LONG_TEXT, async (path) => {
        using text = TextFile.open(path);
        await assertCutOff(text, length, options, () => Deno.truncateSync(path, length));
      });
    }
  });

  Deno.test(`a text that is appended to is searched ${how} up to its old end`, async () => {
    const more = new Uint8Array(SEGMENT_BYTES + 9).fill(LF);
    for (const isBefore of [true, false]) {
      await withFile(LONG_TEXT, async (path) => {
        using text = TextFile.open(path);
        if (isBefore) await Deno.writeFile(path, more, { append: true });
        const comparison = new Comparison(LONG_TEXT);
        for await (const segment of search(text, options)) {
          if (!isBefore && segment.offset === 0) Deno.writeFileSync(path, more, { append: true });
          comparison.add(segment);
        }
        comparison.finish();
      });
    }
  });

  Deno.test(`a search ${how} that ends early leaves nothing open`, async () => {
    for (const takes of [1, 3, RING_SLOTS + 1]) {
      await assertLetsGo(async (text) => {
        let taken = 0;
        for await (const _ of search(text, options)) {
          if (++taken === takes) break;
        }
        assertEquals(taken, takes);
      });
    }
  });

  Deno.test(`a search ${how} that nobody asks for anything leaves nothing open`, async () => {
    await assertLetsGo(async (text) => {
      using watch = new HelperWatch(HELPER);
      {
        using _scanner = new NewlineScanner(text, options);
        if (options.areHelpersAhead === true) await untilAhead(watch, text);
      }
      watch.assertTerminated();
    });
  });

  Deno.test(`a search ${how} that came to its end, or failed, leaves nothing open`, async () => {
    await assertLetsGo((text) => assertFound(text, LONG_TEXT, options));
    await assertLetsGo(async (text) => {
      await Deno.truncate(text.path, SEGMENT_BYTES + 1);
      await assertCutOff(text, SEGMENT_BYTES + 1, options);
    });
  });
}

for (const threads of [1, 2, 4]) {
  Deno.test(`a timer is noticed while ${threads} threads search`, async () => {
    await withLongText(async (text) => {
      using watch = new HelperWatch();
      using scanner = new NewlineScanner(text, { threads });
      // While helpers start, there is a pause before every segment.
      await watch.begun();
      const aborted = new AbortController();
      setTimeout(() => aborted.abort(), 0);
      const done = await searchUntil(scanner, () => aborted.signal.aborted);
      assertLess(done, text.bytes);
    });
  });

  Deno.test({
    name: `a signal is noticed while ${threads} threads search`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await withLongText(async (text) => {
        using watch = new HelperWatch();
        using scanner = new NewlineScanner(text, { threads });
        await watch.begun();
        let isThere = false;
        const onSignal = () => isThere = true;
        Deno.addSignalListener("SIGUSR2", onSignal);
        try {
          Deno.kill(Deno.pid, "SIGUSR2");
          const done = await searchUntil(scanner, () => isThere);
          assertLess(done, text.bytes);
        } finally {
          Deno.removeSignalListener("SIGUSR2", onSignal);
        }
      });
    },
  });
}

/** Searches until something is so, and gives how far that was. */
async function searchUntil(scanner: NewlineScanner, isSo: () => boolean): Promise<number> {
  let done = 0;
  for await (const { end } of scanner.segments()) {
    done = end;
    if (isSo()) break;
  }
  return done;
}

/** A text that no machine reads before a pause is due; it takes no room on the disk. */
async function withLongText(body: (text: TextFile) => Promise<void>): Promise<void> {
  await withFile(new Uint8Array(), async (path) => {
    await Deno.truncate(path, 16 * 1024 ** 3);
    using text = TextFile.open(path);
    await body(text);
  });
}

/** That a search fails because the text ends early, and gives nothing of what was not there. */
async function assertCutOff(
  text: TextFile,
  length: number,
  options: SearchOptions,
  onFirst: () => void = () => {},
): Promise<void> {
  let done = 0;
  const searching = async () => {
    for await (const { offset, end } of search(text, options)) {
      if (offset === 0) onFirst();
      done = end;
    }
  };
  const error = await assertRejects(() => neverHangs(searching()), TextError);
  const found = /^Text ends at byte (\d+), not at (\d+): (.*)$/.exec(error.message);
  assert(found !== null, error.message);
  assertEquals(found.slice(2), [`${text.bytes}`, text.path]);
  // Where this thread went ahead of the others, it may have found nothing of a later segment first.
  assertGreaterOrEqual(Number(found[1]), length);
  assertLessOrEqual(done, length);
  if (options.threads > 1) return;
  assertEquals([Number(found[1]), done], [
    length,
    Math.floor(length / SEGMENT_BYTES) * SEGMENT_BYTES,
  ]);
}

/** That whatever is done with a text leaves no file of any thread open. */
async function assertLetsGo(body: (text: TextFile) => Promise<void>): Promise<void> {
  await withFile(LONG_TEXT, async (path) => {
    {
      using text = TextFile.open(path);
      await body(text);
    }
    const directory = path.slice(0, path.lastIndexOf("/"));
    // A thread that is being ended closes its files itself, and says nothing when it has.
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
  for (const when of ["before the helpers open it", "while they search"]) {
    Deno.test(`a text ${what} ${when} is searched right from the open file`, async () => {
      await withPlaces(async (places) => {
        await Deno.writeFile(places.textPath, LONG_TEXT);
        using text = TextFile.open(places.textPath);
        using watch = new HelperWatch();
        if (when === "before the helpers open it") change(places);
        using scanner = new NewlineScanner(text, { threads: 3 });
        await watch.begun();
        const comparison = new Comparison(LONG_TEXT);
        for await (const segment of scanner.segments()) {
          if (when === "while they search" && segment.offset === 0) change(places);
          comparison.add(segment);
          // So that whatever the helpers have to say is heard.
          await text.identityNow();
        }
        comparison.finish();
      });
    });
  }
}

Deno.test("what was given stays as it is until the next is asked for, however far others are", async () => {
  await withFile(LONG_TEXT, async (path) => {
    using text = TextFile.open(path);
    using watch = new HelperWatch(HELPER);
    using scanner = new NewlineScanner(text, { threads: 2 });
    await untilAhead(watch, text);
    const ring = watch.ring();
    let given = 0;
    for await (const { offset, newlines } of scanner.segments()) {
      const before = newlines.slice();
      // Until there is no room left, and all that was begun is done.
      const last = Math.min(given + RING_SLOTS, LONG_SEGMENTS) - 1;
      for (let segment = given; segment <= last; segment++) published(ring, segment);
      assertEquals(offset, given * SEGMENT_BYTES);
      assert(newlines.every((place, i) => place === before[i]), `segment ${given}`);
      given++;
    }
    assertEquals(given, LONG_SEGMENTS);
  });
});

Deno.test("a segment that a helper could not read is read again, and stays as it is too", async () => {
  await withFile(LONG_TEXT, async (path) => {
    using text = TextFile.open(path);
    using watch = new HelperWatch(HELPER);
    using scanner = new NewlineScanner(text, { threads: 2 });
    await untilAhead(watch, text);
    const ring = watch.ring();
    await Deno.truncate(path, (RING_SLOTS + 2) * SEGMENT_BYTES);
    const failing = RING_SLOTS + 2;
    const comparison = new Comparison(LONG_TEXT);
    let given = 0;
    for await (const segment of scanner.segments()) {
      // All that the helper has room for: so this thread never claims one itself.
      const last = Math.min(given + RING_SLOTS, LONG_SEGMENTS) - 1;
      const found = published(ring, last);
      if (last === failing) {
        assertEquals(found, "failed");
        await Deno.writeFile(path, LONG_TEXT);
      }
      if (given === failing) {
        const before = segment.newlines.slice();
        scanSegment(text, 0);
        assert(segment.newlines.every((place, i) => place === before[i]));
      }
      comparison.add(segment);
      given++;
    }
    comparison.finish();
  });
});

Deno.test("two searches in turn in one thread do not disturb each other", async () => {
  const texts = [
    randomText(5 * SEGMENT_BYTES, 20, 1),
    randomText(5 * SEGMENT_BYTES, 3, 2),
  ] as const;
  for (const threads of [1, 2]) {
    await withFile(texts[0], async (pathOfA) => {
      await withFile(texts[1], async (pathOfB) => {
        using a = TextFile.open(pathOfA);
        using b = TextFile.open(pathOfB);
        const ofB = search(b, { threads });
        const comparisonOfA = new Comparison(texts[0]);
        const comparisonOfB = new Comparison(texts[1]);
        for await (const segment of search(a, { threads })) {
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

Deno.test("a text that is read between two segments is searched right all the same", async () => {
  await withFile(LONG_TEXT, async (path) => {
    using text = TextFile.open(path);
    const comparison = new Comparison(LONG_TEXT);
    for await (const segment of search(text, { threads: 1 })) {
      text.readSync(new Uint8Array(10), 10, 5);
      comparison.add(segment);
    }
    comparison.finish();
  });
});

Deno.test("a small text is searched by one thread, a large one by some, unless said otherwise", async () => {
  const processors = Math.min(navigator.hardwareConcurrency, THREADS_MAX);
  const bounds = [
    [0, 1],
    [768 * 1024 * 1024 - 1, 1],
    [768 * 1024 * 1024, processors],
    [2 ** 40, processors],
  ] as const;
  for (const [size, threads] of bounds) {
    await withFile(new Uint8Array(), async (path) => {
      await Deno.truncate(path, size);
      using text = TextFile.open(path);
      using watch = new HelperWatch();
      using _scanner = new NewlineScanner(text);
      assertEquals(watch.helpers.length, threads - 1, `${size} bytes`);
    });
  }
});

Deno.test("a search whose helper fails is an error, and does not hang", async () => {
  await withFile(LONG_TEXT, async (path) => {
    using text = TextFile.open(path);
    using watch = new HelperWatch(import.meta.resolve("../../support/text_helper_broken.ts"));
    using scanner = new NewlineScanner(text, { threads: 2 });
    await watch.begun();
    const searching = async () => {
      for await (const _ of scanner.segments()) await text.identityNow();
    };
    await assertRejects(() => neverHangs(searching()), Error, "with several threads: ");
  });
});
