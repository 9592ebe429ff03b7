import { assert, assertEquals, assertInstanceOf, assertLess, assertRejects } from "@std/assert";
import fc from "fast-check";
import { slotOffset } from "../../../src/index/format/layout.ts";
import { IndexReader } from "../../../src/index/index_reader.ts";
import { TextError } from "../../../src/source/text_error.ts";
import { LineReader, SHORT_LINE_MAX_BYTES } from "../../../src/lines/line_reader.ts";
import type { LineStore } from "../../../src/lines/line_store.ts";
import { TEXT_BLOCK_BYTES } from "../../../src/source/text_block.ts";
import { type Command, HTTP, INVALID, QUIT, SHUTDOWN } from "../../../src/protocol/command.ts";
import { BATCH_MAX_LINES } from "../../../src/pages/line_batch.ts";
import { PIECE_MIN_BYTES, type Router } from "../../../src/server/pipeline/router.ts";
import { isPending, turn } from "../../support/pending.ts";
import {
  createRouter,
  decode,
  get,
  gets,
  holdFetching,
  holdLoading,
  letGo,
  loadPagesOf,
  NUMBERED,
  numberedText,
  piecesIn,
  textOf,
  textsIn,
  warm,
  withColdPages,
} from "../../support/routing.ts";
import { naiveLines, TextFixture } from "../../support/text_fixture.ts";

/** The replies to each of the batches, which are answered one after the other. */
async function answersTo(router: Router, ...batches: Command[][]): Promise<string[]> {
  const answers: string[] = [];
  for (const batch of batches) answers.push(await textOf(router.answer(batch)));
  return answers;
}

async function repliesTo(router: Router, ...batches: Command[][]): Promise<string> {
  return (await answersTo(router, ...batches)).join("");
}

/** The pieces of the replies, to be taken one by one. */
function piecesOf(router: Router, commands: readonly Command[]): AsyncIterator<Uint8Array> {
  const replies = router.answer(commands);
  assert(!(replies instanceof Uint8Array), "everything was answered at once");
  return replies[Symbol.asyncIterator]();
}

async function nextText(pieces: AsyncIterator<Uint8Array>): Promise<string> {
  const { value, done } = await pieces.next();
  return done === true ? "(done)" : decode(value);
}

/** What DESIGN.md says, in the plainest way. */
function naiveReply(lines: readonly string[], command: Command): string {
  if (command.verb === "invalid") return "INVALID COMMAND!\n";
  if (command.verb !== "get") return "ERR\n";
  const line = lines[command.line - 1];
  return line === undefined ? "ERR\n" : `OK\n${line}\n`;
}

function naiveReplies(text: string, commands: readonly Command[]): string {
  const lines = linesOf(text);
  return commands.map((command) => naiveReply(lines, command)).join("");
}

function linesOf(text: string): string[] {
  return naiveLines(bytesOf(text)).map(decode);
}

/** One character is one byte. */
function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Lets pages be cold, and notes which lines are searched for, request by request. */
function watchFinding(store: LineStore): number[][] {
  const asked: number[][] = [];
  const find = withColdPages(store).locator.find.bind(store.locator);
  store.locator.find = (lines) => {
    asked.push([...lines]);
    return find(lines);
  };
  return asked;
}

/** Notes which lines are read, in order. */
function watchReading(store: LineStore): number[] {
  const lines: number[] = [];
  const read = store.reader.read.bind(store.reader);
  store.reader.read = (span) => {
    lines.push(span.line);
    return read(span);
  };
  return lines;
}

Deno.test("replies stand in the order of the commands, whatever those are", async () => {
  await using fixture = await TextFixture.create("one\r\n\nthree");
  const found = await answersTo(
    createRouter(fixture.openStore()),
    [get(3), INVALID, get(1), get(2)],
    [get(0), get(-3), get(-0), get(4), get(2 ** 53), get(1e17)],
    [get(1)],
  );
  assertEquals(found, [
    "OK\nthree\nINVALID COMMAND!\nOK\none\nOK\n\n",
    "ERR\n".repeat(6),
    "OK\none\n",
  ]);
});

