import { assert, assertEquals, assertThrows } from "@std/assert";
import { lineProtocol } from "../../src/protocol/line/line_protocol.ts";
import type { Protocol } from "../../src/protocol/protocol.ts";
import {
  Client,
  DELIVERED_AFTER_MS,
  DELIVERED_BYTES_MAX,
  INCOMPLETE_CHUNKS_MAX,
  READ_BYTES,
  TURN_SENT_BYTES,
} from "../../src/server/client.ts";
import { LINGER_MAX_MS, LINGER_MS } from "../../src/server/linger.ts";
import { Turns } from "../../src/server/pipeline/pipeline.ts";
import { TextError } from "../../src/source/text_source.ts";
import { asText, latin1 } from "../support/e2e_bytes.ts";
import { FakeSocket } from "../support/e2e_fake_socket.ts";
import { ManualTimers } from "../support/manual_timers.ts";
import { askedBy } from "../support/protocol_contract.ts";
import { settle, turn } from "../support/pending.ts";

/** A client whose socket, pipeline and clock are the test's. */
class Stage {
  readonly socket = new FakeSocket();
  readonly timers = new ManualTimers();
  readonly turns: Turns;
  readonly clock = { tick: 0 };
  /** What the client sent into the pipeline. */
  readonly arrived: (string | null)[] = [];
  readonly messages: string[] = [];
  /** How many times the client said that it is closed. */
  closed = 0;
  readonly client: Client;

  constructor({ protocols = [lineProtocol("lf", 1_000)], turns = new Turns() }: {
    readonly protocols?: readonly Protocol[];
    readonly turns?: Turns;
  } = {}) {
    this.turns = turns;
    this.client = new Client(this.socket, true, {
      protocols,
      arrivals: {
        push: ({ bytes }) => void this.arrived.push(bytes === null ? null : asText(bytes)),
      },
      turns,
      clock: this.clock,
      timers: this.timers,
      log: (message) => this.messages.push(message),
      onClosed: () => this.closed++,
    });
    this.client.start();
  }

  /** Lets bytes arrive, and waits until they are in the pipeline. */
  async arrive(...packets: (string | Uint8Array)[]): Promise<void> {
    this.socket.arrive(...packets);
    await turn();
  }

  /** Sends replies, and waits until nothing more happens. */
  async send(replies: string | ReadableStream<Uint8Array>): Promise<void> {
    this.client.send(typeof replies === "string" ? latin1(replies) : replies);
    await turn();
  }
}

/** A stream that makes its chunks when they are pulled. */
class Chunks {
  pulls = 0;
  isCancelled = false;
  readonly readable: ReadableStream<Uint8Array>;

  constructor(...chunks: (string | Error)[]) {
    this.readable = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        const chunk = chunks[this.pulls++];
        if (chunk === undefined) controller.close();
        else if (chunk instanceof Error) controller.error(chunk);
        else controller.enqueue(latin1(chunk));
      },
      cancel: () => {
        this.isCancelled = true;
      },
    }, { highWaterMark: 0 });
  }
}

const DISCONNECTS = [
  new Deno.errors.ConnectionReset("reset"),
  new Deno.errors.ConnectionAborted("aborted"),
  new Deno.errors.BrokenPipe("pipe"),
  new Deno.errors.NotConnected("not connected"),
  new Deno.errors.TimedOut("time"),
  new Deno.errors.UnexpectedEof("eof"),
];

Deno.test("Client reads a chunk, and the next one after its replies were written", async () => {
  const { client, socket, ...stage } = new Stage();
  socket.block().arrive("one", "two");
  await turn();
  assertEquals([stage.arrived, socket.reads], [["one"], 1]);
  client.send(latin1("reply"));
  await turn();
  assertEquals([stage.arrived, socket.reads, socket.written], [["one"], 1, ""]);
  socket.unblock();
  await turn();
  assertEquals([stage.arrived, socket.reads, socket.written], [["one", "two"], 2, "reply"]);
  client.close();
});

Deno.test("Client reads at most READ_BYTES at a time", async () => {
  const stage = new Stage();
  await stage.arrive(new Uint8Array(READ_BYTES + 1));
  assertEquals(stage.arrived.map((chunk) => chunk?.length), [READ_BYTES]);
  await stage.send("");
  assertEquals(stage.arrived.map((chunk) => chunk?.length), [READ_BYTES, 1]);
  stage.client.close();
});

