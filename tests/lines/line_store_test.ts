import { assert, assertEquals, assertLessOrEqual, assertRejects, assertThrows } from "@std/assert";
import { toArrayBuffer } from "@std/streams/to-array-buffer";
import fc from "fast-check";
import { MailboxClosedError } from "../../src/actor/mailbox.ts";
import { IndexError } from "../../src/index/index_error.ts";
import { TextError } from "../../src/text/text_error.ts";
import { SHORT_LINE_MAX_BYTES } from "../../src/lines/line_reader.ts";
import { divideAmongStores } from "../../src/lines/cache_budget.ts";
import { readHeader } from "../../src/index/index_file.ts";
import { LineStore } from "../../src/lines/line_store.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { bytesOf, naiveLines, TextFixture } from "../support/text_fixture.ts";
import { openFilesIn } from "../support/text_threads.ts";

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Every line, in each way in which a short one can be read, and by `stream` in any case. */
async function linesOf(store: LineStore): Promise<Uint8Array[]> {
  // So that no read is slow by chance.
  using _clock = new ManualClock();
  const lines: Uint8Array[] = [];
  for (let line = 1; line <= store.lines; line++) {
    const pageNumber = store.pageOf(line);
    const result = (await store.loadPages([pageNumber])).get(pageNumber);
    if (!result?.ok) throw new Error(`cannot load page ${pageNumber}`);
    const span = store.spanOf(result.page, line);
    const streamed = new Uint8Array(await toArrayBuffer(store.stream(span).bytes));
    if (span.end - span.start <= SHORT_LINE_MAX_BYTES) {
      assertEquals(bytesOf(store.readAtHand(span)!), streamed);
      await store.fetch(span);
      assertEquals(bytesOf(store.read(span)), streamed);
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
      assertEquals(store.textBytes, text.length);
      store.checkText();
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
  assertEquals([1, 2, 3].map((line) => store.pageOf(line)), [0, 0, 1]);
  assertEquals(store.cachedPage(0), undefined);
  await store.loadPages([0]);
  assertEquals([store.cachedPage(0)?.lines, store.cachedPage(1)], [2, undefined]);
  // What is in memory does not need the index any more.
  await Deno.truncate(fixture.indexPath, 0);
  const results = await store.loadPages([0, 1]);
  assertEquals([results.get(0)?.ok, results.get(1)?.ok], [true, false]);
});

function numberedLines(count: number): string {
  return Array.from({ length: count }, (_, i) => `line ${i + 1}\n`).join("");
}

Deno.test("loaded pages reach who asked though the cache lets them go meanwhile", async () => {
  await using fixture = await TextFixture.create(numberedLines(100), 2);
  for (const cacheBytes of [0, 400, 800]) {
    const store = fixture.openStore(cacheBytes, 1);
    const pages = Array.from({ length: 50 }, (_, i) => i);
    const askers = [pages, pages.toReversed(), pages];
    for (const results of await Promise.all(askers.map((pages) => store.loadPages(pages)))) {
      assertEquals(results.size, 50);
      for (const [pageNumber, result] of results) {
        assert(result.ok);
        const span = store.spanOf(result.page, 2 * pageNumber + 1);
        assertEquals(bytesOf(store.read(span)), encode(`line ${2 * pageNumber + 1}`));
      }
    }
    const kept = pages.filter((pageNumber) => store.cachedPage(pageNumber) !== undefined).length;
    assertLessOrEqual(kept, Math.floor(cacheBytes / 320));
  }
});

Deno.test("who asks for many pages does not hold up who asks for one", async () => {
  await using fixture = await TextFixture.create(numberedLines(100), 2);
  const store = fixture.openStore(0, 1);
  const order: string[] = [];
  const many = store.loadPages(Array.from({ length: 20 }, (_, i) => i));
  const one = store.loadPages([40]);
  await Promise.all([many.then(() => order.push("many")), one.then(() => order.push("one"))]);
  assertEquals(order, ["one", "many"]);
});

Deno.test("a damaged page is a failure, and the others are served", async () => {
  await using fixture = await TextFixture.create(numberedLines(6), 2);
  const index = await Deno.readFile(fixture.indexPath);
  index[index.length - 1]! ^= 1;
  await Deno.writeFile(fixture.indexPath, index);
  const store = fixture.openStore();
  const results = await store.loadPages([0, 1, 2]);
  assertEquals([0, 1, 2].map((pageNumber) => results.get(pageNumber)?.ok), [true, true, false]);
  const last = results.get(2);
  assert(last?.ok === false && last.error instanceof IndexError);
  assertEquals(last.error.problem, "damaged");

  index[index.length - 1]! ^= 1;
  await Deno.writeFile(fixture.indexPath, index);
  assertEquals((await store.loadPages([2])).get(2)?.ok, true);
});

Deno.test("closing lets what was asked for be loaded and refuses the rest", async () => {
  await using fixture = await TextFixture.create(numberedLines(10), 2);
  const { textPath, indexPath } = fixture;
  const store = LineStore.open({ textPath, indexPath, cacheBytes: 0 });
  const loading = store.loadPages([0]);
  const closed = store.close();
  assertEquals((await loading).get(0)?.ok, true);
  await closed;
  await assertRejects(() => store.loadPages([1]), MailboxClosedError);
});

Deno.test("a text that changed is noticed", async () => {
  await using fixture = await TextFixture.create("one\ntwo\n");
  const store = fixture.openStore();
  await Deno.writeTextFile(fixture.textPath, "one\ntwo\nthree\n");
  assertThrows(() => store.checkText(), TextError);
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
  const { sharedText } = divideAmongStores(1024 * 1024, readHeader(indexPath), 2);
  const open = () => LineStore.open({ textPath, indexPath, cacheBytes: 1024 * 1024, sharedText });
  const [one, other] = [open(), open()];
  const page = (await one.loadPages([0])).get(0);
  if (!page?.ok) throw new Error("cannot load the page");
  const span = one.spanOf(page.page, 2);
  one.checkText();
  await Deno.writeTextFile(textPath, "one\nTWO\n");
  await Deno.utime(textPath, 0, 1);
  one.readAtHand(span);
  assertThrows(() => one.readAtHand(span), TextError, "Text changed");
  await Deno.writeTextFile(textPath, "one\ntwo\n");
  other.checkText();
  for (let i = 0; i < 3; i++) {
    assertEquals(bytesOf(other.readAtHand(span)!), encode("two"));
  }
  await one.close();
  await other.close();
});
