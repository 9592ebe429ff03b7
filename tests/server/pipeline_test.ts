import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
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
  loadPagesOf,
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

/** Feeds chunks as a connection does: all in one buffer, and what follows the end is refused. */
async function feed(
  { writer }: Ends,
  chunks: readonly string[],
): Promise<"taken" | "refused"> {
  const buffer = new Uint8Array(4096);
  try {
    for (const chunk of chunks) {
      const { written } = new TextEncoder().encodeInto(chunk, buffer);
      await writer.write(buffer.subarray(0, written));
      buffer.fill(0x39);
    }
    await writer.close();
    return "taken";
  } catch (error) {
    assertInstanceOf(error, TypeError);
    await writer.closed.catch(() => {});
    return "refused";
  }
}

/** What a client gets, chunk by chunk, and what became of the chunks that it sent. */
async function exchange(
  ends: Ends,
  ...chunks: string[]
): Promise<{ texts: string[]; fed: "taken" | "refused" }> {
  const fed = feed(ends, chunks);
  const texts: string[] = [];
  for (let next = await ends.reader.read(); !next.done; next = await ends.reader.read()) {
    const text = await textOf(next.value);
    // It may turn out only as they are taken that there are no pieces.
    if (next.value instanceof Uint8Array || text !== "") texts.push(text);
  }
  return { texts, fed: await fed };
}

async function nextText({ reader }: Ends): Promise<string> {
  const { value, done } = await reader.read();
  return done ? "(done)" : await textOf(value);
}

async function nextPieces({ reader }: Ends): Promise<AsyncIterator<Uint8Array>> {
  const { value } = await reader.read();
  assert(value !== undefined && !(value instanceof Uint8Array), "no pieces");
  return value[Symbol.asyncIterator]();
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

Deno.test("a chunk gives one chunk of replies, and none where no command ends in it", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  for (const isWarm of [true, false]) {
    const store = fixture.openStore();
    if (isWarm) await warm(store);
    else letGo(store);
    const chunks = ["GET 1\nGE", "", "T 2\n", "GET", " 3", "0\nGET 41\n\n", "GET 4"];
    const { texts, fed } = await exchange(open(store), ...chunks);
    const expected = [
      "OK\nline 1\n",
      "OK\nline 2\n",
      "OK\nline 30\nERR\nINVALID COMMAND!\n",
      "OK\nline 4\n",
    ];
    assertEquals([texts, fed], [expected, "taken"]);
  }
});