Deno.test("where everything is at hand all replies to a batch are given at once", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 2);
  const store = await warm(fixture.openStore());
  const router = createRouter(store);
  const batches = [[...gets(4, 1, 99), INVALID], gets(40, 0), [INVALID]];
  for (const batch of batches) {
    const replies = router.answer(batch);
    assertInstanceOf(replies, Uint8Array);
    assertEquals(decode(replies), naiveReplies(NUMBERED, batch));
  }
});

Deno.test("no commands give no bytes", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  assertEquals(createRouter(fixture.openStore()).answer([]), new Uint8Array(0));
});

Deno.test("a batch that needs no page is answered at once, though nothing is in memory", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  const replies = createRouter(fixture.openStore()).answer([INVALID, get(41), SHUTDOWN]);
  assertEquals(replies, bytesOf("INVALID COMMAND!\nERR\nERR\n"));
});

Deno.test("replies are in the order of the commands where some pages are cold", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 2);
  const store = withColdPages(fixture.openStore());
  await loadPagesOf(store, 5, 20);
  const commands = [...gets(40, 5, 1, 20, 6), INVALID, ...gets(19, 2, 39, 41, 5)];
  const batches = [commands, [get(5)], commands.toReversed(), [get(30)]];
  const found = await answersTo(createRouter(store), ...batches);
  assertEquals(found, batches.map((batch) => naiveReplies(NUMBERED, batch)));
});

Deno.test("a batch whose pages are in memory is answered without the page loader", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 2);
  const store = await warm(fixture.openStore());
  withColdPages(store).locator.find = () => Promise.reject(new Error("the page loader was asked"));
  const found = await repliesTo(createRouter(store), [...gets(4, 1, 99), INVALID]);
  assertEquals(found, "OK\nline 4\nOK\nline 1\nERR\nINVALID COMMAND!\n");
});

Deno.test("pages are asked for 64 commands at a time, the next when those are answered", async () => {
  const count = 2 * BATCH_MAX_LINES + 22;
  const text = numberedText(count);
  await using fixture = await TextFixture.create(text, 1);
  const store = fixture.openStore();
  store.reader.readAtHand = (span) => store.reader.read(span);
  const asked = watchFinding(store);
  const all = Array.from({ length: count }, (_, i) => i + 1);
  const pieces = piecesOf(createRouter(store), gets(...all));
  assertEquals(asked, []);
  const found: string[] = [];
  const sizes: number[][] = [];
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
    found.push(decode(next.value));
    sizes.push(asked.map((pages) => pages.length));
  }
  assertEquals(found.join(""), naiveReplies(text, gets(...all)));
  assertEquals(asked.flat(), all);
  assertEquals(sizes, [[64], [64, 64], [64, 64, 22]]);
});

Deno.test("commands that need no page count among the 64, and ask for none", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 1);
  const store = fixture.openStore();
  const asked = watchFinding(store);
  const others = Array.from({ length: 61 }, (_, i) => i % 2 === 0 ? INVALID : get(41));
  const commands = [...gets(1), ...others, ...gets(2, 3, 4)];
  assertEquals(await repliesTo(createRouter(store), commands), naiveReplies(NUMBERED, commands));
  assertEquals(asked, [[1, 2, 3], [4]]);
});

Deno.test("isLoading says whether pages are waited for", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 2);
  const store = fixture.openStore();
  await loadPagesOf(store, 1);
  store.reader.readAtHand = (span) => store.reader.read(span);
  const gate = holdLoading(store);
  const router = createRouter(store);
  const pieces = piecesOf(router, gets(1, 9, 10));
  assertEquals([await nextText(pieces), router.isLoading], ["OK\nline 1\n", false]);
  const cold = nextText(pieces);
  assert(await isPending(cold));
  assertEquals(router.isLoading, true);
  gate.resolve();
  assertEquals([await cold, router.isLoading], ["OK\nline 9\nOK\nline 10\n", false]);
  assertEquals([await nextText(pieces), router.isLoading], ["(done)", false]);
});

Deno.test("isLoading says so no longer where the loading failed altogether", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 2);
  const store = fixture.openStore();
  withColdPages(store).locator.find = () => Promise.reject(new Error("the loader was stopped"));
  const router = createRouter(store);
  const pieces = piecesOf(router, gets(1));
  const failing = pieces.next();
  assertEquals(router.isLoading, true);
  await assertRejects(() => failing, Error, "the loader was stopped");
  assertEquals(router.isLoading, false);
});