Deno.test("Client.send() of no bytes writes nothing and reads on", async () => {
  const stage = new Stage();
  await stage.arrive("GE");
  await stage.send("");
  assertEquals([stage.socket.writes, stage.socket.reads], [0, 2]);
  stage.client.close();
});

Deno.test("Client.send() repeats writes that accept only a part of the bytes", async () => {
  const stage = new Stage();
  stage.socket.writeMaxBytes = 7;
  const bytes = "0123456789".repeat(10);
  await stage.arrive("x");
  await stage.send(bytes);
  assertEquals([stage.socket.written, stage.socket.writes, stage.socket.reads], [bytes, 15, 2]);
  await stage.arrive("x");
  await stage.send(new Chunks(bytes, bytes).readable);
  assertEquals([stage.socket.written, stage.socket.reads], [bytes.repeat(3), 3]);
  stage.client.close();
});

Deno.test("Client.send() of a stream pulls the next chunk after the last one was written", async () => {
  const stage = new Stage();
  await stage.arrive("x");
  const chunks = new Chunks("one ", "", "two ", "three");
  stage.socket.block();
  await stage.send(chunks.readable);
  assertEquals([chunks.pulls, stage.socket.written, stage.socket.reads], [1, "", 1]);
  stage.socket.unblock();
  await turn();
  assertEquals([stage.socket.written, stage.socket.reads], ["one two three", 2]);
  stage.client.close();
});

Deno.test("Client that has ended its stream is closed after the replies, without lingering", async () => {
  const stage = new Stage();
  await stage.arrive("GET 1");
  stage.socket.end();
  await stage.send("one");
  assertEquals(stage.arrived, ["GET 1", null]);
  await stage.send("last");
  assertEquals(stage.socket.written, "onelast");
  assertEquals([stage.socket.writeCloses, stage.socket.closes, stage.closed], [0, 1, 1]);
  assertEquals([stage.timers.pendingCount, stage.messages], [0, []]);
});

Deno.test("Client.end() lets the replies be sent, then closes the writing side and discards what comes", async () => {
  const stage = new Stage();
  await stage.arrive("QUIT\n");
  stage.client.end();
  assert(stage.client.isEnding);
  assertEquals(stage.socket.writeCloses, 0);
  await stage.send("last");
  assertEquals([stage.socket.written, stage.socket.writeCloses], ["last", 1]);
  await stage.arrive("GET 1\n", "GET 2\n");
  assertEquals([stage.arrived, stage.socket.unread, stage.closed], [["QUIT\n"], 0, 0]);
  stage.socket.end();
  await turn();
  assertEquals([stage.socket.closes, stage.closed, stage.timers.pendingCount], [1, 1, 0]);
});

Deno.test("Client.end() after a stream of replies lingers too", async () => {
  const stage = new Stage();
  await stage.arrive("x");
  stage.client.end();
  await stage.send(new Chunks("one", "two").readable);
  assertEquals([stage.socket.written, stage.socket.writeCloses, stage.closed], ["onetwo", 1, 0]);
  stage.client.close();
});

Deno.test("Client.end() after the end of the stream closes without lingering", async () => {
  const stage = new Stage();
  stage.socket.end();
  await turn();
  stage.client.end();
  await stage.send("last");
  assertEquals([stage.socket.written, stage.socket.writeCloses, stage.closed], ["last", 0, 1]);
});

Deno.test("Client that lingers is closed after LINGER_MS if nothing comes", async () => {
  const stage = new Stage();
  stage.client.shutDown();
  await turn();
  stage.timers.advance(LINGER_MS - 1);
  await turn();
  assertEquals(stage.closed, 0);
  stage.timers.advance(1);
  await turn();
  assertEquals(stage.closed, 1);
});

Deno.test("Client that lingers is closed LINGER_MS after its last bytes", async () => {
  const stage = new Stage();
  await stage.arrive("QUIT\n");
  stage.client.end();
  await stage.send("");
  for (let i = 0; i < 3; i++) {
    stage.timers.advance(LINGER_MS - 1);
    await stage.arrive("GET 1\n");
  }
  stage.timers.advance(LINGER_MS - 1);
  await turn();
  assertEquals(stage.closed, 0);
  stage.timers.advance(1);
  await turn();
  assertEquals([stage.closed, stage.socket.closes], [1, 1]);
  assertEquals(stage.messages, []);
});

