import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertLessOrEqual,
  assertRejects,
} from "@std/assert";
import { toArrayBuffer } from "@std/streams/to-array-buffer";
import fc from "fast-check";
import { slotOffset } from "../../src/index/format.ts";
import { IndexReader } from "../../src/index/index_reader.ts";
import { TextError } from "../../src/text/text_error.ts";
import { SHORT_LINE_MAX_BYTES } from "../../src/lines/line_reader.ts";
import type { LineStore } from "../../src/lines/line_store.ts";
import { type Command, INVALID, QUIT, SHUTDOWN } from "../../src/protocol/command.ts";
import { lineProtocol } from "../../src/protocol/line_protocol.ts";
import { BATCH_MAX_BYTES, type ReplyChunk, Router } from "../../src/server/router.ts";
import { isPending, turn } from "../support/pending.ts";
import { naiveLines, TextFixture } from "../support/text_fixture.ts";

const { replies } = lineProtocol("lf");

function createRouter(store: LineStore, shutDown?: () => void): Router {
  return new Router({ store, replies, shutDown });
}

function get(line: number): Command {
  return { verb: "get", line };
}

function gets(...lines: number[]): Command[] {
  return lines.map(get);
}

// One byte is one character.
async function textOf(chunk: ReplyChunk): Promise<string> {
  const bytes = chunk instanceof Uint8Array ? chunk : new Uint8Array(await toArrayBuffer(chunk));
  return new TextDecoder("latin1").decode(bytes);
}

/** Feeds the batches as a connection does: what follows the end of the connection is refused. */
async function feed(router: Router, batches: readonly Command[][]): Promise<"taken" | "refused"> {
  const writer = router.writable.getWriter();
  try {
    for (const batch of batches) await writer.write(batch);
    await writer.close();
    return "taken";
  } catch (error) {
    assertInstanceOf(error, TypeError);
    await writer.closed.catch(() => {});
    return "refused";
  }
}

/** What a client gets for the batches, chunk by chunk. */
async function chunksOf(router: Router, ...batches: Command[][]): Promise<string[]> {
  const fed = feed(router, batches);
  const texts: string[] = [];
  for await (const chunk of router.readable) texts.push(await textOf(chunk));
  await fed;
  return texts;
}

async function repliesTo(router: Router, ...batches: Command[][]): Promise<string> {
  return (await chunksOf(router, ...batches)).join("");
}

/** What DESIGN.md says, in the plainest way. */
function naiveReply(lines: readonly string[], command: Command): string {
  if (command.verb === "invalid") return "INVALID COMMAND!\n";
  if (command.verb !== "get") return "ERR\n";
  const line = lines[command.line - 1];
  return line === undefined ? "ERR\n" : `OK\n${line}\n`;
}

function linesOf(text: string): string[] {
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return naiveLines(bytes).map((line) => new TextDecoder("latin1").decode(line));
}

async function loadPagesOf(store: LineStore, ...lines: number[]): Promise<void> {
  await store.loadPages(new Set(lines.map((line) => store.pageOf(line))));
}

const NUMBERED = Array.from({ length: 40 }, (_, i) => `line ${i + 1}\n`).join("");

Deno.test("replies stand in the order of the commands, and a batch is one chunk", async () => {
  await using fixture = await TextFixture.create("one\r\n\nthree");
  const router = createRouter(fixture.openStore());
  const chunks = await chunksOf(
    router,
    [get(3), INVALID, get(1), get(2)],
    [get(0), get(-3), get(-0), get(4), get(2 ** 53), get(1e17)],
    [get(1)],
  );
  assertEquals(chunks, [
    "OK\nthree\nINVALID COMMAND!\nOK\none\nOK\n\n",
    "ERR\n".repeat(6),
    "OK\none\n",
  ]);
});

Deno.test("replies are in the order of the commands where some pages are cold", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 2);
  const store = fixture.openStore();
  await loadPagesOf(store, 5, 20);
  const commands = [...gets(40, 5, 1, 20, 6), INVALID, ...gets(19, 2, 39, 41, 5)];
  const expected = commands.map((command) => naiveReply(linesOf(NUMBERED), command)).join("");
  const batches = [commands, [get(5)], commands.toReversed(), [get(30)]];
  const all = batches.flat().map((command) => naiveReply(linesOf(NUMBERED), command)).join("");
  const found = await repliesTo(createRouter(store), ...batches);
  assertEquals(found.slice(0, expected.length), expected);
  assertEquals(found, all);
});