Deno.test("lines that are not at hand are fetched and answered, and the order is kept", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 4);
  const store = await warm(fixture.openStore());
  const fetched = letGo(store, (line) => line % 5 === 0);
  const commands = [...gets(1, 2), INVALID, ...gets(10, 3, 99, 5, 10, 4, 40)];
  assertEquals(await repliesTo(createRouter(store), commands), naiveReplies(NUMBERED, commands));
  assertEquals(new Set(fetched).isSupersetOf(new Set([10, 5, 40])), true);
});

Deno.test("what was fetched is answered though it is said not to be at hand again", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 2);
  const store = fixture.openStore(0);
  const fetched = letGo(store);
  const commands = gets(...Array.from({ length: 200 }, (_, i) => 1 + i * 7 % 40));
  assertEquals(await repliesTo(createRouter(store), commands), naiveReplies(NUMBERED, commands));
  // Of 64 commands at a time each line once.
  assertEquals(fetched.length, 40 + 40 + 40 + 8);
});

Deno.test("lines are fetched for 64 commands at once, and what is owed is handed over before", async () => {
  const text = numberedText(200);
  await using fixture = await TextFixture.create(text, 100);
  const store = await warm(fixture.openStore());
  const fetched = letGo(store, (line) => line > 10);
  const gate = holdFetching(store);
  const begun = watchBegun(store);
  const router = createRouter(store);
  const all = gets(...Array.from({ length: 200 }, (_, i) => i + 1));
  const pieces = piecesOf(router, all);
  assertEquals(await nextText(pieces), naiveReplies(text, all.slice(0, 10)));
  assertEquals([begun, router.isLoading], [[], false]);
  const second = nextText(pieces);
  assert(await isPending(second));
  const expected = Array.from({ length: BATCH_MAX_LINES }, (_, i) => 11 + i);
  assertEquals([begun, router.isLoading], [expected, true]);
  gate.resolve();
  assertEquals(await second, naiveReplies(text, all.slice(10, 10 + BATCH_MAX_LINES)));
  assertEquals([fetched, router.isLoading], [expected, false]);
  assertEquals((await restOf(pieces)).join(""), naiveReplies(text, all.slice(74)));
});

/** Notes which lines somebody begins to fetch. */
function watchBegun(store: LineStore): number[] {
  const begun: number[] = [];
  const fetch = store.reader.fetch.bind(store.reader);
  store.reader.fetch = (span) => {
    begun.push(span.line);
    return fetch(span);
  };
  return begun;
}

async function restOf(pieces: AsyncIterator<Uint8Array>): Promise<string[]> {
  const texts: string[] = [];
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
    texts.push(decode(next.value));
  }
  return texts;
}

/** Lets the disk fail for a line: it can neither be fetched nor read. */
function breakLine(store: LineStore, line: number): void {
  const { read, fetch } = store.reader;
  store.reader.fetch = async (span) => {
    if (span.line === line) throw new TextError("Cannot read the text: the disk failed");
    await fetch.call(store.reader, span);
  };
  store.reader.read = (span) => {
    if (span.line === line) throw new TextError("Cannot read the text: the disk failed");
    return read.call(store.reader, span);
  };
}

Deno.test("a line that cannot be fetched gives a server error, and the others are answered", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 2);
  for (const isAtHand of [false, true]) {
    const store = fixture.openStore();
    breakLine(store, 9);
    letGo(store, () => !isAtHand);
    const router = createRouter(store);
    const found = await answersTo(router, gets(8, 9, 10, 9, 11), gets(12), gets(9));
    const error = "Server error: Cannot read the text: the disk failed\n";
    assertEquals(found, [
      `OK\nline 8\n${error}OK\nline 10\n${error}OK\nline 11\n`,
      "OK\nline 12\n",
      error,
    ]);
    assertEquals(router.isLoading, false);
  }
});

Deno.test("a line whose fetching failed, but which can be read after all, is answered", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 2);
  const store = fixture.openStore();
  letGo(store);
  store.reader.fetch = () => Promise.reject(new TextError("once only"));
  assertEquals(await repliesTo(createRouter(store), gets(1, 2)), "OK\nline 1\nOK\nline 2\n");
});

