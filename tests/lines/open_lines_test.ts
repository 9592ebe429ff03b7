import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { ensureIndex } from "../../src/index/build/ensure_index.ts";
import { IndexError, type IndexProblem } from "../../src/index/index_error.ts";
import { readHeader } from "../../src/index/index_reader.ts";
import type { Lines } from "../../src/lines/lines.ts";
import { openLines, type OpenLinesOptions } from "../../src/lines/open_lines.ts";
import { divideAmongStores } from "../../src/pages/memory_budget.ts";
import { WHOLLY_HASHED_MAX_BYTES } from "../../src/source/fingerprint.ts";
import { LOCAL_BLOCK_BYTES, TRUST_MS } from "../../src/source/local/local_text.ts";
import type { FileIdentity } from "../../src/source/local/file_identity.ts";
import { openText } from "../../src/source/open_text.ts";
import { TextError } from "../../src/source/text_source.ts";
import { RecordingSink } from "../support/lines_memory.ts";
import { ObjectServer } from "../support/remote_server.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";
import { numberedText, TextFixture } from "../support/text_fixture.ts";
import { openFilesIn } from "../support/text_threads.ts";

async function read(lines: Lines, ...numbers: number[]): Promise<string[]> {
  const sink = new RecordingSink();
  await lines.read(numbers, sink);
  return sink.summary;
}

async function problemOf(options: OpenLinesOptions): Promise<IndexProblem> {
  return (await assertRejects(() => openLines(options), IndexError)).problem;
}

/** Flips a bit of the last page of an index: the only one that fails its checksum then. */
async function damageLastPage(indexPath: string): Promise<() => Promise<void>> {
  const whole = await Deno.readFile(indexPath);
  const damaged = whole.slice();
  damaged[damaged.length - 1]! ^= 1;
  await Deno.writeFile(indexPath, damaged);
  return () => Deno.writeFile(indexPath, whole);
}

for (const mayBlock of [false, true]) {
  Deno.test(`openLines serves every line of a file, mayBlock: ${mayBlock}, whatever the cache`, async () => {
    const text = `${numberedText(40)}${"x".repeat(200_000)}\r\n\n${numberedText(3)}no end`;
    await using fixture = await TextFixture.create(text, 8);
    const expected = text.replace("\r", "").split("\n");
    for (const cacheBytes of [0, 1_000, 1024 * 1024]) {
      const lines = await fixture.open({ cacheBytes, mayBlock });
      assertEquals(lines.count, expected.length);
      const numbers = expected.map((_, i) => i + 1);
      for (let i = 0; i < 3; i++) assertEquals(await read(lines, ...numbers), expected);
      assertEquals(await read(lines, 0, lines.count + 1), [
        "missing 0",
        `missing ${lines.count + 1}`,
      ]);
    }
  });
}

Deno.test("openLines serves an empty file, which has no line", async () => {
  await using fixture = await TextFixture.create("");
  const lines = await fixture.open();
  assertEquals(lines.count, 0);
  assertEquals(await read(lines, 1), ["missing 1"]);
});

Deno.test("openLines rejects if the file cannot be read, or the index is not one of it", async () => {
  await using fixture = await TextFixture.create("one\ntwo\n");
  const { textPath, indexPath, directory } = fixture;
  const base = { textPath, indexPath, cacheBytes: 0 };
  const reject = (options: Partial<OpenLinesOptions>) => problemOf({ ...base, ...options });

  for (const path of [`${directory}/none`, directory]) {
    await assertRejects(() => openLines({ ...base, textPath: path }), TextError, path);
  }
  assertEquals(await reject({ indexPath: `${directory}/none` }), "missing");
  assertEquals(await reject({ indexPath: textPath }), "foreign");
  assertEquals(await reject({ indexPath: directory }), "foreign");
  await Deno.writeTextFile(`${directory}/size`, "another size");
  assertEquals(await reject({ textPath: `${directory}/size` }), "stale");
  await Deno.writeTextFile(`${directory}/content`, "one\ntwO\n");
  const error = await assertRejects(
    () => openLines({ ...base, textPath: `${directory}/content` }),
    IndexError,
  );
  assertMatch(
    error.message,
    /^Index does not match its file: .*text\.lineidx \(it was built from other content\)\. Rebuild/,
  );
  await Deno.truncate(indexPath, (await Deno.stat(indexPath)).size - 1);
  assertEquals(await reject({}), "damaged");
});