Deno.test("a batch in memory waits behind one that is not", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 2);
  const store = fixture.openStore();
  await loadPagesOf(store, 1);
  const gate = holdLoading(store);
  const router = createRouter(store);
  const reader = router.readable.getReader();
  const fed = feed(router, [gets(1), gets(9), gets(2)]);
  assertEquals(await textOf((await reader.read()).value!), "OK\nline 1\n");
  const cold = reader.read();
  assert(await isPending(cold));
  assert(router.isLoading);
  gate.resolve();
  assertEquals(await textOf((await cold).value!), "OK\nline 9\n");
  assertEquals(await textOf((await reader.read()).value!), "OK\nline 2\n");
  assertEquals([router.isLoading, await fed], [false, "taken"]);
});

/** Makes every loading of pages wait until the gate is open. */
function holdLoading(store: LineStore): PromiseWithResolvers<void> {
  const gate = Promise.withResolvers<void>();
  const loadPages = store.loadPages.bind(store);
  store.loadPages = async (pageNumbers) => {
    await gate.promise;
    return await loadPages(pageNumbers);
  };
  return gate;
}

Deno.test("a batch whose pages are in memory is answered without the page loader", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 2);
  const store = fixture.openStore();
  await loadPagesOf(store, 1, 3);
  store.loadPages = () => Promise.reject(new Error("the page loader was asked"));
  const found = await repliesTo(createRouter(store), [...gets(4, 1, 99), INVALID]);
  assertEquals(found, "OK\nline 4\nOK\nline 1\nERR\nINVALID COMMAND!\n");
});

Deno.test("a batch asks for each page once", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 4);
  const store = fixture.openStore();
  const asked: number[][] = [];
  const loadPages = store.loadPages.bind(store);
  store.loadPages = (pageNumbers) => {
    asked.push([...pageNumbers]);
    return loadPages(pageNumbers);
  };
  await repliesTo(createRouter(store), gets(1, 2, 9, 3, 10, 99, 0, 1));
  assertEquals(asked, [[0, 2]]);
});

const MIXED = [
  "",
  "short",
  "x".repeat(SHORT_LINE_MAX_BYTES - 2) + "\r",
  "y".repeat(SHORT_LINE_MAX_BYTES - 1),
  "z".repeat(SHORT_LINE_MAX_BYTES),
  "a\rb\0\xff\r",
  "\r",
  ...Array.from({ length: 20 }, (_, i) => `line ${i}`),
  "w".repeat(300_000),
  "the last\r",
].join("\n");

Deno.test("any commands are answered as a naive server does, whatever the cache holds", async () => {
  await using fixture = await TextFixture.create(
    Uint8Array.from(MIXED, (character) => character.charCodeAt(0)),
    3,
  );
  const lines = linesOf(MIXED);
  const command = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: -1, max: lines.length + 2 }).map(get) },
    { weight: 1, arbitrary: fc.constantFrom(INVALID, SHUTDOWN) },
  );
  const batch = fc.array(command, { minLength: 1, maxLength: 12 });
  const stores = [0, 700, 1100, 1024 * 1024].map((cacheBytes) => fixture.openStore(cacheBytes, 1));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...stores),
      fc.array(batch, { maxLength: 5 }),
      async (store, batches) => {
        const expected = batches.flat().map((command) => naiveReply(lines, command)).join("");
        const found = await repliesTo(createRouter(store), ...batches);
        // Not `assertEquals`: its report of a megabyte would take for ever.
        assert(found === expected);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("many connections at once share a tiny cache and a tiny mailbox", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 2);
  const store = fixture.openStore(400, 1);
  const lines = linesOf(NUMBERED);
  const clients = Array.from({ length: 20 }, async (_, client) => {
    const commands = Array.from({ length: 40 }, (_, i) => get(1 + (i * 7 + client * 3) % 40));
    const batches = [commands.slice(0, 15), commands.slice(15, 16), commands.slice(16)];
    const found = await repliesTo(createRouter(store), ...batches);
    assertEquals(found, commands.map((command) => naiveReply(lines, command)).join(""));
  });
  await Promise.all(clients);
});

Deno.test("a batch holds few bytes, however many its replies have", async () => {
  const line = "x".repeat(60_000);
  await using fixture = await TextFixture.create(`${line}\n`);
  const router = createRouter(fixture.openStore());
  const fed = feed(router, [Array(64).fill(get(1))]);
  let heldBytes = 0;
  let text = "";
  for await (const chunk of router.readable) {
    if (chunk instanceof Uint8Array) heldBytes += chunk.length;
    text += await textOf(chunk);
  }
  assertEquals(await fed, "taken");
  assert(text === `OK\n${line}\n`.repeat(64));
  const headsBytes = 64 * "OK\n".length;
  assertLessOrEqual(heldBytes, BATCH_MAX_BYTES + SHORT_LINE_MAX_BYTES + headsBytes);
});