Deno.test("no chunk gives no replies, and neither do empty ones", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  for (const chunks of [[], [""], ["", ""]]) {
    const found = await exchange(open(fixture.openStore()), ...chunks);
    assertEquals(found, { texts: [], fed: "taken" });
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
        const { texts } = await exchange(open(store), ...chunks);
        // Not `assertEquals`: its report of so much would take for ever.
        assert(texts.join("") === replies);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("write does not resolve while nobody takes the replies", async () => {
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

Deno.test("write does not resolve while not all pieces were taken", async () => {
  await using fixture = await TextFixture.create(`${LONG}\nshort\n`);
  const ends = open(await warm(fixture.openStore()));
  const written = ends.writer.write(encode("GET 1\nGET 2\n"));
  const pieces = await nextPieces(ends);
  let text = "";
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
    assert(await isPending(written));
    text += decode(next.value);
  }
  await written;
  assert(text === `OK\n${LONG}\nOK\nshort\n`);
  await ends.writer.close();
});

Deno.test("write does not resolve while pages or lines are waited for", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  for (const hold of [holdLoading, holdFetching]) {
    const store = fixture.openStore();
    letGo(store);
    const gate = hold(store);
    const ends = open(store);
    const text = nextText(ends);
    const cold = ends.writer.write(encode("GET 1\n"));
    assert(await isPending(cold));
    assert(ends.router.isLoading);
    gate.resolve();
    await cold;
    assertEquals(await text, "OK\nline 1\n");
    assertEquals(ends.router.isLoading, false);
    await ends.writer.close();
  }
});

Deno.test("a chunk in memory waits behind one that is not", async () => {
  await using fixture = await TextFixture.create(NUMBERED, 2);
  const store = fixture.openStore();
  await loadPagesOf(store, 1);
  store.readAtHand = (span) => store.read(span);
  const gate = holdLoading(store);
  const ends = open(store);
  const fed = feed(ends, ["GET 1\n", "GET 9\n", "GET 2\n"]);
  assertEquals(await nextText(ends), "OK\nline 1\n");
  const cold = nextText(ends);
  const behind = cold.then(() => nextText(ends));
  assert(await isPending(cold));
  assert(ends.router.isLoading);
  gate.resolve();
  assertEquals([await cold, await behind], ["OK\nline 9\n", "OK\nline 2\n"]);
  assertEquals([ends.router.isLoading, await fed], [false, "taken"]);
});

Deno.test("replies are intact until the next are asked for, whatever is written meanwhile", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  const ends = open(await warm(fixture.openStore()));
  const fed = feed(ends, ["GET 1\n", "GET 2\n", "GET 3\n"]);
  for (const line of [1, 2, 3]) {
    const { value } = await ends.reader.read();
    assertInstanceOf(value, Uint8Array);
    // Lets whatever is written be answered, if it can be.
    await isPending(fed);
    assertEquals(decode(value), `OK\nline ${line}\n`);
  }
  assertEquals([await nextText(ends), await fed], ["(done)", "taken"]);
});

Deno.test("replies are intact until the next are asked for where the end of the stream ends a command", async () => {
  await using fixture = await TextFixture.create(NUMBERED);
  const ends = open(await warm(fixture.openStore()));
  const fed = feed(ends, ["GET 1\nGET 2"]);
  const { value } = await ends.reader.read();
  assertInstanceOf(value, Uint8Array);
  await isPending(fed);
  assertEquals(decode(value), "OK\nline 1\n");
  assertEquals([await nextText(ends), await nextText(ends)], ["OK\nline 2\n", "(done)"]);
  assertEquals(await fed, "taken");
});

Deno.test("a consumer that goes away is not waited for at the end of the stream", async () => {
  await using fixture = await TextFixture.create(`short\n${LONG}\n`);
  const ends = open(await warm(fixture.openStore()));
  const fed = feed(ends, ["GET 1\nGET 2"]);
  assertEquals(await nextText(ends), "OK\nshort\n");
  await isPending(fed);
  const cancelled = ends.reader.cancel(new Error("the socket broke"));
  assertEquals([await isPending(cancelled), await isPending(fed)], [false, false]);
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
      const chunks = ["GET 1\n", `GET 9\nnone\n${quit}\nGET 20\n`, "GET 1\n", "GET 2\n"];
      const found = await exchange(ends, ...chunks);
      const texts = ["OK\nline 1\n", "OK\nline 9\nINVALID COMMAND!\n"];
      assertEquals(found, { texts, fed: "refused" });
      assert(ends.router.hasEnded);
    }
  });

  Deno.test(`${quit} alone ends the replies, also without LF at the end of the stream`, async () => {
    await using fixture = await TextFixture.create(NUMBERED);
    for (const chunks of [[`${quit}\n`, "GET 1\n"], [quit], [quit.slice(0, 2), quit.slice(2)]]) {
      const ends = open(fixture.openStore(), () => {});
      assertEquals((await exchange(ends, ...chunks)).texts, []);
      assert(ends.router.hasEnded);
    }
  });

  Deno.test(`${quit} without LF at the end of the stream ends the replies behind what is owed`, async () => {
    await using fixture = await TextFixture.create(`${NUMBERED}${LONG}\n`);
    for (const [command, reply] of [["GET 1", "OK\nline 1\n"], ["GET 41", `OK\n${LONG}\n`]]) {
      for (const chunks of [[`${command}\n${quit}`], [`${command}\n`, quit]]) {
        const ends = open(fixture.openStore(), () => {});
        const { texts, fed } = await exchange(ends, ...chunks);
        assert(texts.join("") === reply);
        assertEquals([fed, ends.router.hasEnded], ["taken", true]);
      }
    }
  });

  Deno.test(`${quit} behind replies in pieces ends them when those were taken`, async () => {
    await using fixture = await TextFixture.create(`${LONG}\n`);
    const ends = open(await warm(fixture.openStore()), () => {});
    const fed = feed(ends, [`GET 1\n${quit}\nGET 1\n`, "GET 1\n"]);
    const pieces = await nextPieces(ends);
    const end = ends.reader.read();
    let text = "";
    for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
      assert(await isPending(end));
      text += decode(next.value);
    }
    assert(text === `OK\n${LONG}\n`);
    assertEquals([(await end).done, ends.router.hasEnded, await fed], [true, true, "refused"]);
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
  const fed = feed(ends, ["GET 1\n", "GET 2\n"]);
  const pieces = await nextPieces(ends);
  assertEquals(decode((await pieces.next()).value!), "OK\n");
  await assertRejects(() => pieces.next(), TextError, "line 1");
  assertEquals([await nextText(ends), await nextText(ends)], ["ERR\n", "(done)"]);
  assertEquals(await fed, "taken");
});

for (const taken of [0, 1, 2, 3]) {
  Deno.test(`pieces that are abandoned when ${taken} were taken do not hold up what follows`, async () => {
    await using fixture = await TextFixture.create(`${LONG}\nshort\n`);
    const ends = open(await warm(fixture.openStore()));
    const abandoned = ends.writer.write(encode("GET 1\nGET 1\n"));
    const pieces = await nextPieces(ends);
    for (let i = 0; i < taken; i++) await pieces.next();
    await pieces.return!();
    assertEquals(await isPending(abandoned), false);
    const written = ends.writer.write(encode("GET 2\n"));
    assertEquals(await nextText(ends), "OK\nshort\n");
    await written;
    await ends.writer.close();
  });
}

Deno.test("a consumer that breaks off within the pieces can cancel, and the writing ends", async () => {
  await using fixture = await TextFixture.create(`${LONG}\n`);
  const ends = open(await warm(fixture.openStore()));
  const fed = feed(ends, ["GET 1\n", "GET 1\n"]).catch(() => "failed");
  const { value } = await ends.reader.read();
  for await (const piece of piecesIn(value!)) {
    assertEquals(decode(piece), "OK\n");
    break;
  }
  await ends.reader.cancel(new Error("the socket broke"));
  assertEquals(await isPending(fed), false);
});