Deno.test("the text is looked at before lines are read, once where nothing is waited for", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 2);
  const store = await warm(fixture.openStore());
  let looks = 0;
  store.guard.check = () => void looks++;
  const router = createRouter(store);
  await repliesTo(router, gets(...Array(30).fill(7)));
  assertEquals(looks, 1);
  await repliesTo(router, [INVALID, INVALID]);
  assertEquals(looks, 1);
  await repliesTo(router, [INVALID, get(99), get(7)]);
  assertEquals(looks, 2);
});

Deno.test("a text that changes while lines are fetched gives server errors from there on", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 4);
  const store = await warm(fixture.openStore());
  letGo(store, (line) => line === 2);
  const gate = holdFetching(store);
  const { read } = store.reader;
  let hasChanged = false;
  store.guard.check = () => {
    if (hasChanged) throw new TextError("Text changed");
  };
  store.reader.read = (span) => {
    assert(!hasChanged, "a changed text was read");
    return read.call(store.reader, span);
  };
  const pieces = piecesOf(createRouter(store), gets(1, 2, 3));
  assertEquals(await nextText(pieces), "OK\nline 1\n");
  const second = nextText(pieces);
  hasChanged = true;
  gate.resolve();
  assertEquals(await second, "Server error: Text changed\n".repeat(2));
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

Deno.test("any commands are answered as a naive server does, whatever the cache holds and is at hand", async () => {
  await using fixture = await TextFixture.create(bytesOf(MIXED), 3);
  const lines = linesOf(MIXED);
  const command = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: -1, max: lines.length + 2 }).map(get) },
    { weight: 1, arbitrary: fc.constantFrom(INVALID, SHUTDOWN) },
  );
  const batch = fc.array(command, { maxLength: 12 });
  const gone = fc.uniqueArray(fc.integer({ min: 1, max: lines.length }));
  const stores = [0, 700, 1100, 1024 * 1024].map((cacheBytes) => fixture.openStore(cacheBytes, 1));
  let isGone: (line: number) => boolean;
  for (const store of stores) letGo(store, (line) => isGone(line));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...stores),
      fc.array(batch, { maxLength: 5 }),
      gone,
      async (store, batches, gone) => {
        isGone = (line) => gone.includes(line);
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
  const clients = Array.from({ length: 20 }, async (_, client) => {
    const commands = Array.from({ length: 40 }, (_, i) => get(1 + (i * 7 + client * 3) % 40));
    const batches = [commands.slice(0, 15), commands.slice(15, 16), commands.slice(16)];
    const found = await repliesTo(createRouter(store), ...batches);
    assertEquals(found, naiveReplies(NUMBERED, commands));
  });
  await Promise.all(clients);
});

const HEAD_AND_TAIL_BYTES = "OK\n\n".length;

Deno.test("the bytes that are held for a client are bounded, however many its replies have", async () => {
  const line = "x".repeat(60_000);
  await using fixture = await TextFixture.create(`${line}\n`);
  const store = await warm(fixture.openStore());
  const read = watchReading(store);
  const replies = createRouter(store).answer(Array(64).fill(get(1)));
  const taken: string[] = [];
  const reads: number[] = [read.length];
  for await (const piece of piecesIn(replies)) {
    assertLess(piece.length, PIECE_MIN_BYTES + SHORT_LINE_MAX_BYTES + HEAD_AND_TAIL_BYTES);
    assertLess(piece.buffer.byteLength, 2 * (PIECE_MIN_BYTES + SHORT_LINE_MAX_BYTES));
    taken.push(decode(piece));
    reads.push(read.length);
  }
  assert(taken.join("") === `OK\n${line}\n`.repeat(64));
  // As much as makes one piece was read before anything was taken, and no more.
  const piecesReads = Array.from({ length: 32 }, (_, i) => 2 * (i + 1));
  assertEquals(reads, [2, ...piecesReads]);
});

