import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { SHORT_LINE_MAX_BYTES } from "../../../src/lines/line_reader.ts";
import type { LineStore } from "../../../src/lines/line_store.ts";
import { lineProtocol } from "../../../src/protocol/line/line_protocol.ts";
import { Exchange } from "../../../src/server/pipeline/exchange.ts";
import { Pipeline } from "../../../src/server/pipeline/pipeline.ts";
import type { ReplyChunk, Router } from "../../../src/server/pipeline/router.ts";
import { TextError } from "../../../src/source/text_error.ts";
import { isPending } from "../../support/pending.ts";
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
} from "../../support/routing.ts";
import { TextFixture } from "../../support/text_fixture.ts";

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** One client of a pipeline. */
interface Client {
  readonly router: Router;
  readonly exchange: Exchange;
  readonly pipeline: Pipeline;
}

function open(store: LineStore, shutDown?: () => void, pipeline = new Pipeline()): Client {
  const router = createRouter(store, shutDown);
  return { router, exchange: new Exchange(lineProtocol("lf").createSplitter(), router), pipeline };
}

/** Feeds a chunk as a connection does: in a buffer that is used again. */
async function feed({ exchange, pipeline }: Client, chunk: string | null): Promise<ReplyChunk> {
  const buffer = chunk === null ? null : encode(chunk);
  exchange.bytes = buffer;
  await pipeline.pass(exchange);
  buffer?.fill(0x39);
  return exchange.replies;
}

/** What a client gets for each chunk, and for the end. */
async function exchange(client: Client, ...chunks: string[]): Promise<string[]> {
  const texts: string[] = [];
  for (const chunk of [...chunks, null]) texts.push(await textOf(await feed(client, chunk)));
  return texts;
}

/** Notes which lines are read, in order. */
function watchReading(store: LineStore): number[] {
  const lines: number[] = [];
  const { readAtHand } = store.reader;
  store.reader.readAtHand = (span) => {
    lines.push(span.line);
    return readAtHand.call(store.reader, span);
  };
  return lines;
}

const LONG = "x".repeat(SHORT_LINE_MAX_BYTES + 1);

/** A line of the numbered text, a long one and a last. */
function textOfLine(line: number): string {
  if (line <= 40) return `line ${line}`;
  return line === 41 ? LONG : "the last";
}

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

Deno.test("what is passed in one turn is answered together, before anybody has the replies", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  const store = await warm(fixture.openStore());
  const pipeline = new Pipeline();
  const read = watchReading(store);
  const fed = ["GET 1\n", "GET 2\n", "GET 3\n"]
    .map((chunk) => feed(open(store, undefined, pipeline), chunk));
  assertEquals(read, []);
  await Promise.race(fed);
  assertEquals(read, [1, 2, 3]);
  await Promise.all(fed);
});

Deno.test("isLoading says that pages or lines are waited for", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  for (const hold of [holdLoading, holdFetching]) {
    const store = fixture.openStore();
    letGo(store);
    const gate = hold(store);
    const client = open(store);
    const text = textOf(await feed(client, "GET 1\n"));
    assert(await isPending(text));
    assert(client.router.isLoading);
    gate.resolve();
    assertEquals(await text, "OK\nline 1\n");
    assertEquals(client.router.isLoading, false);
  }
});

Deno.test("replies are intact until the same client's next chunk, whatever others send", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  const store = await warm(fixture.openStore());
  const pipeline = new Pipeline();
  const [one, other] = [open(store, undefined, pipeline), open(store, undefined, pipeline)];
  const first = await feed(one, "GET 1\n");
  const second = await feed(other, "GET 2\n");
  assertEquals([await textOf(first), await textOf(second)], ["OK\nline 1\n", "OK\nline 2\n"]);
});

Deno.test("each of many clients gets the replies to its own chunks, in their order", async () => {
  await using fixture = await TextFixture.create(`${NUMBERED}${LONG}\nthe last`, 2);
  const stores = [await warm(fixture.openStore()), fixture.openStore(0)];
  letGo(stores[1]!, (line) => line % 2 === 0);
  const plan = fc.array(
    fc.tuple(fc.constantFrom(...stores), fc.array(fc.integer({ min: 1, max: 42 }))),
    { minLength: 2, maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(plan, async (clients) => {
      const pipeline = new Pipeline();
      await Promise.all(clients.map(async ([store, lines]) => {
        const chunks = lines.map((line) => `GET ${line}\n`);
        const texts = await exchange(open(store, undefined, pipeline), ...chunks);
        assert(texts.join("") === lines.map((line) => `OK\n${textOfLine(line)}\n`).join(""));
      }));
    }),
    { numRuns: 60 },
  );
});

Deno.test("a client that waits for the disk, or takes nothing, holds up no other", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  const pipeline = new Pipeline();
  const cold = fixture.openStore();
  letGo(cold);
  const gate = holdFetching(cold);
  const waiting = open(cold, undefined, pipeline);
  const text = textOf(await feed(waiting, "GET 1\n"));
  assert(await isPending(text));
  const other = open(await warm(fixture.openStore()), undefined, pipeline);
  assertEquals(await exchange(other, "GET 2\n"), ["OK\nline 2\n", ""]);
  gate.resolve();
  assertEquals(await text, "OK\nline 1\n");
});

