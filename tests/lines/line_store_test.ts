import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertLessOrEqual,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { toArrayBuffer } from "@std/streams/to-array-buffer";
import fc from "fast-check";
import { MailboxClosedError } from "../../src/actor/mailbox.ts";
import { IndexError } from "../../src/index/index_error.ts";
import { TextError } from "../../src/source/text_error.ts";
import { SHORT_LINE_MAX_BYTES } from "../../src/lines/line_reader.ts";
import { divideAmongStores } from "../../src/pages/cache_budget.ts";
import { readHeader } from "../../src/index/index_file.ts";
import { NOT_LOCATED } from "../../src/pages/line_batch.ts";
import type { LineSpan } from "../../src/pages/line_span.ts";
import { LineStore } from "../../src/lines/line_store.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { bytesOf, naiveLines, TextFixture } from "../support/text_fixture.ts";
import { withColdPages } from "../support/routing.ts";
import { openFilesIn } from "../support/text_threads.ts";

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Where a line stands, which must be there. */
async function spanOf(store: LineStore, line: number): Promise<LineSpan> {
  return spanIn(await store.locator.find([line]), line);
}

function spanIn(found: ReadonlyMap<number, LineSpan | Error>, line: number): LineSpan {
  const span = found.get(line);
  if (span === undefined || span instanceof Error) throw new Error(`cannot find line ${line}`);
  return span;
}

/** Which of some lines are found without a wait. */
function atHand(store: LineStore, lines: readonly number[]): number[] {
  const { batch } = store;
  return lines.filter((line) => {
    batch.lines[0] = line;
    batch.count = 1;
    store.locator.locate(batch);
    return batch.starts[0] !== NOT_LOCATED;
  });
}

/** Every line, in each way in which a short one can be read, and by `stream` in any case. */
async function linesOf(store: LineStore): Promise<Uint8Array[]> {
  // So that no read is slow by chance.
  using _clock = new ManualClock();
  const lines: Uint8Array[] = [];
  for (let line = 1; line <= store.lines; line++) {
    const span = await spanOf(store, line);
    const streamed = new Uint8Array(await toArrayBuffer(store.reader.stream(span).bytes));
    if (span.end - span.start <= SHORT_LINE_MAX_BYTES) {
      assertEquals(bytesOf(store.reader.readAtHand(span)!), streamed);
      await store.reader.fetch(span);
      assertEquals(bytesOf(store.reader.read(span)), streamed);
    }
    lines.push(streamed);
  }
  return lines;
}

const LONG = "x".repeat(SHORT_LINE_MAX_BYTES);
const TEXTS: readonly (readonly [what: string, text: string])[] = [
  ["nothing", ""],
  ["one LF", "\n"],
  ["one CRLF", "\r\n"],
  ["one CR", "\r"],
  ["one byte", "x"],
  ["a last line without terminator", "one\ntwo"],
  ["a last line with terminator", "one\ntwo\n"],
  ["empty lines", "\n\n\none\n\n"],
  ["CRLF and LF mixed", "one\r\ntwo\n\r\n\nthree\r\n"],
  ["lone CRs", "a\rb\r\nc\n\rd\r\r\n\r\ne\r"],
  ["NUL bytes", "\0\n\0\0\r\n\n\0"],
  ["lines about as long as a short one", ["", "x", "xx"].map((x) => LONG.slice(1) + x).join("\n")],
  ["a last line that is long and has no terminator", `one\n${LONG.repeat(5)}`],
  ["a long line with CRLF", `one\n${LONG.repeat(5)}\r\nthree\n`],
];

for (const [what, text] of TEXTS) {
  Deno.test(`every line is served of a text with ${what}`, async () => {
    for (const linesPerPage of [1, 2, 1024]) {
      await using fixture = await TextFixture.create(text, linesPerPage);
      const store = fixture.openStore();
      assertEquals(await linesOf(store), naiveLines(encode(text)));
      store.guard.check();
    }
  });
}

