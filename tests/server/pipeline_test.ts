import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { SHORT_LINE_MAX_BYTES } from "../../src/lines/line_reader.ts";
import type { LineStore } from "../../src/lines/line_store.ts";
import { lineProtocol } from "../../src/protocol/line_protocol.ts";
import { Pipeline } from "../../src/server/pipeline.ts";
import type { ReplyChunk, Router } from "../../src/server/router.ts";
import { TextError } from "../../src/text/text_error.ts";
import { isPending } from "../support/pending.ts";
import {
  createRouter,
  decode,
  holdFetching,
  holdLoading,
  letGo,
  NUMBERED,
  piecesIn,
  textOf,
  warm,
} from "../support/routing.ts";
import { TextFixture } from "../support/text_fixture.ts";

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A pipeline and its two ends. */
interface Ends {
  readonly router: Router;
  readonly writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly reader: ReadableStreamDefaultReader<ReplyChunk>;
}

function open(store: LineStore, shutDown?: () => void): Ends {
  const router = createRouter(store, shutDown);
  const pipeline = new Pipeline(lineProtocol("lf").createSplitter(), router);
  return { router, writer: pipeline.writable.getWriter(), reader: pipeline.readable.getReader() };
}

/** Feeds a chunk as a connection does: in a buffer that is used again, and the replies asked for first. */
async function feed({ reader, writer }: Ends, chunk: string): Promise<ReplyChunk> {
  const buffer = encode(chunk);
  const reply = reader.read();
  await writer.write(buffer);
  buffer.fill(0x39);
  const { value } = await reply;
  assert(value !== undefined);
  return value;
}

async function feedEnd({ reader, writer }: Ends): Promise<ReplyChunk> {
  const reply = reader.read();
  await writer.close();
  const { value } = await reply;
  assert(value !== undefined);
  return value;
}

/** What a client gets for each chunk, and for the end. */
async function exchange(ends: Ends, ...chunks: string[]): Promise<string[]> {
  const texts: string[] = [];
  for (const chunk of chunks) texts.push(await textOf(await feed(ends, chunk)));
  texts.push(await textOf(await feedEnd(ends)));
  assertEquals((await ends.reader.read()).done, true);
  return texts;
}

async function nextText({ reader }: Ends): Promise<string> {
  const { value, done } = await reader.read();
  return done ? "(done)" : await textOf(value);
}

/** Notes which lines are read, in order. */
function watchReading(store: LineStore): number[] {
  const lines: number[] = [];
  const { readAtHand } = store;
  store.readAtHand = (span) => {
    lines.push(span.line);
    return readAtHand.call(store, span);
  };
  return lines;
}

const LONG = "x".repeat(SHORT_LINE_MAX_BYTES + 1);

Deno.test("a chunk gives one chunk of replies, an empty one where no command ends in it", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  for (const isWarm of [true, false]) {
    const store = fixture.openStore();
    if (isWarm) await warm(store);
    else letGo(store);
    const chunks = ["GET 1\nGE", "", "T 2\n", "GET", " 3", "0\nGET 41\n\n", "GET 4"];
    const expected = [
      "OK\nline 1\n",
      "",
      "OK\nline 2\n",
      "",
      "",
      "OK\nline 30\nERR\nINVALID COMMAND!\n",
      "",
      "OK\nline 4\n",
    ];
    assertEquals(await exchange(open(store), ...chunks), expected);
  }
});

Deno.test("no chunk gives no replies, and neither do empty ones", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  for (const chunks of [[], [""], ["", ""]]) {
    const texts = await exchange(open(fixture.openStore()), ...chunks);
    assertEquals(texts.join(""), "");
  }
});

Deno.test("replies are the same however the bytes are cut and whatever is at hand", async () => {
  await using fixture = await TextFixture.create(`${NUMBERED}${LONG}\nthe last`, 2);
  const bytes = "GET 1\nGET 41\r\nnone\nget 42\nGET 43\n SHUTDOWN \nGET 7\nGET 41\nGET 8";
  const long = `OK\n${LONG}\n`;
  const replies = `OK\nline 1\n${long}INVALID COMMAND!\nOK\nthe last\nERR\nERR\nOK\nline 7\n` +
    `${long}OK\nline 8\n`;
  const stores = [await warm(fixture.openStore()), fixture.openStore(0), fixture.openStore(0)];
  letGo(stores[1]!);
  letGo(stores[2]!, (line) => line % 2 === 0);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...stores),
      fc.uniqueArray(fc.nat({ max: bytes.length }), { maxLength: 5 }),
      async (store, places) => {
        const cuts = places.sort((a, b) => a - b);
        const chunks = [0, ...cuts].map((cut, i) => bytes.slice(cut, cuts[i]));
        const texts = await exchange(open(store), ...chunks);
        // Not `assertEquals`: its report of so much would take for ever.
        assert(texts.join("") === replies);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("write does not resolve while nobody asks for the replies", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  const store = await warm(fixture.openStore());
  const read = watchReading(store);
  const ends = open(store);
  const first = ends.writer.write(encode("GET 1\n"));
  assert(await isPending(first));
  assertEquals(read, [], "nothing is answered before replies are asked for");
  assertEquals(await nextText(ends), "OK\nline 1\n");
  await first;
  const second = ends.writer.write(encode("GET 2\n"));
  assert(await isPending(second));
  assertEquals(read, [1]);
  assertEquals(await nextText(ends), "OK\nline 2\n");
  await second;
  await ends.writer.close();
});

Deno.test("once started, a chunk is answered within the call that writes it, where replies are asked for", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  const store = await warm(fixture.openStore());
  const ends = open(store);
  await feed(ends, "GET 1\n");
  const read = watchReading(store);
  const reply = ends.reader.read();
  const written = ends.writer.write(encode("GET 2\n"));
  assertEquals(read, [2]);
  await Promise.all([reply, written]);
});