Deno.test("openLines leaves no file open once it is disposed of, or has rejected", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  await using fixture = await TextFixture.create("one\ntwo\n");
  const { textPath, indexPath, directory } = fixture;
  const options = { textPath, indexPath, cacheBytes: 0 };
  {
    await using lines = await openLines(options);
    assertEquals(await read(lines, 2), ["two"]);
    assert(openFilesIn(directory).length >= 2);
  }
  assertEquals(openFilesIn(directory), []);
  await assertRejects(() =>
    openLines({ ...options, cacheBytes: 2 ** 60 }).then(async (lines) => {
      await lines[Symbol.asyncDispose]();
      throw new Error("opened");
    })
  );
  assertEquals(openFilesIn(directory), []);
  await Deno.writeTextFile(textPath, "another size");
  await assertRejects(() => openLines(options), IndexError);
  await Deno.remove(indexPath);
  await assertRejects(() => openLines(options), IndexError);
  assertEquals(openFilesIn(directory), []);
});

Deno.test("openLines: a damaged page is an error for its lines each time, until it is repaired", async () => {
  for (const mayBlock of [false, true]) {
    await using fixture = await TextFixture.create(numberedText(6), 2);
    const lines = await fixture.open({ mayBlock });
    const repair = await damageLastPage(fixture.indexPath);
    for (let i = 0; i < 3; i++) {
      assertEquals(await read(lines, 1, 5, 4, 6), ["line 1", "failed 5", "line 4", "failed 6"]);
    }
    await repair();
    assertEquals(await read(lines, 5, 6), ["line 5", "line 6"]);
  }
});

Deno.test("openLines: pages that are cached do not need the index file any more", async () => {
  await using fixture = await TextFixture.create(numberedText(6), 2);
  const lines = await fixture.open();
  assertEquals(await read(lines, 1, 2), ["line 1", "line 2"]);
  await Deno.truncate(fixture.indexPath, 0);
  assertEquals(await read(lines, 2, 3, 1), ["line 2", "failed 3", "line 1"]);
});

Deno.test("openLines: pages of another index that is copied over this one are errors", async () => {
  // Lines of one length: the slots of both indexes have the same size.
  const text = Array.from({ length: 1_000 }, (_, i) => `${1_000_000 + i}\n`).join("");
  await using fixture = await TextFixture.create(text, 100);
  await using other = await TextFixture.create(text, 64);
  const lines = await fixture.open();
  await Deno.writeFile(fixture.indexPath, await Deno.readFile(other.indexPath));
  assertEquals(
    await read(lines, 1, 101, 250, 999),
    [1, 101, 250, 999].map((lineNumber) => `failed ${lineNumber}`),
  );
});