Deno.test("Client that lingers is closed after LINGER_MAX_MS even if it goes on sending", async () => {
  const stage = new Stage();
  await stage.arrive("QUIT\n");
  stage.client.end();
  await stage.send("");
  for (let ms = 0; ms < LINGER_MAX_MS; ms += LINGER_MS / 2) {
    assertEquals(stage.closed, 0, `after ${ms} ms`);
    stage.timers.advance(LINGER_MS / 2);
    await stage.arrive("x");
  }
  stage.timers.advance(1);
  await stage.arrive("x");
  assertEquals([stage.closed, stage.timers.pendingCount], [1, 0]);
});

Deno.test("Client that may have unread replies lingers until it closes, or LINGER_MAX_MS have passed", async () => {
  for (const end of ["closes", "passes"]) {
    const stage = new Stage();
    await stage.arrive("GET 1\n");
    await stage.send("x".repeat(DELIVERED_BYTES_MAX + 1));
    stage.client.shutDown();
    await stage.arrive("GET 2\n");
    stage.timers.advance(LINGER_MAX_MS - 1);
    await turn();
    assertEquals([stage.socket.writeCloses, stage.closed], [1, 0]);
    if (end === "closes") stage.socket.end();
    else stage.timers.advance(1);
    await turn();
    assertEquals([stage.closed, stage.timers.pendingCount], [1, 0], end);
  }
});

Deno.test("Client whose replies are delivered, because they are few or old, lingers for LINGER_MS", async () => {
  for (const [bytes, ageMs] of [[DELIVERED_BYTES_MAX, 0], [1_000_000, DELIVERED_AFTER_MS + 1]]) {
    const stage = new Stage();
    await stage.arrive("GET 1\n");
    await stage.send("x".repeat(bytes!));
    stage.timers.advance(ageMs!);
    stage.client.shutDown();
    await turn();
    stage.timers.advance(LINGER_MS);
    await turn();
    assertEquals(stage.closed, 1, `${bytes} bytes`);
  }
});

Deno.test("Client counts small replies together, whatever the time between them", async () => {
  const stage = new Stage();
  for (let i = 0; i < 2; i++) {
    await stage.arrive("GET 1\n");
    await stage.send("x".repeat(DELIVERED_BYTES_MAX));
    stage.timers.advance(DELIVERED_AFTER_MS);
  }
  stage.client.shutDown();
  await turn();
  stage.timers.advance(LINGER_MS);
  await turn();
  assertEquals(stage.closed, 0);
  stage.client.close();
});

Deno.test("Client.shutDown() while reading closes the writing side and discards what comes", async () => {
  const stage = new Stage();
  stage.client.shutDown();
  stage.client.shutDown();
  await stage.arrive("GET 1\n", "GET 1\n");
  assertEquals([stage.arrived, stage.socket.unread], [[], 0]);
  assertEquals([stage.socket.writeCloses, stage.closed], [1, 0]);
  stage.socket.end();
  await turn();
  assertEquals([stage.socket.closes, stage.closed], [1, 1]);
});

Deno.test("Client.shutDown() while answering lets the replies be sent, then lingers", async () => {
  for (const when of ["before the replies", "while they are written"]) {
    const stage = new Stage();
    await stage.arrive("GET 1\n");
    if (when === "before the replies") stage.client.shutDown();
    stage.socket.block();
    await stage.send("one");
    if (when !== "before the replies") stage.client.shutDown();
    assertEquals([stage.socket.writeCloses, stage.closed], [0, 0], when);
    stage.socket.unblock();
    await turn();
    assertEquals([stage.socket.written, stage.socket.writeCloses], ["one", 1], when);
    await stage.arrive("GET 2\n");
    assertEquals(stage.arrived, ["GET 1\n"], when);
    stage.client.close();
  }
});