Deno.test("the bytes of a batch are counted anew for the next", async () => {
  const line = "x".repeat(60_000);
  await using fixture = await TextFixture.create(`${line}\n`);
  const chunks: ReplyChunk[] = [];
  const router = createRouter(fixture.openStore());
  const fed = feed(router, [Array(2).fill(get(1)), Array(2).fill(get(1)), [get(1)]]);
  for await (const chunk of router.readable) chunks.push(chunk);
  await fed;
  assertEquals(chunks.map((chunk) => chunk instanceof Uint8Array), [true, true, true]);
});

Deno.test("a long line is a chunk of its own, between what stands before and behind", async () => {
  const long = "x".repeat(SHORT_LINE_MAX_BYTES + 1);
  await using fixture = await TextFixture.create(`one\n${long}\ntwo\n`);
  const chunks = await chunksOf(createRouter(fixture.openStore()), gets(1, 2, 3, 2));
  assertEquals(chunks.length, 4);
  assert(chunks.join("") === `OK\none\nOK\n${long}\nOK\ntwo\nOK\n${long}\n`);
  assertEquals([chunks[0], chunks[2]], ["OK\none\nOK\n", "OK\ntwo\nOK\n"]);
});

Deno.test("nothing of a long line is read before the client takes it", async () => {
  const long = "x".repeat(300_000);
  await using fixture = await TextFixture.create(`${long}\n`);
  const store = fixture.openStore();
  const stream = store.stream.bind(store);
  let taken = 0;
  store.stream = (span) => {
    const { lineBytes, bytes } = stream(span);
    const reader = bytes.getReader();
    const counted = new ReadableStream<Uint8Array>({
      async pull(controller) {
        taken++;
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    }, { highWaterMark: 0 });
    return { lineBytes, bytes: counted };
  };
  const router = createRouter(store);
  const fed = feed(router, [Array(64).fill(get(1))]);
  const reader = router.readable.getReader();
  assertEquals(await textOf((await reader.read()).value!), "OK\n");
  const { value: line } = await reader.read();
  await turn();
  const takenAhead = taken;
  assert(await textOf(line!) === `${long}\n`);
  // Takes the rest, so that no read is under way when the files are closed.
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    await textOf(next.value);
  }
  await fed;
  assertEquals(takenAhead, 0);
});

Deno.test("a line that turns out wrong while it is sent ends its stream with an error", async () => {
  const long = "x".repeat(2 * SHORT_LINE_MAX_BYTES);
  await using fixture = await TextFixture.create(`${long}\n`);
  const store = fixture.openStore();
  // As where the guard has just looked.
  store.checkText = () => {};
  await Deno.writeTextFile(fixture.textPath, `${long.slice(1)}\n\n`);
  const router = createRouter(store);
  const fed = feed(router, [[get(1)]]);
  const reader = router.readable.getReader();
  assertEquals(await textOf((await reader.read()).value!), "OK\n");
  const { value: line } = await reader.read();
  await assertRejects(() => textOf(line!), TextError, "line 1");
  assertEquals((await reader.read()).done, true);
  assertEquals(await fed, "taken");
});

Deno.test("write does not resolve while nobody takes the replies", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  const router = createRouter(fixture.openStore());
  const writer = router.writable.getWriter();
  const first = writer.write(gets(1));
  assert(await isPending(first));
  const reader = router.readable.getReader();
  assertEquals(await textOf((await reader.read()).value!), "OK\nline 1\n");
  await first;
  const second = writer.write(gets(2));
  assert(await isPending(second));
  await reader.read();
  await second;
  await writer.close();
});

Deno.test("write does not resolve while pages are waited for", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  const store = fixture.openStore();
  const gate = holdLoading(store);
  const router = createRouter(store);
  const chunks = Array.fromAsync(router.readable);
  const writer = router.writable.getWriter();
  const cold = writer.write(gets(1));
  assert(await isPending(cold));
  gate.resolve();
  await cold;
  await writer.close();
  assertEquals(await textOf((await chunks)[0]!), "OK\nline 1\n");
});