Deno.test("a piece holds less than PIECE_MIN_BYTES, one short line and its head", async () => {
  const longest = "y".repeat(SHORT_LINE_MAX_BYTES);
  // Up to one byte less than makes a piece, and then the longest line that is read at once.
  const first = "x".repeat(PIECE_MIN_BYTES - 1 - HEAD_AND_TAIL_BYTES);
  await using fixture = await TextFixture.create(`${first}\n${longest}`);
  const store = await warm(fixture.openStore());
  const [piece, ...others] = await textsIn(createRouter(store).answer(gets(1, 2, 1, 2)));
  assertEquals(piece!.length, PIECE_MIN_BYTES - 1 + SHORT_LINE_MAX_BYTES + HEAD_AND_TAIL_BYTES);
  assert([piece, ...others].join("") === `OK\n${first}\nOK\n${longest}\n`.repeat(2));
  assertEquals(others.length, 1);
});

Deno.test("replies of PIECE_MIN_BYTES are handed over before more is answered", async () => {
  const line = "x".repeat(PIECE_MIN_BYTES - HEAD_AND_TAIL_BYTES);
  await using fixture = await TextFixture.create(`${line}\none\n`);
  const store = await warm(fixture.openStore());
  const found = await textsIn(createRouter(store).answer(gets(1, 2, 2, 1)));
  const pieces = [`OK\n${line}\n`, `OK\none\nOK\none\nOK\n${line}\n`];
  assertEquals(found.map((text) => text.length), pieces.map((text) => text.length));
  assert(found.join("") === pieces.join(""));
});

Deno.test("the bytes of a batch are counted anew for the next", async () => {
  const line = "x".repeat(60_000);
  await using fixture = await TextFixture.create(`${line}\n`);
  const router = createRouter(await warm(fixture.openStore()));
  for (const batch of [gets(1, 1), gets(1, 1), gets(1)]) {
    const replies = router.answer(batch);
    assertInstanceOf(replies, Uint8Array);
    assertEquals(replies.length, batch.length * (line.length + HEAD_AND_TAIL_BYTES));
  }
});

Deno.test("long lines stand in the order of the commands, between short ones", async () => {
  const long = "x".repeat(SHORT_LINE_MAX_BYTES + 1);
  await using fixture = await TextFixture.create(`one\n${long}\ntwo\n`);
  const commands = [...gets(1, 2, 3, 2, 2), INVALID, ...gets(2, 99)];
  const expected = naiveReplies(`one\n${long}\ntwo\n`, commands);
  for (const isAtHand of [true, false]) {
    const store = fixture.openStore();
    letGo(store, () => !isAtHand);
    assert(await repliesTo(createRouter(store), commands) === expected);
  }
});

Deno.test("of a long line its ends are fetched, where they are not at hand, before it is opened", async () => {
  const long = "x".repeat(SHORT_LINE_MAX_BYTES + 1);
  await using fixture = await TextFixture.create(`one\n${long}\n`);
  const store = await warm(fixture.openStore());
  for (const isAtHand of [true, false]) {
    const done: string[] = [];
    store.reader.isAtHand = () => isAtHand;
    store.reader.fetch = ({ start, end }) => {
      done.push(`fetch ${start} to ${end}`);
      return Promise.resolve();
    };
    const { stream } = LineReader.prototype;
    store.reader.stream = (span) => {
      done.push("open");
      return stream.call(store.reader, span);
    };
    assertEquals(await repliesTo(createRouter(store), gets(2)), `OK\n${long}\n`);
    const end = 4 + long.length + 1;
    assertEquals(done, [...isAtHand ? [] : ["fetch 4 to 5", `fetch ${end - 1} to ${end}`], "open"]);
  }
});

Deno.test("what stands before a long line is handed over before the line is opened", async () => {
  const long = "x".repeat(SHORT_LINE_MAX_BYTES + 1);
  await using fixture = await TextFixture.create(`one\n${long}\n`);
  const store = await warm(fixture.openStore());
  const { stream } = store.reader;
  let opened = 0;
  store.reader.stream = (span) => {
    opened++;
    return stream.call(store.reader, span);
  };
  const pieces = piecesOf(createRouter(store), gets(1, 2));
  assertEquals([await nextText(pieces), opened], ["OK\none\n", 0]);
  assertEquals([await nextText(pieces), opened], ["OK\n", 1]);
  await restOf(pieces);
});