Deno.test("a client whose splitter fails is told so by its replies, and others go on", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  const store = await warm(fixture.openStore());
  const pipeline = new Pipeline();
  const split = () => {
    throw new Error("the splitter is broken");
  };
  const broken = new Exchange({ split, end: split }, createRouter(store));
  const other = open(store, undefined, pipeline);
  for (const chunk of ["GET 1\n", null]) {
    const replies = feed({ exchange: broken, router: createRouter(store), pipeline }, chunk);
    await assertRejects(async () => await textOf(await replies), Error, "the splitter is broken");
    assertEquals(await textOf(await feed(other, "GET 2\n")), "OK\nline 2\n");
  }
});

for (const quit of ["QUIT", "SHUTDOWN"]) {
  Deno.test(`${quit} ends the replies behind what is owed, and what follows is ignored`, async () => {
    await using fixture = await TextFixture.create(NUMBERED, 2);
    for (const isWarm of [false, true]) {
      const store = fixture.openStore();
      if (isWarm) await warm(store);
      else letGo(store);
      const client = open(store, () => {});
      const chunks = ["GET 1\n", `GET 9\nnone\n${quit}\nGET 20\n`, "GET 1\n", "GET 2"];
      const texts = ["OK\nline 1\n", "OK\nline 9\nINVALID COMMAND!\n", "", "", ""];
      assertEquals(await exchange(client, ...chunks), texts);
      assert(client.router.hasEnded);
    }
  });

  Deno.test(`${quit} alone ends the replies, also without LF at the end of the stream`, async () => {
    await using fixture = await TextFixture.create(NUMBERED);
    for (const chunks of [[`${quit}\n`, "GET 1\n"], [quit], [quit.slice(0, 2), quit.slice(2)]]) {
      const client = open(fixture.openStore(), () => {});
      assertEquals((await exchange(client, ...chunks)).join(""), "");
      assert(client.router.hasEnded);
    }
  });

  Deno.test(`${quit} without LF at the end of the stream ends the replies behind what is owed`, async () => {
    await using fixture = await TextFixture.create(`${NUMBERED}${LONG}\n`);
    for (const [command, reply] of [["GET 1", "OK\nline 1\n"], ["GET 41", `OK\n${LONG}\n`]]) {
      for (const chunks of [[`${command}\n${quit}`], [`${command}\n`, quit]]) {
        const client = open(fixture.openStore(), () => {});
        assert((await exchange(client, ...chunks)).join("") === reply);
        assert(client.router.hasEnded);
      }
    }
  });

  Deno.test(`${quit} behind replies in pieces holds when those were taken`, async () => {
    await using fixture = await TextFixture.create(`${LONG}\n`);
    const client = open(await warm(fixture.openStore()), () => {});
    let text = "";
    for await (const piece of piecesIn(await feed(client, `GET 1\n${quit}\nGET 1\n`))) {
      assertEquals(client.router.hasEnded, false);
      text += decode(piece);
    }
    assert(text === `OK\n${LONG}\n`);
    assert(client.router.hasEnded);
  });
}

Deno.test("a line that turns out wrong while it is sent ends its pieces only", async () => {
  const long = "x".repeat(2 * SHORT_LINE_MAX_BYTES);
  await using fixture = await TextFixture.create(`${long}\n`);
  const store = await warm(fixture.openStore());
  // As where the guard has just looked.
  store.guard.check = () => {};
  await Deno.writeTextFile(fixture.textPath, `${long.slice(1)}\n\n`);
  const client = open(store);
  const reply = await feed(client, "GET 1\n");
  assert(!(reply instanceof Uint8Array), "no pieces");
  const pieces = reply[Symbol.asyncIterator]();
  assertEquals(decode((await pieces.next()).value!), "OK\n");
  await assertRejects(() => pieces.next(), TextError, "line 1");
  assertEquals(await exchange(client, "GET 2\n"), ["ERR\n", ""]);
});

Deno.test("a stream that fails answers nobody, and tells everybody", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  const store = await warm(fixture.openStore());
  const pipeline = new Pipeline();
  const clients = [0, 1, 2].map(() => open(store, undefined, pipeline));
  clients[1]!.exchange.answer = () => {
    throw new Error("the stream is broken");
  };
  for (let i = 0; i < 2; i++) {
    const fed = clients.map((client) => feed(client, "GET 1\n"));
    for (const replies of await Promise.all(fed)) {
      await assertRejects(() => textOf(replies), Error, "the stream is broken");
    }
  }
});

Deno.test("a client that breaks off within its pieces leaves the others alone", async () => {
  await using fixture = await TextFixture.create(`${LONG}\n`);
  const store = await warm(fixture.openStore());
  const pipeline = new Pipeline();
  for await (const piece of piecesIn(await feed(open(store, undefined, pipeline), "GET 1\n"))) {
    assertEquals(decode(piece), "OK\n");
    break;
  }
  assertEquals(await exchange(open(store, undefined, pipeline), "GET 2\n"), ["ERR\n", ""]);
});