Deno.test("quit ends the replies behind what is owed, and what follows is ignored", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 2);
  for (const isWarm of [false, true]) {
    const store = fixture.openStore();
    if (isWarm) await loadPagesOf(store, 1, 9, 20);
    const router = createRouter(store);
    const fed = feed(router, [gets(1), [get(9), INVALID, QUIT, get(20)], gets(1), gets(2)]);
    const texts: string[] = [];
    for await (const chunk of router.readable) texts.push(await textOf(chunk));
    assertEquals(texts, ["OK\nline 1\n", "OK\nline 9\nINVALID COMMAND!\n"]);
    assertEquals(await fed, "refused");
  }
});

Deno.test("quit ends the replies behind a long line", async () => {
  const long = "x".repeat(SHORT_LINE_MAX_BYTES + 1);
  await using fixture = await TextFixture.create(`${long}\n`);
  const found = await repliesTo(createRouter(fixture.openStore()), [get(1), QUIT, get(1)]);
  assert(found === `OK\n${long}\n`);
});

Deno.test("quit alone ends the replies", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  assertEquals(await chunksOf(createRouter(fixture.openStore()), [QUIT]), []);
});

Deno.test("an allowed shutdown is called once and ends the replies behind what is owed", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 2);
  let calls = 0;
  const router = createRouter(fixture.openStore(), () => calls++);
  const found = await repliesTo(router, [get(1), get(9), SHUTDOWN, SHUTDOWN, get(2)], [SHUTDOWN]);
  assertEquals([found, calls], ["OK\nline 1\nOK\nline 9\n", 1]);
});

Deno.test("a shutdown that is not allowed is an error, and the connection goes on", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  const router = createRouter(fixture.openStore());
  const found = await repliesTo(router, [get(1), SHUTDOWN, get(2)], [SHUTDOWN], [get(3)]);
  assertEquals(found, "OK\nline 1\nERR\nOK\nline 2\nERR\nOK\nline 3\n");
});

async function damagePageOf(fixture: TextFixture, pageNumber: number): Promise<void> {
  using index = IndexReader.open(fixture.indexPath);
  const bytes = await Deno.readFile(fixture.indexPath);
  bytes[slotOffset(index.header, pageNumber)]! ^= 1;
  await Deno.writeFile(fixture.indexPath, bytes);
}

Deno.test("a damaged page gives a server error, and what follows is answered", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 2);
  await damagePageOf(fixture, 1);
  const router = createRouter(fixture.openStore());
  const [first, ...others] = await chunksOf(router, gets(1, 3, 5, 4, 2), gets(3), gets(6));
  const replies = [...first!.matchAll(/OK\nline \d\n|Server error: [^\n]+\n/g)].map(([reply]) =>
    reply.replace(/: .*\.lineidx.*/, ": …")
  );
  const error = "Server error: …\n";
  assertEquals(replies, ["OK\nline 1\n", error, "OK\nline 5\n", error, "OK\nline 2\n"]);
  assertEquals(replies.length, first!.split("\n").length - 1 - 3);
  assert(others[0]!.startsWith("Server error: Index damaged: "));
  assertEquals(others[1], "OK\nline 6\n");
});

Deno.test("a changed text gives server errors only, and the connection goes on", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 2);
  const store = fixture.openStore();
  await loadPagesOf(store, 1);
  await Deno.writeTextFile(fixture.textPath, NUMBERED.replace("line 1\n", "LINE 1\n") + "\n");
  const found = await repliesTo(createRouter(store), [get(1), get(9), INVALID, get(99)], [get(2)]);
  const advice =
    "it was written to or touched; start the server again, and if a line was edited, " +
    'run "linesvr index --force" before';
  const error = `Server error: Text changed: ${fixture.textPath}: ${advice}\n`;
  assertEquals(found, `${error}${error}INVALID COMMAND!\nERR\n${error}`);
});

Deno.test("a line that is none gives a server error, and nothing of it is sent", async () => {
  await using fixture = await TextFixture.create("one\ntwo\nsix\n");
  const store = fixture.openStore();
  // As where the guard has just looked.
  store.checkText = () => {};
  await Deno.writeTextFile(fixture.textPath, "one\nt\no\nsix\n");
  const found = await repliesTo(createRouter(store), gets(1, 2, 3));
  assertEquals(
    found.replace(/(fit its index at line 2).*/, "$1 …"),
    "OK\none\nServer error: Text does not fit its index at line 2 …\nOK\nsix\n",
  );
});

Deno.test("an empty text has no line", async () => {
  await using fixture = await TextFixture.create("");
  assertEquals(
    await repliesTo(createRouter(fixture.openStore()), gets(0, 1, 2)),
    "ERR\nERR\nERR\n",
  );
});