Deno.test("Client.readLast() lets one more chunk be answered, then lingers", async () => {
  const stage = new Stage();
  stage.client.readLast();
  await stage.arrive("GET 1\n");
  await stage.send("one");
  await stage.arrive("GET 2\n");
  assertEquals([stage.arrived, stage.socket.unread], [["GET 1\n"], 0]);
  assertEquals([stage.socket.written, stage.socket.writeCloses, stage.closed], ["one", 1, 0]);
  stage.client.close();
});

Deno.test("Client.send() of nothing reads on at once, at most INCOMPLETE_CHUNKS_MAX times in a row", async () => {
  const stage = new Stage();
  for (let round = 0; round < 2; round++) {
    for (let chunks = 1; chunks <= INCOMPLETE_CHUNKS_MAX; chunks++) {
      await stage.arrive(new Uint8Array(READ_BYTES));
      stage.turns.noteServed("another client");
      const { reads } = stage.socket;
      stage.client.send(latin1(""));
      await turn();
      assertEquals(stage.socket.reads - reads, chunks < INCOMPLETE_CHUNKS_MAX ? 1 : 0, `${chunks}`);
    }
    await settle();
  }
  stage.client.close();
});

Deno.test("Client.shutDown() while it waits for its turn reads no more", async () => {
  const stage = new Stage();
  await stage.arrive(new Uint8Array(READ_BYTES));
  stage.turns.noteServed("another client");
  stage.client.send(latin1("ERR\n"));
  stage.client.shutDown();
  await settle();
  assertEquals([stage.socket.reads - 1, stage.socket.writeCloses], [1, 1]);
  await stage.arrive("GET 1\n");
  assertEquals(stage.arrived.length, 1);
  stage.client.close();
});

Deno.test("Client.shutDown() after the end of the stream closes without lingering", async () => {
  const stage = new Stage();
  stage.socket.end();
  await turn();
  stage.client.shutDown();
  await stage.send("last");
  assertEquals([stage.socket.written, stage.socket.writeCloses, stage.closed], ["last", 0, 1]);
});

Deno.test("Client.close() closes the socket once, whatever the client does", async () => {
  const cases: Record<string, (stage: Stage) => Promise<void> | void> = {
    "reading": () => {},
    "answering": (stage) => stage.arrive("x"),
    "writing": async (stage) => {
      await stage.arrive("x");
      stage.socket.block();
      await stage.send("reply");
    },
    "lingering": (stage) => stage.client.shutDown(),
    "waiting for its turn": async (stage) => {
      await stage.arrive(new Uint8Array(READ_BYTES));
      stage.turns.noteServed("another client");
      stage.client.send(latin1(""));
    },
    "closed": (stage) => stage.client.close(),
  };
  for (const [what, prepare] of Object.entries(cases)) {
    const stage = new Stage();
    await prepare(stage);
    stage.client.close();
    stage.client.close();
    await turn();
    assertEquals([stage.socket.closes, stage.closed, stage.timers.pendingCount], [1, 1, 0], what);
    assertEquals(stage.messages, [], what);
    assert(stage.client.isEnding, what);
    // None of these does anything any more.
    const { reads } = stage.socket;
    await stage.send("");
    await stage.send("late");
    await stage.send(new Chunks("late").readable);
    stage.client.shutDown();
    stage.client.fail(new Error("late"));
    assertEquals([stage.socket.written, stage.closed, stage.messages], ["", 1, []], what);
    assertEquals([stage.socket.reads, stage.socket.closes], [reads, 1], what);
  }
});

Deno.test("Client that is closed cancels the stream of its replies", async () => {
  const stage = new Stage();
  await stage.arrive("x");
  stage.socket.block();
  const chunks = new Chunks("one", "two");
  await stage.send(chunks.readable);
  stage.client.close();
  await turn();
  assertEquals([chunks.isCancelled, chunks.pulls, stage.messages], [true, 1, []]);
});