/** Counts how often a piece of a streamed line is asked for. */
function watchStreams(store: LineStore): { readonly asked: number } {
  const watch = { asked: 0 };
  const stream = store.reader.stream.bind(store.reader);
  store.reader.stream = (span) => {
    const { lineBytes, bytes } = stream(span);
    const reader = bytes.getReader();
    const counted = new ReadableStream<Uint8Array>({
      async pull(controller) {
        watch.asked++;
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    }, { highWaterMark: 0 });
    return { lineBytes, bytes: counted };
  };
  return watch;
}

Deno.test("nothing of a long line is read before the client takes it", async () => {
  const long = "x".repeat(300_000);
  await using fixture = await TextFixture.create(`${long}\n`);
  const store = await warm(fixture.openStore());
  const watch = watchStreams(store);
  const pieces = piecesOf(createRouter(store), gets(...Array(64).fill(1)));
  await turn();
  assertEquals(watch.asked, 0);
  assertEquals(await nextText(pieces), "OK\n");
  await turn();
  assertEquals(watch.asked, 0);
  const first = await nextText(pieces);
  await turn();
  assertEquals(watch.asked, 1);
  // Takes the rest, so that no read is under way when the files are closed.
  const rest = await restOf(pieces);
  assert(`OK\n${first}${rest.join("")}` === `OK\n${long}\n`.repeat(64));
});

Deno.test("a line that turns out wrong while it is sent ends the pieces with an error", async () => {
  const long = "x".repeat(2 * SHORT_LINE_MAX_BYTES);
  await using fixture = await TextFixture.create(`${long}\n`);
  const store = await warm(fixture.openStore());
  // As where the guard has just looked.
  store.guard.check = () => {};
  await Deno.writeTextFile(fixture.textPath, `${long.slice(1)}\n\n`);
  const pieces = piecesOf(createRouter(store), gets(1, 1));
  assertEquals(await nextText(pieces), "OK\n");
  await assertRejects(() => pieces.next(), TextError, "line 1");
  assertEquals(await nextText(pieces), "(done)");
});

Deno.test("a long line that cannot be opened gives a server error, and what follows is answered", async () => {
  const long = "x".repeat(2 * SHORT_LINE_MAX_BYTES);
  await using fixture = await TextFixture.create(`one\n${long}\ntwo\n`);
  const store = await warm(fixture.openStore());
  store.reader.stream = () => {
    throw new TextError("the disk failed");
  };
  const found = await repliesTo(createRouter(store), gets(1, 2, 3, 2), gets(1));
  const error = "Server error: the disk failed\n";
  assertEquals(found, `OK\none\n${error}OK\ntwo\n${error}OK\none\n`);
});

Deno.test("quit ends the answering behind what is owed, and what follows is ignored", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 2);
  for (const isWarm of [false, true]) {
    const store = fixture.openStore();
    if (isWarm) await warm(store);
    const router = createRouter(store);
    assertEquals([await repliesTo(router, gets(1)), router.hasEnded], ["OK\nline 1\n", false]);
    const found = await answersTo(router, [get(9), INVALID, QUIT, get(20)], gets(1), [QUIT]);
    assertEquals(found, ["OK\nline 9\nINVALID COMMAND!\n", "", ""]);
    assertEquals(router.hasEnded, true);
  }
});

Deno.test("nothing is fetched for what stands behind quit once that was read", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 2);
  const store = fixture.openStore();
  const asked = watchFinding(store);
  await repliesTo(createRouter(store), [QUIT, ...gets(1, 9)], gets(20));
  assertEquals(asked, []);
});

Deno.test("quit ends the answering behind a long line, and not before that was taken", async () => {
  const long = "x".repeat(SHORT_LINE_MAX_BYTES + 1);
  await using fixture = await TextFixture.create(`${long}\n`);
  const router = createRouter(await warm(fixture.openStore()));
  const pieces = piecesOf(router, [get(1), QUIT, get(1)]);
  assertEquals([await nextText(pieces), router.hasEnded], ["OK\n", false]);
  assert((await restOf(pieces)).join("") === `${long}\n`);
  assertEquals(router.hasEnded, true);
});

Deno.test("quit alone ends the answering, without a reply", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  const router = createRouter(fixture.openStore());
  assertEquals([router.answer([QUIT]), router.hasEnded], [new Uint8Array(0), true]);
});