Deno.test("openLines: onError is called for each line that cannot be read", async () => {
  await using fixture = await TextFixture.create(numberedText(20), 2);
  const errors: Error[] = [];
  const lines = await fixture.open({ onError: (error) => errors.push(error) });
  await read(lines, 1);
  assertEquals(errors, []);
  await Deno.truncate(fixture.indexPath, 0);
  await read(lines, 1, 5, 20);
  assertEquals(errors.length, 2);
  assertMatch(errors[0]!.message, /^Index damaged: .*text\.lineidx \(it has 0 bytes, not /);
});

Deno.test("openLines: stores that share a budget find the pages and blocks that one of them read", async () => {
  await using fixture = await TextFixture.create(numberedText(200), 8);
  const header = readHeader(fixture.indexPath);
  const budget = divideAmongStores(1024 * 1024, header, LOCAL_BLOCK_BYTES, 2);
  assert(budget.sharedFrames !== undefined && budget.sharedText !== undefined);
  const [one, other] = [
    await fixture.open({ budget, cacheBytes: 0 }),
    await fixture.open({ budget, cacheBytes: 0 }),
  ];
  for (let i = 0; i < 2; i++) {
    assertEquals(await read(one, 1, 99, 200), ["line 1", "line 99", "line 200"]);
  }
  // What is shared needs no file any more.
  await Deno.truncate(fixture.indexPath, 0);
  assertEquals(await read(other, 1, 2, 99, 200, 50), [
    "line 1",
    "line 2",
    "line 99",
    "line 200",
    "failed 50",
  ]);
});

Deno.test("openLines does not use a budget that was made for another index", async () => {
  await using fixture = await TextFixture.create(numberedText(100), 8);
  await using otherPages = await TextFixture.create(numberedText(100), 4);
  await using otherText = await TextFixture.create(numberedText(99), 8);
  const header = readHeader(fixture.indexPath);
  const budget = divideAmongStores(64 * 1024, header, LOCAL_BLOCK_BYTES, 2);
  for (const other of [fixture, otherPages, otherText]) {
    const lines = await other.open({ budget });
    assertEquals(await read(lines, 1, 50, 99), ["line 1", "line 50", "line 99"]);
  }
});

Deno.test("openLines: concurrent readers of a cold index get every line in order", async () => {
  await using fixture = await TextFixture.create(numberedText(300), 3);
  const lines = await fixture.open({ cacheBytes: 500 });
  const numbers = Array.from({ length: 300 }, (_, i) => i + 1);
  const orders = [numbers, numbers.toReversed(), numbers.map((n) => 1 + n * 7 % 300)];
  const replies = await Promise.all(orders.map((order) => read(lines, ...order)));
  for (const [i, order] of orders.entries()) {
    assertEquals(replies[i], order.map((lineNumber) => `line ${lineNumber}`));
  }
});

/** A text that is not hashed whole, of lines of 8 bytes, with an old time. */
async function createLarge(): Promise<TextFixture> {
  const fixture = await TextFixture.create("x\n");
  const line = (i: number) => `${1_000_000 + i}\n`;
  const lines = Array.from({ length: WHOLLY_HASHED_MAX_BYTES / 8 + 1 }, (_, i) => line(i));
  await Deno.writeTextFile(fixture.textPath, lines.join(""));
  await Deno.utime(fixture.textPath, 1000, 1000);
  return fixture;
}

Deno.test("openLines serves what was indexed of a file that has grown, also if its last line was continued", async () => {
  await using fixture = await TextFixture.create("one\ntwo\nthr");
  const { textPath, indexPath } = fixture;
  const { checked } = await ensureIndex({ textPath, indexPath, linesPerPage: 4 });
  await Deno.writeTextFile(textPath, "ee\nfour\n", { append: true });
  const lines = await fixture.open({ checked });
  for (let i = 0; i < 3; i++) {
    assertEquals(await read(lines, 1, 3, 4), ["one", "thr", "missing 4"]);
    await Deno.writeTextFile(textPath, "more\n", { append: true });
    await new Promise((resolve) => setTimeout(resolve, TRUST_MS));
  }
});

Deno.test("openLines without a check refuses a file that has grown, or may have been edited", async () => {
  await using fixture = await createLarge();
  const { textPath, indexPath } = fixture;
  const { checked } = await ensureIndex({ textPath, indexPath });
  const options = { textPath, indexPath, cacheBytes: 0 };
  await (await openLines(options))[Symbol.asyncDispose]();
  await Deno.utime(textPath, 2000, 2000);
  assertEquals(await problemOf(options), "stale");
  await assertRejects(() => openLines({ ...options, checked }), TextError, "(it was written to)");
  await Deno.utime(textPath, 1000, 1000);
  await Deno.writeTextFile(textPath, "more\n", { append: true });
  assertEquals(await problemOf(options), "stale");
  assertEquals(await read(await fixture.open({ checked }), 2), ["1000001"]);
});

Deno.test("openLines with a check uses another index of the same lines that was put there since", async () => {
  await using fixture = await createLarge();
  const { textPath, indexPath } = fixture;
  const { checked } = await ensureIndex({ textPath, indexPath });
  await ensureIndex({ textPath, indexPath, linesPerPage: 7 });
  assertEquals(await read(await fixture.open({ checked }), 2), ["1000001"]);
  await Deno.writeTextFile(textPath, "more\n", { append: true });
  assertEquals(await read(await fixture.open({ checked }), 2), ["1000001"]);
  assertEquals(await problemOf({ textPath, indexPath, cacheBytes: 0 }), "stale");
});

Deno.test("openLines with a check serves the lines of that check with an index of the file after it has grown", async () => {
  for (const start of ["one\ntwo\nthr", "one\ntwo\nthree\n", "x".repeat(70_000)]) {
    await using fixture = await TextFixture.create(start, 2);
    const { textPath, indexPath } = fixture;
    const { checked } = await ensureIndex({ textPath, indexPath });
    const expected = start.split("\n").filter((line) => line !== "");
    const numbers = expected.map((_, i) => i + 1);
    const budget = divideAmongStores(1024 * 1024, checked.header, LOCAL_BLOCK_BYTES, 2);
    for (const appendix of ["ee\nfour\n", "five\nsix\n"]) {
      await Deno.writeTextFile(textPath, appendix, { append: true });
      await ensureIndex({ textPath, indexPath });
      for (const mayBlock of [false, true]) {
        const lines = await fixture.open({ checked, budget, mayBlock });
        assertEquals(lines.count, expected.length);
        for (let i = 0; i < 3; i++) assertEquals(await read(lines, ...numbers), expected);
        assertEquals(await read(lines, lines.count + 1), [`missing ${lines.count + 1}`]);
      }
    }
    // It may grow further.
    await Deno.writeTextFile(textPath, "seven\n", { append: true });
    assertEquals(await read(await fixture.open({ checked }), ...numbers), expected);
  }
});

Deno.test("openLines with a check refuses an index of an earlier state of the file", async () => {
  await using fixture = await TextFixture.create("one\n");
  const { textPath, indexPath } = fixture;
  const earlier = await Deno.readFile(indexPath);
  await Deno.writeTextFile(textPath, "two\n", { append: true });
  const { checked } = await ensureIndex({ textPath, indexPath });
  await Deno.writeFile(indexPath, earlier);
  assertEquals(await problemOf({ textPath, indexPath, cacheBytes: 0, checked }), "stale");
});

Deno.test("openLines().check() throws once the index on a server is another, although lines in memory are still read", async () => {
  await inTemporaryDirectory(async (directory) => {
    await using server = new ObjectServer();
    const text = new TextEncoder().encode("x\n".repeat(20_000));
    const textPath = `${directory}/text`;
    const indexPath = `${directory}/index`;
    await Deno.writeFile(textPath, text);
    // So that it has more than the block that is read when it is opened.
    await ensureIndex({ textPath, indexPath, linesPerPage: 1 });
    const index = await Deno.readFile(indexPath);
    server.put("/text", text);
    server.put("/index", index);
    await using lines = await openLines({
      textPath: server.url("/text"),
      indexPath: server.url("/index"),
      checked: { header: readHeader(indexPath), text: await identityOf(server.url("/text")) },
      cacheBytes: 1024 * 1024,
    });
    assertEquals(await read(lines, 1), ["x"]);
    assertEquals(lines.check(), "unchanged");
    server.put("/index", index);
    assertEquals(await read(lines, 20_000), ["failed 20000"]);
    assertEquals(await read(lines, 1), ["x"]);
    assertThrows(() => lines.check(), TextError, "File changed");
  });
});

async function identityOf(location: string): Promise<FileIdentity> {
  await using text = await openText(location);
  return text.identity;
}