for (const error of DISCONNECTS) {
  Deno.test(`Client whose socket fails with ${error.name} is closed without a message`, async () => {
    const reading = new Stage();
    reading.socket.fail(error);
    await turn();
    const writing = new Stage();
    writing.socket.writeError = error;
    await writing.arrive("x");
    await writing.send("reply");
    const streaming = new Stage();
    streaming.socket.writeError = error;
    await streaming.arrive("x");
    await streaming.send(new Chunks("reply").readable);
    const ending = new Stage();
    ending.socket.closeWriteError = error;
    ending.client.shutDown();
    await turn();
    const lingering = new Stage();
    await lingering.arrive("x");
    lingering.client.end();
    await lingering.send("");
    lingering.socket.fail(error);
    await turn();
    for (const stage of [reading, writing, streaming, ending, lingering]) {
      assertEquals([stage.socket.closes, stage.closed, stage.messages], [1, 1, []]);
    }
  });
}

Deno.test("Client whose socket fails otherwise is closed with a message", async () => {
  for (const replies of ["reply", new Chunks("reply").readable]) {
    const stage = new Stage();
    stage.socket.writeError = new Error("out of order");
    await stage.arrive("x");
    await stage.send(replies);
    assertEquals([stage.closed, stage.messages], [1, ["Connection failed: out of order"]]);
  }
});

Deno.test("Client whose stream of replies fails sends what came before, and is closed", async () => {
  const stage = new Stage();
  await stage.arrive("x");
  await stage.send(new Chunks("OK\n", "some", new TextError("File changed")).readable);
  assertEquals([stage.socket.written, stage.socket.closes], ["OK\nsome", 1]);
  assertEquals(stage.messages, ["Closed a connection: File changed"]);
});

Deno.test("Client.fail() closes the connection and logs what is no disconnect, once", () => {
  for (
    const [thrown, messages] of [
      [new Error("a bug"), ["Connection failed: a bug"]],
      ["a bug", ["Connection failed: a bug"]],
      [new Deno.errors.BrokenPipe("pipe"), []],
    ] as const
  ) {
    const stage = new Stage();
    stage.client.fail(thrown);
    stage.client.fail(thrown);
    assertEquals([stage.closed, stage.messages], [1, [...messages]]);
  }
});

Deno.test("Client.isIdle() counts from the last byte that was read or written", async () => {
  const stage = new Stage();
  const isIdle = () => stage.client.isIdle(3);
  stage.clock.tick = 3;
  assert(!isIdle(), "reading for 3 ticks");
  stage.clock.tick = 4;
  assert(isIdle(), "reading for 4 ticks");
  await stage.arrive("x");
  assert(!isIdle(), "has just sent something");
  stage.clock.tick = 100;
  assert(!isIdle(), "the client waits for the server");
  stage.socket.block();
  stage.client.send(latin1("reply"));
  assert(isIdle(), "reads nothing");
  stage.socket.unblock();
  await turn();
  assert(!isIdle(), "has just read something");
  stage.clock.tick = 104;
  assert(isIdle(), "reading again");
  stage.client.close();
  assert(!isIdle(), "closed");
});

Deno.test("Client.isIdle() counts again after each part of a write", async () => {
  for (const asStream of [false, true]) {
    const stage = new Stage();
    stage.socket.writeMaxBytes = 2;
    await stage.arrive("x");
    stage.socket.block();
    await stage.send(asStream ? new Chunks("abcd").readable : "abcd");
    stage.clock.tick = 10;
    assert(stage.client.isIdle(3));
    stage.socket.unblock();
    stage.socket.block();
    await turn();
    assertEquals(stage.socket.written, "ab");
    assert(!stage.client.isIdle(3));
    stage.clock.tick = 14;
    assert(stage.client.isIdle(3));
    stage.client.close();
    await turn();
  }
});

Deno.test("Client.isIdle() is false while the next chunk of a stream is not there", async () => {
  const stage = new Stage();
  await stage.arrive("x");
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  await stage.send(readable);
  writer.write(latin1("one"));
  await turn();
  stage.clock.tick = 100;
  assertEquals([stage.socket.written, stage.client.isIdle(3)], ["one", false]);
  await writer.close();
  await turn();
  assert(stage.client.isIdle(3), "it is the client's turn again");
  stage.client.close();
});