Deno.test("an allowed shutdown is called once and ends the answering behind what is owed", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 2);
  let calls = 0;
  const router = createRouter(fixture.openStore(), () => calls++);
  const found = await repliesTo(router, [get(1), get(9), SHUTDOWN, SHUTDOWN, get(2)], [SHUTDOWN]);
  assertEquals([found, calls, router.hasEnded], ["OK\nline 1\nOK\nline 9\n", 1, true]);
});

Deno.test("a shutdown that is not allowed is an error, and the answering goes on", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  const router = createRouter(fixture.openStore());
  const found = await repliesTo(router, [get(1), SHUTDOWN, get(2)], [SHUTDOWN], [get(3)]);
  assertEquals(found, "OK\nline 1\nERR\nOK\nline 2\nERR\nOK\nline 3\n");
  assertEquals(router.hasEnded, false);
});

Deno.test("who speaks HTTP may not end the server, and is answered otherwise", async () => {
  await using fixture = await TextFixture.create("one\n");
  let shutdowns = 0;
  const router = createRouter(fixture.openStore(), () => shutdowns++);
  const found = await repliesTo(router, [INVALID, HTTP, SHUTDOWN], [get(1), SHUTDOWN]);
  assertEquals(found, "INVALID COMMAND!\nINVALID COMMAND!\nERR\nOK\none\nERR\n");
  assertEquals(shutdowns, 0);
});

Deno.test("a number that the index does not have is not said to have no line where the text changed", async () => {
  await using fixture = await TextFixture.create("one\n");
  const store = fixture.openStore();
  await Deno.writeTextFile(fixture.textPath, "two\n", { append: true });
  const found = await repliesTo(createRouter(store), [get(2)]);
  assertEquals(found.startsWith("Server error: Text changed: "), true, found);
});

Deno.test("replies that somebody abandoned have no part in those to the next batch", async () => {
  const line = "x".repeat(60_000);
  const long = "y".repeat(300_000);
  await using fixture = await TextFixture.create(`${line}\n${long}\n`);
  for (let taken = 1; taken <= 5; taken++) {
    const router = createRouter(await warm(fixture.openStore()));
    const pieces = piecesOf(router, gets(1, 1, 1, 2, 2, 1));
    for (let i = 0; i < taken; i++) await pieces.next();
    await pieces.return?.();
    assert(await repliesTo(router, gets(1), [INVALID]) === `OK\n${line}\nINVALID COMMAND!\n`);
  }
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
  const [first, ...others] = await answersTo(router, gets(1, 3, 5, 4, 2), gets(3), gets(6));
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
    `it has ${NUMBERED.length + 1} bytes, not ${NUMBERED.length}; start the server again, ` +
    'and if a line was edited, run "linesvr index --force" before';
  const error = `Server error: Text changed: ${fixture.textPath}: ${advice}\n`;
  assertEquals(found, `${error}${error}INVALID COMMAND!\n${error}${error}`);
});

for (const bytes of [3, 100, 300, SHORT_LINE_MAX_BYTES - 1]) {
  Deno.test(`a line of ${bytes} bytes that is none gives a server error, and nothing of it is sent`, async () => {
    const second = "x".repeat(bytes);
    await using fixture = await TextFixture.create(`one\n${second}\nsix\n`);
    const stores = [true, false].map((isAtHand) => {
      // Too little for a block of the text: when one is read, the guard looks again.
      const store = fixture.openStore(TEXT_BLOCK_BYTES / 2);
      // As where the guard has just looked.
      store.guard.check = () => {};
      letGo(store, () => !isAtHand);
      return store;
    });
    await Deno.writeTextFile(fixture.textPath, `one\n${second.slice(2)}\nx\nsix\n`);
    for (const store of stores) {
      const found = await repliesTo(createRouter(store), gets(1, 2, 3));
      assertEquals(
        found.replace(/(fit its index at line 2).*/, "$1 …"),
        "OK\none\nServer error: Text does not fit its index at line 2 …\nOK\nsix\n",
      );
    }
  });
}

Deno.test("an empty text has no line", async () => {
  await using fixture = await TextFixture.create("");
  assertEquals(
    await repliesTo(createRouter(fixture.openStore()), gets(0, 1, 2)),
    "ERR\nERR\nERR\n",
  );
});