Deno.test("isLoading says that pages or lines are waited for", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  for (const hold of [holdLoading, holdFetching]) {
    const store = fixture.openStore();
    letGo(store);
    const gate = hold(store);
    const ends = open(store);
    const text = textOf(await feed(ends, "GET 1\n"));
    assert(await isPending(text));
    assert(ends.router.isLoading);
    gate.resolve();
    assertEquals(await text, "OK\nline 1\n");
    assertEquals(ends.router.isLoading, false);
  }
});

Deno.test("replies are intact until the next are asked for, whatever is written meanwhile", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  const ends = open(await warm(fixture.openStore()));
  const first = await feed(ends, "GET 1\n");
  const second = ends.writer.write(encode("GET 2\n"));
  assert(await isPending(second));
  assertEquals(await textOf(first), "OK\nline 1\n");
  assertEquals(await nextText(ends), "OK\nline 2\n");
  await second;
});

Deno.test("a reader that goes away ends the writing", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  const ends = open(await warm(fixture.openStore()));
  const stuck = ends.writer.write(encode("GET 1\n")).catch(() => "refused");
  const closed = ends.writer.closed.catch(() => "refused");
  await ends.reader.cancel();
  await stuck;
  assertEquals(await ends.writer.write(encode("GET 2\n")).catch(() => "refused"), "refused");
  assertEquals(await closed, "refused");
});

for (const quit of ["QUIT", "SHUTDOWN"]) {
  Deno.test(`${quit} ends the replies behind what is owed, and what follows is ignored`, async () => {
    await using fixture = await TextFixture.create(NUMBERED, 2);
    for (const isWarm of [false, true]) {
      const store = fixture.openStore();
      if (isWarm) await warm(store);
      else letGo(store);
      const ends = open(store, () => {});
      const chunks = ["GET 1\n", `GET 9\nnone\n${quit}\nGET 20\n`, "GET 1\n", "GET 2"];
      const texts = ["OK\nline 1\n", "OK\nline 9\nINVALID COMMAND!\n", "", "", ""];
      assertEquals(await exchange(ends, ...chunks), texts);
      assert(ends.router.hasEnded);
    }
  });

  Deno.test(`${quit} alone ends the replies, also without LF at the end of the stream`, async () => {
    await using fixture = await TextFixture.create(NUMBERED);
    for (const chunks of [[`${quit}\n`, "GET 1\n"], [quit], [quit.slice(0, 2), quit.slice(2)]]) {
      const ends = open(fixture.openStore(), () => {});
      assertEquals((await exchange(ends, ...chunks)).join(""), "");
      assert(ends.router.hasEnded);
    }
  });

  Deno.test(`${quit} without LF at the end of the stream ends the replies behind what is owed`, async () => {
    await using fixture = await TextFixture.create(`${NUMBERED}${LONG}\n`);
    for (const [command, reply] of [["GET 1", "OK\nline 1\n"], ["GET 41", `OK\n${LONG}\n`]]) {
      for (const chunks of [[`${command}\n${quit}`], [`${command}\n`, quit]]) {
        const ends = open(fixture.openStore(), () => {});
        assert((await exchange(ends, ...chunks)).join("") === reply);
        assert(ends.router.hasEnded);
      }
    }
  });

  Deno.test(`${quit} behind replies in pieces holds when those were taken`, async () => {
    await using fixture = await TextFixture.create(`${LONG}\n`);
    const ends = open(await warm(fixture.openStore()), () => {});
    let text = "";
    for await (const piece of piecesIn(await feed(ends, `GET 1\n${quit}\nGET 1\n`))) {
      assertEquals(ends.router.hasEnded, false);
      text += decode(piece);
    }
    assert(text === `OK\n${LONG}\n`);
    assert(ends.router.hasEnded);
  });
}

Deno.test("a line that turns out wrong while it is sent ends its pieces only", async () => {
  const long = "x".repeat(2 * SHORT_LINE_MAX_BYTES);
  await using fixture = await TextFixture.create(`${long}\n`);
  const store = await warm(fixture.openStore());
  // As where the guard has just looked.
  store.checkText = () => {};
  await Deno.writeTextFile(fixture.textPath, `${long.slice(1)}\n\n`);
  const ends = open(store);
  const reply = await feed(ends, "GET 1\n");
  assert(!(reply instanceof Uint8Array), "no pieces");
  const pieces = reply[Symbol.asyncIterator]();
  assertEquals(decode((await pieces.next()).value!), "OK\n");
  await assertRejects(() => pieces.next(), TextError, "line 1");
  assertEquals(await exchange(ends, "GET 2\n"), ["ERR\n", ""]);
});

Deno.test("a consumer that breaks off within the pieces can cancel, and the writing ends", async () => {
  await using fixture = await TextFixture.create(`${LONG}\n`);
  const ends = open(await warm(fixture.openStore()));
  for await (const piece of piecesIn(await feed(ends, "GET 1\n"))) {
    assertEquals(decode(piece), "OK\n");
    break;
  }
  await ends.reader.cancel(new Error("the socket broke"));
  await assertRejects(() => ends.writer.write(encode("GET 1\n")));
});