Deno.test("every line of any text is served, whatever the size of its pages and the cache", async () => {
  const byte = fc.constantFrom(10, 10, 13, 0, 97, 98, 255);
  await fc.assert(
    fc.asyncProperty(
      fc.array(byte, { maxLength: 300 }).map((bytes) => Uint8Array.from(bytes)),
      fc.integer({ min: 1, max: 70 }),
      fc.constantFrom(0, 800, 1024 * 1024),
      async (text, linesPerPage, cacheBytes) => {
        await using fixture = await TextFixture.create(text, linesPerPage);
        assertEquals(await linesOf(fixture.openStore(cacheBytes)), naiveLines(text));
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("there are lines 1 to the last, and no others", async () => {
  await using fixture = await TextFixture.create("one\ntwo\nthree");
  const store = fixture.openStore();
  assertEquals(store.lines, 3);
  for (const line of [1, 2, 3]) assert(store.has(line));
  for (const line of [0, -0, -1, 4, 2 ** 53, 1e300, -Infinity, Infinity, NaN]) {
    assert(!store.has(line), `${line}`);
  }
});

Deno.test("a page stays in memory once it was loaded", async () => {
  await using fixture = await TextFixture.create("1\n2\n3\n", 2);
  const store = fixture.openStore();
  const spans = await store.locator.find([1, 2]);
  // What is in memory does not need the index any more.
  await Deno.truncate(fixture.indexPath, 0);
  const again = await store.locator.find([1, 2, 3]);
  assertEquals([again.get(1), again.get(2)], [spans.get(1), spans.get(2)]);
  assertInstanceOf(again.get(3), IndexError);
  assertEquals(atHand(store, [1, 2, 3]), [1, 2]);
});

Deno.test("lines whose pages can be read without a wait are located at once", async () => {
  // A long line: its page does not fit into its slot.
  const text = numberedLines(40) + "x".repeat(5_000) + "\n" + numberedLines(40);
  await using fixture = await TextFixture.create(text, 8);
  for (const cacheBytes of [0, 200, 1024 * 1024]) {
    using _clock = new ManualClock();
    const store = fixture.openStore(cacheBytes);
    const { batch } = store;
    const lines = [81, 1, 0, 41, 42, 1, 9];
    batch.lines.set(lines);
    batch.count = lines.length;
    store.locator.locate(batch);
    for (const [i, line] of lines.entries()) {
      if (line === 0) continue;
      const [start, end] = [batch.starts[i]!, batch.ends[i]!];
      const expected = naiveLines(encode(text))[line - 1]!;
      assertEquals(bytesOf(store.reader.read({ line, start, end })), expected);
    }
    assertEquals(batch.starts[2], NOT_LOCATED);
  }
});

Deno.test("a page that holds several lines of a batch is read once for them", async () => {
  await using fixture = await TextFixture.create(numberedLines(60), 20);
  const store = fixture.openStore(0);
  const asked: number[] = [];
  const loadAtHand = store.locator.loader.loadAtHand.bind(store.locator.loader);
  store.locator.loader.loadAtHand = (pageNumber) => {
    asked.push(pageNumber);
    return loadAtHand(pageNumber);
  };
  // In sequence, and in turns.
  store.batch.lines.set(Array.from({ length: 60 }, (_, i) => i < 30 ? i + 1 : 1 + i * 20 % 60));
  store.batch.count = 60;
  store.locator.locate(store.batch);
  assertEquals(asked, [0, 1, 2]);
  asked.length = 0;
  await store.locator.find(Array.from({ length: 60 }, (_, i) => i + 1));
  assertEquals(asked, [0, 1, 2]);
});

Deno.test("what is on its way, or cannot be read, is not located at once", async () => {
  await using fixture = await TextFixture.create(numberedLines(6), 2);
  using _clock = new ManualClock();
  const store = fixture.openStore();
  const whole = await Deno.readFile(fixture.indexPath);
  const damaged = whole.slice();
  damaged[damaged.length - 1]! ^= 1;
  await Deno.writeFile(fixture.indexPath, damaged);
  assertEquals(atHand(store, [1, 3, 5]), [1, 3]);
  await Deno.writeFile(fixture.indexPath, whole);
  const { loadAtHand } = store.locator.loader;
  store.locator.loader.loadAtHand = () => undefined;
  const finding = store.locator.find([5]);
  store.locator.loader.loadAtHand = loadAtHand;
  assertEquals(atHand(store, [5]), []);
  await finding;
  assertEquals(atHand(store, [5]), [5]);
});

function numberedLines(count: number): string {
  return Array.from({ length: count }, (_, i) => `line ${i + 1}\n`).join("");
}

Deno.test("lines reach who asked though the cache lets their pages go meanwhile", async () => {
  await using fixture = await TextFixture.create(numberedLines(100), 2);
  for (const cacheBytes of [0, 400, 800]) {
    const store = withColdPages(fixture.openStore(cacheBytes, 1));
    const lines = Array.from({ length: 100 }, (_, i) => i + 1);
    const askers = [lines, lines.toReversed(), lines];
    for (const found of await Promise.all(askers.map((lines) => store.locator.find(lines)))) {
      assertEquals(found.size, 100);
      for (const line of lines) {
        assertEquals(bytesOf(store.reader.read(spanIn(found, line))), encode(`line ${line}`));
      }
    }
    // A page takes 40 bytes at least.
    assertLessOrEqual(atHand(store, lines).length, 2 * Math.floor(cacheBytes / 40));
  }
});

Deno.test("who asks for many pages does not hold up who asks for one", async () => {
  await using fixture = await TextFixture.create(numberedLines(100), 2);
  const store = withColdPages(fixture.openStore(0, 1));
  const order: string[] = [];
  const many = store.locator.find(Array.from({ length: 40 }, (_, i) => i + 1));
  const one = store.locator.find([80]);
  await Promise.all([many.then(() => order.push("many")), one.then(() => order.push("one"))]);
  assertEquals(order, ["one", "many"]);
});

Deno.test("a damaged page is a failure, and the others are served", async () => {
  await using fixture = await TextFixture.create(numberedLines(6), 2);
  const index = await Deno.readFile(fixture.indexPath);
  index[index.length - 1]! ^= 1;
  await Deno.writeFile(fixture.indexPath, index);
  const store = fixture.openStore();
  const found = await store.locator.find([1, 4, 5, 6]);
  assertEquals([1, 4].map((line) => spanIn(found, line).line), [1, 4]);
  const [fifth, sixth] = [found.get(5), found.get(6)];
  assert(fifth instanceof IndexError && sixth instanceof IndexError);
  assertEquals(fifth.problem, "damaged");

  index[index.length - 1]! ^= 1;
  await Deno.writeFile(fixture.indexPath, index);
  assertEquals((await spanOf(store, 5)).line, 5);
});

Deno.test("closing lets what was asked for be loaded and refuses the rest", async () => {
  await using fixture = await TextFixture.create(numberedLines(10), 2);
  const { textPath, indexPath } = fixture;
  const store = withColdPages(LineStore.open({ textPath, indexPath, cacheBytes: 0 }));
  const finding = store.locator.find([1]);
  const closed = store.close();
  assertEquals(spanIn(await finding, 1).end, 7);
  await closed;
  await assertRejects(() => store.locator.find([3]), MailboxClosedError);
});

Deno.test("a text that changed is noticed", async () => {
  await using fixture = await TextFixture.create("one\ntwo\n");
  const store = fixture.openStore();
  await Deno.writeTextFile(fixture.textPath, "one\ntwo\nthree\n");
  assertThrows(() => store.guard.check(), TextError);
});

Deno.test("a store is not opened where text or index do not add up", async () => {
  await using fixture = await TextFixture.create("one\ntwo\n");
  const { textPath, indexPath, directory } = fixture;
  const open = (paths: { textPath?: string; indexPath?: string }) =>
    LineStore.open({ textPath, indexPath, cacheBytes: 0, ...paths });
  const problemOf = (paths: Parameters<typeof open>[0]) =>
    assertThrows(() => open(paths), IndexError).problem;

  assertThrows(() => open({ textPath: `${directory}/none` }), TextError);
  assertThrows(() => open({ textPath: directory }), TextError);
  assertEquals(problemOf({ indexPath: `${directory}/none` }), "missing");
  assertEquals(problemOf({ indexPath: textPath }), "foreign");
  assertEquals(problemOf({ indexPath: directory }), "foreign");
  await Deno.writeTextFile(`${directory}/other`, "another size");
  assertEquals(problemOf({ textPath: `${directory}/other` }), "stale");
  await Deno.truncate(indexPath, (await Deno.stat(indexPath)).size - 1);
  assertEquals(problemOf({}), "damaged");
});

Deno.test({
  name: "a store that is closed, or was not opened, leaves no file open",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using fixture = await TextFixture.create("one\ntwo\n");
    const { textPath, indexPath, directory } = fixture;
    const open = (options: { cacheBytes?: number; mailboxCapacity?: number } = {}) =>
      LineStore.open({ textPath, indexPath, cacheBytes: 0, ...options });
    const store = open();
    assertEquals(openFilesIn(directory).length, 4);
    await store.close();
    assertEquals(openFilesIn(directory), []);
    // Where all files are open already, and something else is wrong.
    assertThrows(() => open({ mailboxCapacity: 0 }), RangeError);
    assertEquals(openFilesIn(directory), []);
    await Deno.writeTextFile(textPath, "another size");
    assertThrows(open, IndexError);
    await Deno.remove(indexPath);
    assertThrows(open, IndexError);
    assertEquals(openFilesIn(directory), []);
  },
});

Deno.test("what one store read while the text was another is not found by those it shares memory with", async () => {
  await using fixture = await TextFixture.create("one\ntwo\n");
  const { textPath, indexPath } = fixture;
  // So that the first look is trusted for all of the test, and no read is slow by chance.
  using _clock = new ManualClock();
  const budget = divideAmongStores(1024 * 1024, readHeader(indexPath), 2);
  const open = () => LineStore.open({ textPath, indexPath, cacheBytes: 0, budget });
  const [one, other] = [open(), open()];
  const span = await spanOf(one, 2);
  one.guard.check();
  await Deno.writeTextFile(textPath, "one\nTWO\n");
  await Deno.utime(textPath, 0, 1);
  one.reader.readAtHand(span);
  assertThrows(() => one.reader.readAtHand(span), TextError, "Text changed");
  await Deno.writeTextFile(textPath, "one\ntwo\n");
  other.guard.check();
  for (let i = 0; i < 3; i++) {
    assertEquals(bytesOf(other.reader.readAtHand(span)!), encode("two"));
  }
  await one.close();
  await other.close();
});

Deno.test("a page that one store loaded is found by those it shares memory with, without the index", async () => {
  await using fixture = await TextFixture.create(numberedLines(100), 8);
  const { textPath, indexPath } = fixture;
  // With a checkpoint for each line, and without.
  for (const cacheBytes of [64 * 1024, 1_000]) {
    const budget = divideAmongStores(cacheBytes, readHeader(indexPath), 2);
    assert(budget.sharedFrames !== undefined);
    const open = () => LineStore.open({ textPath, indexPath, cacheBytes: 0, budget });
    const [one, other] = [open(), withColdPages(open())];
    assertEquals(atHand(other, [1, 2, 99, 100]), []);
    const found = await one.locator.find([1, 99, 100]);
    assertEquals(atHand(other, [1, 2, 9, 99, 100]), [1, 2, 99, 100]);
    for (const line of [1, 99, 100]) {
      assertEquals(await spanOf(other, line), spanIn(found, line));
    }
    await one.close();
    await other.close();
  }
});

Deno.test("a store of an index with other pages has memory of its own, one of another text is refused", async () => {
  await using fixture = await TextFixture.create(numberedLines(100), 8);
  await using otherPages = await TextFixture.create(numberedLines(100), 4);
  await using otherText = await TextFixture.create(numberedLines(99), 8);
  const budget = divideAmongStores(64 * 1024, readHeader(fixture.indexPath), 2);
  const open = ({ textPath, indexPath }: TextFixture) =>
    LineStore.open({ textPath, indexPath, cacheBytes: 10_000, budget });
  const [one, other] = [open(fixture), open(otherPages)];
  for (const line of [1, 5, 50, 100]) {
    assertEquals(await spanOf(other, line), await spanOf(one, line));
  }
  assertEquals(atHand(withColdPages(other), [1, 5, 50, 100, 9]), [1, 5, 50, 100]);
  assertThrows(() => open(otherText), TextError, "Text changed");
  await one.close();
  await other.close();
});

Deno.test("pages of an index with other pages, that was copied over this one, are refused", async () => {
  // Equal lengths: every slot is as large in both.
  const text = Array.from({ length: 1_000 }, (_, i) => `${1_000_000 + i}\n`).join("");
  await using fixture = await TextFixture.create(text, 100);
  await using other = await TextFixture.create(text, 64);
  const store = fixture.openStore();
  await Deno.writeFile(fixture.indexPath, await Deno.readFile(other.indexPath));
  const found = await store.locator.find([1, 101, 250, 999]);
  for (const line of [1, 101, 250, 999]) assertInstanceOf(found.get(line), IndexError);
});

Deno.test("the first page that does not add up is told of, and no other", async () => {
  await using fixture = await TextFixture.create(numberedLines(6), 2);
  const { textPath, indexPath } = fixture;
  const told: Error[] = [];
  const onError = (error: Error) => told.push(error);
  const store = LineStore.open({ textPath, indexPath, cacheBytes: 1024 * 1024, onError });
  await store.locator.find([1]);
  assertEquals(told, []);
  await Deno.truncate(indexPath, 0);
  const found = await store.locator.find([1, 3, 5]);
  await store.locator.find([5, 6]);
  assertEquals(told, [found.get(3)]);
  await store.close();
});