Deno.test("Client whose read filled the buffer waits for the next turn if another one was served", async () => {
  const stage = new Stage();
  stage.socket.arrive(new Uint8Array(READ_BYTES), new Uint8Array(READ_BYTES));
  await turn();
  stage.turns.noteServed("another client");
  stage.socket.onWrite = () => stage.turns.noteServed("another client");
  stage.client.send(latin1("ERR\n"));
  await Promise.resolve();
  await Promise.resolve();
  assertEquals([stage.socket.writes, stage.socket.reads], [1, 1]);
  await settle();
  assertEquals(stage.socket.reads, 2);
  // It is alone now.
  stage.socket.onWrite = undefined;
  await stage.send("ERR\n");
  assertEquals(stage.socket.reads, 3);
  stage.client.close();
});

Deno.test("Client whose read did not fill the buffer reads on at once", async () => {
  const stage = new Stage();
  await stage.arrive(new Uint8Array(READ_BYTES - 1));
  stage.turns.noteServed("another client");
  stage.client.send(latin1(""));
  assertEquals(stage.socket.reads, 2);
  stage.client.close();
});

Deno.test("Client sends a short stream without waiting for a turn while others are served", async () => {
  const stage = new Stage();
  await stage.arrive("x");
  const { socket, turns } = stage;
  socket.onWrite = () => turns.noteServed("another client");
  stage.client.send(new Chunks("OK\n", "a line\n").readable);
  await turn();
  assertEquals([socket.writes, socket.reads], [2, 2]);
  stage.client.close();
});

Deno.test("Client sends TURN_SENT_BYTES of a stream a turn while others are served", async () => {
  const stage = new Stage();
  await stage.arrive("x");
  const { socket, turns } = stage;
  socket.onWrite = () => turns.noteServed("another client");
  stage.client.send(new Chunks(...Array<string>(20).fill("x".repeat(TURN_SENT_BYTES))).readable);
  for (let count = 1; count <= 10; count++) {
    await turn();
    assert(socket.writes <= count + 1, `${socket.writes} writes in ${count} turns`);
  }
  assert(socket.writes >= 5, `${socket.writes} writes`);
  // It is alone from the next turn on.
  socket.onWrite = undefined;
  await turn();
  await turn();
  assertEquals([socket.writes, socket.reads], [20, 2]);
  stage.client.close();
});

/** Accepts connections that begin with a word, and needs all of it. */
function wordProtocol(word: string): Protocol {
  return {
    ...lineProtocol("crlf", 1_000),
    name: word,
    detect(head) {
      const text = asText(head);
      if (text.startsWith(word)) return "yes";
      return word.startsWith(text) ? "need more" : "no";
    },
  };
}

Deno.test("Client.decode() gives all bytes to the protocol that accepts the first ones", () => {
  const protocols = [wordProtocol("GET 1"), lineProtocol("lf", 1_000)];
  for (
    const [chunks, asked] of [
      [["GET 1\n"], [1]],
      [["G", "ET", " 12\nGET", " 5\n", null], [12, 5]],
      [["G", "ET", " 2\nGET", " 5\n", null], [2, 5]],
      // The end of the stream ends the waiting for a word, and the last command.
      [["GET ", null], [{ reply: "INVALID COMMAND!\n" }]],
      [["GET 7", null], [7]],
      [["", "G", "", "ET 1", null], [1]],
      [[null], []],
      [["", null], []],
    ] as const
  ) {
    const { client } = new Stage({ protocols });
    const found = chunks.flatMap((chunk) =>
      askedBy(client.decode(chunk === null ? null : latin1(chunk)))
    );
    assertEquals(found, [...asked], JSON.stringify(chunks));
    client.close();
  }
});

Deno.test("Client.replies are encoded by the protocol that was detected", () => {
  const protocols = [wordProtocol("GET 1"), lineProtocol("lf", 1_000)];
  for (const [sent, reply] of [["GET 1\n", "ERR\r\n"], ["GET 2\n", "ERR\n"]] as const) {
    const { client } = new Stage({ protocols });
    for (const request of client.decode(latin1(sent))) {
      if (request.kind === "lines") client.replies.encoder = request.encoder;
    }
    client.replies.missing();
    assertEquals(asText(client.replies.take()), reply);
    client.close();
  }
});

Deno.test("Client.decode() throws if no protocol accepts the first bytes", () => {
  const { client } = new Stage({ protocols: [wordProtocol("GET 1")] });
  assertEquals(client.decode(latin1("GE")), []);
  assertThrows(() => client.decode(latin1("X")), Error, "Unknown protocol");
  client.close();
});
