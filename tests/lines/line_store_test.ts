import {
  assertEquals,
  assertGreater,
  assertLessOrEqual,
  assertRejects,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import type { LineStore } from "../../src/lines/line_store.ts";
import { CHUNK_BYTES } from "../../src/lines/long_line.ts";
import { SHORT_LINE_MAX_BYTES } from "../../src/lines/verify_line.ts";
import type { LineSink } from "../../src/lines/lines.ts";
import { BATCH_MAX_LINES } from "../../src/pages/line_batch.ts";
import { TextError } from "../../src/source/text_source.ts";
import { linesOf, texts } from "../support/index_lines.ts";
import {
  type Given,
  type MemoryStoreOptions,
  RecordingSink,
  storeOf,
} from "../support/lines_memory.ts";
import { isPending } from "../support/pending.ts";
import { concatBytes } from "../support/e2e_bytes.ts";
import { encode, naiveLines, numberedText } from "../support/text_fixture.ts";

const always = () => true;

/** What a sink must be given for these numbers, if nothing fails. */
function expectedOf(text: Uint8Array, numbers: readonly number[]): Given[] {
  const lines = naiveLines(text);
  const spans = linesOf(text);
  return numbers.map((lineNumber) => {
    const bytes = lines[lineNumber - 1];
    if (bytes === undefined) return { kind: "missing", lineNumber };
    const isLong = spans[lineNumber - 1]!.length > SHORT_LINE_MAX_BYTES;
    return { kind: isLong ? "long line" : "line", bytes };
  });
}

function allNumbers({ count }: LineStore): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

async function readAll(store: LineStore, numbers = allNumbers(store)): Promise<string[]> {
  const sink = new RecordingSink();
  await store.read(numbers, sink);
  return sink.summary;
}

const LONG = "x".repeat(SHORT_LINE_MAX_BYTES);
const TEXTS: readonly (readonly [what: string, text: string])[] = [
  ["no byte", ""],
  ["one LF", "\n"],
  ["one CRLF", "\r\n"],
  ["one CR", "\r"],
  ["one byte", "x"],
  ["no final LF", "one\ntwo"],
  ["a final LF", "one\ntwo\n"],
  ["empty lines", "\n\n\none\n\n"],
  ["CRLF and LF", "one\r\ntwo\n\r\n\nthree\r\n"],
  ["lone CRs", "a\rb\r\nc\n\rd\r\r\n\r\ne\r"],
  ["NUL bytes", "\0\n\0\0\r\n\n\0"],
  [
    "lines that are just short enough, and just too long",
    [-2, -1, 0, 1, 2].map((more) =>
      LONG.slice(0, SHORT_LINE_MAX_BYTES / 2) +
      LONG.slice(SHORT_LINE_MAX_BYTES / 2, SHORT_LINE_MAX_BYTES + more) +
      LONG.slice(0, Math.max(0, more))
    ).join("\n"),
  ],
  ["a long line without a terminator", `one\n${LONG.repeat(3)}`],
  ["a long line with CRLF", `one\n${LONG.repeat(3)}\r\nthree\n`],
  ["a long line with a CR at a chunk's end", `${LONG.slice(1)}\rx\n${LONG.slice(1)}\r\n`],
];

for (const [what, text] of TEXTS) {
  Deno.test(`LineStore.read hands over every line of a text with ${what}`, async () => {
    const bytes = encode(text);
    const ways: MemoryStoreOptions[] = [
      {},
      { cacheBytes: 1024 * 1024, blockBytes: 16 * 1024 },
      { blocks: always },
      { pageBlocks: always, blocks: always, cacheBytes: 48 },
    ];
    for (const way of ways) {
      const { store, errors } = storeOf(bytes, way);
      // Twice, since a cache may answer the second time.
      const numbers = [...allNumbers(store), 0, store.count + 1, ...allNumbers(store)];
      const sink = new RecordingSink();
      await store.read(numbers, sink);
      assertEquals(sink.given, expectedOf(bytes, numbers));
      assertEquals(errors, []);
    }
  });
}

/** What a source says to the n-th question: yes or no, over and over. */
const answers = fc.array(fc.boolean(), { minLength: 1, maxLength: 20 });

function cycle(list: readonly boolean[]): () => boolean {
  let i = 0;
  return () => list[i++ % list.length]!;
}

const aboutLong = fc.array(
  fc.oneof(
    fc.integer({ min: SHORT_LINE_MAX_BYTES - 3, max: SHORT_LINE_MAX_BYTES + 3 }),
    fc.integer({ min: 0, max: 3 * SHORT_LINE_MAX_BYTES }),
    fc.nat(9),
  ).chain((bytes) => fc.constantFrom("\n", "\r\n").map((end) => "y".repeat(bytes) + end)),
  { maxLength: 4 },
).map((lines) => encode(lines.join("")));

const lineNumber = fc.oneof(
  { weight: 20, arbitrary: fc.nat() },
  { weight: 1, arbitrary: fc.constantFrom(-1, 0, -0, 2 ** 53, 1e300, -1e300, -(2 ** 31)) },
);

Deno.test("LineStore.read hands over what a naive model says, however sources and caches behave", async () => {
  const text = fc.oneof(
    { weight: 5, arbitrary: texts(600) },
    { weight: 1, arbitrary: aboutLong },
  );
  const way = fc.record({
    linesPerPage: fc.integer({ min: 1, max: 70 }),
    blockBytes: fc.constantFrom(5, 64, 16 * 1024),
    cacheBytes: fc.constantFrom(0, 70, 1_000, 1024 * 1024),
    pageAnswers: answers,
    cachedAnswers: answers,
    textAnswers: answers,
    flushAnswers: answers,
  });
  await fc.assert(
    fc.asyncProperty(
      text,
      way,
      fc.array(lineNumber, { size: "max", maxLength: 200 }),
      async (text, way, any) => {
        const { store, errors } = storeOf(text, {
          ...way,
          isCached: cycle(way.cachedAnswers),
          pageBlocks: cycle(way.pageAnswers),
          blocks: cycle(way.textAnswers),
        });
        // Most of them exist.
        const numbers = any.map((n) => n > 0 && n < 2 ** 53 ? n % (store.count + 3) : n);
        const isFull = cycle(way.flushAnswers);
        const sink = new RecordingSink({ flush: () => isFull() ? Promise.resolve() : undefined });
        await store.read(numbers, sink);
        assertEquals(sink.given, expectedOf(text, numbers));
        assertEquals(errors, []);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("LineStore.read returns undefined if nothing has to be awaited, for any number of lines", () => {
  const text = numberedText(3 * BATCH_MAX_LINES + 1);
  const { store } = storeOf(text, { cacheBytes: 1024 * 1024 });
  const numbers = [0, ...allNumbers(store), ...allNumbers(store), 2 ** 60];
  const sink = new RecordingSink();
  assertEquals(store.read(numbers, sink), undefined);
  assertEquals(sink.given, expectedOf(encode(text), numbers));
  assertEquals(store.read([], sink), undefined);
});

Deno.test("LineStore.read hands over ready lines before it returns a promise for the others", async () => {
  const gate = Promise.withResolvers<void>();
  const { store } = storeOf(numberedText(4), {
    blocks: (offset) => offset >= 13,
    onRead: () => gate.promise,
    blockBytes: 4,
  });
  const sink = new RecordingSink();
  const reading = store.read([1, 9, 2, 3, 1], sink);
  assertEquals(sink.summary, ["line 1", "missing 9", "line 2"]);
  gate.resolve();
  await reading;
  assertEquals(sink.summary.slice(3), ["line 3", "line 1"]);
});

Deno.test("LineStore.read waits while the sink flushes, in each way of reading", async () => {
  for (const blocks of [() => false, always]) {
    const { store } = storeOf(numberedText(30), { blocks });
    const flushes: PromiseWithResolvers<void>[] = [];
    let lines = 0;
    const sink = new RecordingSink({
      flush: () => {
        if (++lines % 3 !== 0) return undefined;
        flushes.push(Promise.withResolvers());
        return flushes.at(-1)!.promise;
      },
    });
    const reading = store.read(allNumbers(store), sink)!;
    for (let flush = 0; flush < 10; flush++) {
      assertEquals(await isPending(reading), true);
      assertEquals(sink.given.length, 3 * (flush + 1));
      flushes[flush]!.resolve();
    }
    await reading;
    assertEquals(sink.summary.length, 30);
  }
});

Deno.test("LineStore.read rejects with what the sink's flush rejected with, and hands over nothing more", async () => {
  for (const blocks of [() => false, always]) {
    const { store } = storeOf(numberedText(30), { blocks });
    const sink = new RecordingSink({ flush: () => Promise.reject(new Error("the client left")) });
    await assertRejects(() => store.read([1, 2, 3], sink)!, Error, "the client left");
    assertEquals(sink.summary, ["line 1"]);
  }
});

Deno.test("LineStore.read throws what the sink threw, at once or as a rejection, and goes on for others", async () => {
  const { store } = storeOf(numberedText(30), { blocks: (offset) => offset > 50 });
  const given: number[] = [];
  const sink: LineSink = {
    line: () => void given.push(0),
    longLine: () => Promise.resolve(),
    missing: (lineNumber) => {
      throw new Error(`no line ${lineNumber}`);
    },
    failed: () => {},
    flush: () => undefined,
  };
  assertThrows(() => store.read([1, 99, 2], sink), Error, "no line 99");
  await assertRejects(() => store.read([1, 30, 99, 2], sink)!, Error, "no line 99");
  assertEquals(given.length, 3);
  assertEquals(await readAll(store, [1, 30]), ["line 1", "line 30"]);
});

Deno.test("LineStore.read serves other callers while one waits", async () => {
  const gate = Promise.withResolvers<void>();
  const { store } = storeOf(numberedText(20), {
    linesPerPage: 10,
    pageBlocks: (pageNumber) => pageNumber === 1,
    onLoad: () => gate.promise,
  });
  const waits = new RecordingSink();
  const waiting = store.read([15, 1], waits);
  const other = new RecordingSink();
  assertEquals(store.read([2, 1, 3], other), undefined);
  assertEquals(other.summary, ["line 2", "line 1", "line 3"]);
  assertEquals(waits.summary, []);
  gate.resolve();
  await waiting;
  assertEquals(waits.summary, ["line 15", "line 1"]);
});

Deno.test("LineStore.read reads a bounded number of lines ahead, and more than one", async () => {
  let running = 0;
  let most = 0;
  const { store } = storeOf(numberedText(200), {
    blocks: always,
    onRead: async () => {
      most = Math.max(most, ++running);
      await isPending(Promise.resolve());
      running--;
    },
    blockBytes: 1024,
  });
  assertEquals((await readAll(store)).length, 200);
  assertGreater(most, 1);
  assertLessOrEqual(most, 8);
});

Deno.test("LineStore.read awaits the text without loading pages that are cached", async () => {
  const { store, pages } = storeOf(numberedText(40), { blocks: always, isCached: always });
  assertEquals((await readAll(store)).at(-1), "line 40");
  assertEquals(pages.loaded, []);
});

Deno.test("LineStore.read reports a page that cannot be loaded for each of its lines, and goes on", async () => {
  const { store, errors } = storeOf(numberedText(12), {
    pageBlocks: (pageNumber) => pageNumber === 1,
    onLoad: () => Promise.reject(new Error("page 1 is damaged")),
  });
  const sink = new RecordingSink();
  await store.read([1, 5, 12, 8, 2], sink);
  assertEquals(sink.summary, ["line 1", "failed 5", "line 12", "failed 8", "line 2"]);
  assertEquals(errors.map(({ message }) => message), ["page 1 is damaged", "page 1 is damaged"]);
});

Deno.test("LineStore.read reports a line whose bytes cannot be read, and goes on", async () => {
  const broken = () => {
    throw new TextError("the device failed");
  };
  const ways: MemoryStoreOptions[] = [
    { blocks: (offset) => offset >= 6 && offset < 12 ? broken() : false },
    {
      blocks: always,
      blockBytes: 7,
      onRead: (offset) =>
        offset === 7 ? Promise.reject(new TextError("the device failed")) : Promise.resolve(),
    },
  ];
  for (const way of ways) {
    const { store, errors } = storeOf(numberedText(4), way);
    const sink = new RecordingSink();
    await store.read([1, 4, 2, 4, 9], sink);
    assertEquals(sink.summary, ["line 1", "line 4", "failed 2", "line 4", "missing 9"]);
    assertEquals(errors.map(({ message }) => message), ["the device failed"]);
  }
});

Deno.test("LineStore.read serves only whole lines of the text, whatever the index says", async () => {
  const lengths = fc.array(fc.nat(40), { minLength: 1, maxLength: 60, size: "max" })
    .map((lengths) => lengths.map((length) => Math.max(1, length)));
  await fc.assert(
    fc.asyncProperty(texts(400), lengths, fc.boolean(), async (text, lengths, isAwaited) => {
      const { store } = storeOf(text, { lengths, blocks: () => isAwaited });
      const sink = new RecordingSink();
      await store.read(allNumbers(store), sink);
      const spans = linesOf(text);
      const lines = naiveLines(text);
      let start = 0;
      for (const [i, indexed] of lengths.entries()) {
        // The index may be of the text after it has grown.
        const length = Math.min(indexed, text.length - start);
        const line = spans.findIndex((span) => span.start === start && span.length === length);
        const given = sink.given[i]!;
        if (line < 0) assertEquals(given.kind, "failed", `${start} ${length}`);
        else assertEquals(given, { kind: "line", bytes: lines[line]! });
        start += length;
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("LineStore.read reports an index that does not match, with the line and what to do", async () => {
  for (const blocks of [() => false, always]) {
    const { store, errors } = storeOf("one\ntwo\n", { lengths: [4, 3, 1], blocks });
    const sink = new RecordingSink();
    await store.read([1, 2, 3], sink);
    assertEquals(sink.summary, ["one", "failed 2", "failed 3"]);
    assertEquals(
      errors[0]?.message,
      'Index does not match its file at line 2: memory. Rebuild it with "linesvr index --force".',
    );
  }
});

Deno.test("LineStore.read reports a long line that does not begin or end where the index says", async () => {
  const text = encode(`one\n${LONG.repeat(2)}\ntwo\n`);
  const longBytes = 2 * LONG.length + 1;
  for (
    const [first, long] of [[3, longBytes + 1], [4, longBytes - 1], [5, longBytes - 1], [
      4,
      longBytes + 2,
    ]]
  ) {
    const { store } = storeOf(text, { lengths: [first!, long!], linesPerPage: 2 });
    const sink = new RecordingSink();
    await store.read([2, 0], sink);
    assertEquals(sink.summary, ["failed 2", "missing 0"], `${first} ${long}`);
  }
});

Deno.test("LineStore.read rejects if an LF is within a long line", async () => {
  const text = encode(`${LONG}\n${LONG}\n`);
  const { store } = storeOf(text, { lengths: [text.length] });
  const sink = new RecordingSink();
  await assertRejects(() => store.read([1, 0], sink)!, TextError, "Index does not match its file");
  assertEquals(sink.given, []);
});

Deno.test("LineStore.read reports every line of a text that has changed, also those that are cached", async () => {
  const { store, text, errors } = storeOf(numberedText(8), { cacheBytes: 1024 });
  for (let i = 0; i < 3; i++) await readAll(store);
  text.change = new TextError("File changed: memory.");
  assertEquals(await readAll(store, [1, 8, 3]), ["failed 1", "failed 8", "failed 3"]);
  assertEquals(new Set(errors), new Set([text.change]));
  text.change = undefined;
  assertEquals(await readAll(store, [1, 8]), ["line 1", "line 8"]);
});

Deno.test("LineStore.read reports a line if the text changes while it is awaited", async () => {
  for (const content of [numberedText(2), `${LONG}${LONG}\n`]) {
    const made = storeOf(content, {
      blocks: always,
      blockBytes: 1024,
      onRead: () => {
        made.text.change = new TextError("File changed: memory.");
        return Promise.resolve();
      },
    });
    const sink = new RecordingSink();
    await made.store.read([1], sink);
    assertEquals(sink.summary, ["failed 1"]);
  }
});

Deno.test("LineStore.read rejects if the text changes while any chunk of a long line is read", async () => {
  const chunks = 3;
  for (let changesAt = 1; changesAt <= chunks; changesAt++) {
    let chunk = 0;
    const { store, text } = storeOf(`${"x".repeat(chunks * CHUNK_BYTES)}\n`, {
      blocks: (offset, end) => end - offset > 10,
      onRead: () => {
        if (++chunk === changesAt) text.change = new TextError("File changed: memory.");
        return Promise.resolve();
      },
    });
    const sink = new RecordingSink();
    await assertRejects(() => store.read([1], sink)!, TextError, "File changed");
    assertEquals(sink.given, []);
  }
});

Deno.test("LineStore.read rejects with the signal's reason once it is aborted, and reports no error", async () => {
  const reason = new Error("no longer needed");
  for (const linesPerPage of [1, 100]) {
    const abort = new AbortController();
    let reads = 0;
    const { store, errors } = storeOf(numberedText(60), {
      linesPerPage,
      blockBytes: 4,
      blocks: always,
      onRead: (_offset, _end, signal) => {
        if (++reads === 20) abort.abort(reason);
        return signal?.aborted === true ? Promise.reject(signal.reason) : Promise.resolve();
      },
    });
    const sink = new RecordingSink();
    const rejected = await assertRejects(() => store.read(allNumbers(store), sink, abort.signal)!);
    assertEquals(rejected, reason);
    assertLessOrEqual(sink.given.length, 20);
    assertEquals(sink.given.filter(({ kind }) => kind === "failed"), []);
    assertEquals(errors, []);
  }
});

Deno.test("LineStore.read rejects with the signal's reason if it is aborted while the sink flushes", async () => {
  const abort = new AbortController();
  const { store } = storeOf(numberedText(3));
  const sink = new RecordingSink({
    flush: () => {
      abort.abort(new Error("no longer needed"));
      return Promise.resolve();
    },
  });
  await assertRejects(
    () => store.read([1, 2, 3], sink, abort.signal)!,
    Error,
    "no longer needed",
  );
  assertEquals(sink.summary, ["line 1"]);
});

Deno.test("LineStore.read rejects with the signal's reason if it is aborted while a long line is opened", async () => {
  const abort = new AbortController();
  const { store, errors } = storeOf(`${LONG.repeat(2)}\n`, {
    blocks: always,
    onRead: (_offset, _end, signal) => {
      abort.abort(new Error("no longer needed"));
      return Promise.reject(signal!.reason);
    },
  });
  const sink = new RecordingSink();
  await assertRejects(() => store.read([1], sink, abort.signal)!, Error, "no longer needed");
  assertEquals([sink.summary, errors], [[], []]);
});

Deno.test("LineStore.read rejects with the signal's reason if it is aborted while a long line is read", async () => {
  const reason = new Error("no longer needed");
  const abort = new AbortController();
  const { store, errors } = storeOf(`${LONG.repeat(5)}\n`, { blocks: always });
  let chunks = 0;
  const sink = new RecordingSink({
    onChunk: () => {
      if (++chunks === 3) abort.abort(reason);
    },
  });
  assertEquals(await assertRejects(() => store.read([1], sink, abort.signal)!), reason);
  assertEquals(errors, []);
});

Deno.test("LineStore.read hands over a long line chunk by chunk, as fast as it is read", async () => {
  const long = encode("x".repeat(9 * CHUNK_BYTES));
  let readBytes = 0;
  const { store } = storeOf(concatBytes([long, encode("\n")]), {
    blocks: always,
    onRead: (offset, end) => {
      readBytes += end - offset;
      return Promise.resolve();
    },
  });
  let takenChunks = 0;
  await store.read([1], {
    ...new RecordingSink(),
    flush: () => undefined,
    longLine: async (byteLength, content) => {
      assertEquals(byteLength, long.length);
      for await (const chunk of content) {
        takenChunks++;
        assertLessOrEqual(chunk.length, CHUNK_BYTES);
        await isPending(Promise.resolve());
        // At most one chunk ahead, and the line's ends.
        assertLessOrEqual(readBytes, (takenChunks + 1) * CHUNK_BYTES + 3);
      }
    },
  } as RecordingSink);
  assertEquals(takenChunks, 9);
});

Deno.test("LineStore disposes of its files", async () => {
  const { store, text } = storeOf("one\n");
  assertEquals(text.isDisposed, false);
  await store[Symbol.asyncDispose]();
  assertEquals(text.isDisposed, true);
});
