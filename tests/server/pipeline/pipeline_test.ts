import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { lineProtocol } from "../../../src/protocol/line/line_protocol.ts";
import type { Protocol } from "../../../src/protocol/protocol.ts";
import { Client } from "../../../src/server/client.ts";
import { Arrivals } from "../../../src/server/pipeline/pipeline.ts";
import { runPipeline } from "../../../src/server/pipeline/pipeline.ts";
import { FLUSH_BYTES } from "../../../src/server/pipeline/reply_sink.ts";
import { Turns } from "../../../src/server/pipeline/pipeline.ts";
import { FakeSocket } from "../../support/e2e_fake_socket.ts";
import { type FakeLine, FakeLines } from "../../support/fake_lines.ts";
import { ManualTimers } from "../../support/manual_timers.ts";
import { inTime, settle, turn } from "../../support/pending.ts";

/** A client of the pipeline: what it sends and receives is up to the test. */
interface Connection {
  readonly socket: FakeSocket;
  readonly client: Client;
}

/** A pipeline over fake lines, with clients that have fake sockets. */
class Stage implements AsyncDisposable {
  readonly lines: FakeLines;
  readonly messages: string[] = [];
  /** How many times a client stopped the server. */
  shutdowns = 0;
  readonly finished: Promise<void>;
  readonly #arrivals = new Arrivals();
  readonly #turns = new Turns();
  readonly #clients: Client[] = [];

  constructor(lines: readonly FakeLine[]) {
    this.lines = new FakeLines(lines);
    this.finished = runPipeline(this.#arrivals.readable, this.lines, () => this.shutdowns++);
  }

  connect(
    { mayShutDown = true, protocol = lineProtocol("lf", 1_000) }: {
      readonly mayShutDown?: boolean;
      readonly protocol?: Protocol;
    } = {},
  ): Connection {
    const socket = new FakeSocket();
    const client = new Client(socket, mayShutDown, {
      protocols: [protocol],
      arrivals: this.#arrivals,
      turns: this.#turns,
      clock: { tick: 0 },
      timers: new ManualTimers(),
      log: (message) => this.messages.push(message),
      onClosed: () => {},
    });
    this.#clients.push(client);
    client.start();
    return { socket, client };
  }

  /** Sends packets as one client that then ends its stream; returns all that it receives. */
  async exchange(...packets: string[]): Promise<string> {
    const { socket } = this.connect();
    socket.arrive(...packets).end();
    await inTime(socket.closed);
    return socket.written;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    await turn();
    this.#arrivals.close();
    await inTime(this.finished);
  }
}

const THREE: readonly FakeLine[] = ["one", "two", "three"];

/** `count` lines of 1,000 bytes. */
function wideLines(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `line ${i + 1}`.padEnd(1000, "."));
}

function getAll(count: number): string {
  return Array.from({ length: count }, (_, i) => `GET ${i + 1}\n`).join("");
}

function repliesTo(lines: readonly string[]): string {
  return lines.map((line) => `OK\n${line}\n`).join("");
}

Deno.test("pipeline answers commands in their order, split anywhere", async () => {
  await using stage = new Stage([...THREE, new Error("the disk failed"), { chunks: ["lo", "ng"] }]);
  const sent = "GET 3\nnone\nGET 1\r\nGET 9\nGET 5\nGET 4\nGET 0\n shutdown now\nGET 2";
  const replies = "OK\nthree\nINVALID COMMAND!\nOK\none\nERR\nOK\nlong\n" +
    "Server error: the disk failed\nERR\nERR\nOK\ntwo\n";
  assertEquals(await stage.exchange(sent), replies);
  assertEquals(await stage.exchange(...sent), replies);
  for (let at = 0; at <= sent.length; at++) {
    assertEquals(
      await stage.exchange(sent.slice(0, at), sent.slice(at)),
      replies,
      `split at ${at}`,
    );
  }
  assertEquals([stage.messages, stage.shutdowns], [[], 0]);
});

Deno.test("pipeline answers nothing to a client that sends nothing", async () => {
  await using stage = new Stage(THREE);
  assertEquals(await stage.exchange(), "");
  assertEquals(await stage.exchange("", ""), "");
  assertEquals(stage.lines.asked, []);
});

Deno.test("pipeline answers all clients of a turn as one batch", async () => {
  await using stage = new Stage(THREE);
  const connections = [stage.connect(), stage.connect(), stage.connect()];
  const askedAtWrite: number[] = [];
  for (const [i, { socket }] of connections.entries()) {
    socket.onWrite = () => askedAtWrite.push(stage.lines.asked.length);
    socket.arrive(`GET ${i + 1}\n`);
  }
  await turn();
  // All were read before the first reply was written.
  assertEquals(askedAtWrite, [3, 3, 3]);
  assertEquals(stage.lines.asked, [[1], [2], [3]]);
  const written = connections.map(({ socket }) => socket.written);
  assertEquals(written, ["OK\none\n", "OK\ntwo\n", "OK\nthree\n"]);
});

Deno.test("pipeline keeps the order of replies around a line that is pending", async () => {
  await using stage = new Stage(THREE);
  stage.lines.hold(2);
  const { socket } = stage.connect();
  socket.arrive("GET 1\nGET 2\nnone\nGET 3\n");
  await turn();
  assertEquals([socket.written, socket.reads], ["OK\none\n", 1]);
  stage.lines.release(2);
  await turn();
  assertEquals(socket.written, "OK\none\nOK\ntwo\nINVALID COMMAND!\nOK\nthree\n");
  assertEquals(socket.reads, 2);
});

Deno.test("pipeline answers other clients while one waits for a line or does not read", async () => {
  await using stage = new Stage(THREE);
  stage.lines.hold(2);
  const [waiting, slow, other] = [stage.connect(), stage.connect(), stage.connect()];
  slow.socket.block();
  for (let round = 1; round <= 3; round++) {
    waiting.socket.arrive("GET 2\n");
    slow.socket.arrive("GET 1\n");
    other.socket.arrive("GET 3\n");
    await turn();
    assertEquals(other.socket.written, "OK\nthree\n".repeat(round));
  }
  // At most one chunk of each client is in the pipeline.
  assertEquals([waiting.socket.reads, slow.socket.reads], [1, 1]);
  assertEquals([waiting.socket.written, slow.socket.written], ["", ""]);
  stage.lines.release(2);
  slow.socket.unblock();
  await settle();
  assertEquals(waiting.socket.written, "OK\ntwo\n".repeat(3));
  assertEquals(slow.socket.written, "OK\none\n".repeat(3));
});

Deno.test("pipeline stops reading lines for a client that does not read its replies", async () => {
  const lines = wideLines(400);
  await using stage = new Stage(lines);
  const { socket } = stage.connect();
  socket.block().arrive(getAll(400)).end();
  await turn();
  const before = stage.lines.delivered;
  assert(before <= 3 * FLUSH_BYTES / 1000, `${before} lines were read`);
  assert(before >= FLUSH_BYTES / 1004, `${before} lines were read`);
  socket.unblock();
  await inTime(socket.closed);
  assert(socket.written === repliesTo(lines));
});

Deno.test("pipeline sends a long line as it is read, between short ones", async () => {
  const chunks = Array.from({ length: 50 }, (_, i) => `chunk ${i} `);
  await using stage = new Stage(["one", { chunks }, "three"]);
  const long = `OK\n${chunks.join("")}\n`;
  const replies = `OK\none\n${long}OK\nthree\n${long}`;
  assertEquals(await stage.exchange("GET 1\nGET 2\nGET 3\nGET 2\n"), replies);
});

Deno.test("pipeline closes the connection if a long line turns out wrong in the middle", async () => {
  await using stage = new Stage(["one", { chunks: ["abc", new Error("File changed")] }]);
  const other = stage.connect();
  assertEquals(await stage.exchange("GET 1\nGET 2\nGET 1\n"), "OK\none\nOK\nabc");
  assertEquals(stage.messages, ["Connection failed: File changed"]);
  other.socket.arrive("GET 1\n");
  await turn();
  assertEquals(other.socket.written, "OK\none\n");
});

Deno.test("pipeline closes the connection of a client whose decoder throws, and no other", async () => {
  await using stage = new Stage(THREE);
  const decoder = {
    decode(): never {
      throw new Error("a bug in the decoder");
    },
  };
  const protocol = { ...lineProtocol("lf", 1_000), open: () => decoder };
  const [broken, other] = [stage.connect({ protocol }), stage.connect()];
  broken.socket.arrive("GET 1\n");
  other.socket.arrive("GET 2\n");
  await turn();
  assertEquals([broken.socket.closes, broken.socket.written], [1, ""]);
  assertEquals([other.socket.closes, other.socket.written], [0, "OK\ntwo\n"]);
  assertEquals(stage.messages, ["Connection failed: a bug in the decoder"]);
});

Deno.test("pipeline closes the connection of a client that speaks no known protocol, and no other", async () => {
  await using stage = new Stage(THREE);
  const protocol: Protocol = { ...lineProtocol("lf", 1_000), detect: () => "no" };
  const [unknown, other] = [stage.connect({ protocol }), stage.connect()];
  unknown.socket.arrive("GET 1\n");
  other.socket.arrive("GET 2\n");
  await turn();
  assertEquals([unknown.socket.closes, unknown.socket.written], [1, ""]);
  assertEquals([other.socket.closes, other.socket.written], [0, "OK\ntwo\n"]);
});

Deno.test("pipeline closes the connection if Lines.read() throws or rejects, and goes on", async () => {
  await using stage = new Stage(THREE);
  stage.lines.bug = new Error("a bug");
  assertEquals(await stage.exchange("GET 1\n"), "");
  stage.lines.bug = undefined;
  stage.lines.hold(2);
  const { socket } = stage.connect();
  socket.arrive("GET 2\n");
  await turn();
  stage.lines.release(2, new Error("another bug"));
  await inTime(socket.closed);
  assertEquals(stage.messages, ["Connection failed: a bug", "Connection failed: another bug"]);
  assertEquals(await stage.exchange("GET 1\n"), "OK\none\n");
});

for (const command of ["QUIT", "SHUTDOWN"]) {
  Deno.test(`pipeline ends the connection at ${command}, after the replies to what came before`, async () => {
    const long = { chunks: ["lo", "ng"] };
    for (
      const [before, replies] of [
        ["", ""],
        ["GET 1\nGET 9\n", "OK\none\nERR\n"],
        ["GET 2\n", "OK\nlong\n"],
        ["GET 3\nGET 1\n", "OK\nthree\nOK\none\n"],
      ] as const
    ) {
      for (
        const chunks of [[`${before}${command}\nGET 1\n`], [before, `${command}\n`, "GET 1\n"]]
      ) {
        await using stage = new Stage(["one", long, "three"]);
        stage.lines.hold(3);
        const { socket } = stage.connect();
        socket.arrive(...chunks);
        await turn();
        stage.lines.release(3);
        await turn();
        assertEquals([socket.written, socket.writeCloses, socket.closes], [replies, 1, 0]);
        assertEquals([socket.unread, stage.shutdowns], [0, command === "SHUTDOWN" ? 1 : 0]);
        socket.arrive("GET 1\n").end();
        await inTime(socket.closed);
        assertEquals(socket.written, replies);
        assertEquals([stage.shutdowns, stage.messages], [command === "SHUTDOWN" ? 1 : 0, []]);
      }
    }
  });

  Deno.test(`pipeline obeys ${command} without a terminator at the end of the stream`, async () => {
    await using stage = new Stage(THREE);
    assertEquals(await stage.exchange(`GET 1\n${command}`), "OK\none\n");
    assertEquals(
      await stage.exchange("GET 1\n", command.slice(0, 2), command.slice(2)),
      "OK\none\n",
    );
    assertEquals(stage.shutdowns, command === "SHUTDOWN" ? 2 : 0);
  });
}

Deno.test("pipeline reads no line after QUIT", async () => {
  await using stage = new Stage(THREE);
  stage.lines.hold(2);
  const { socket } = stage.connect();
  socket.arrive("GET 2\nQUIT\nGET 3\n");
  await turn();
  stage.lines.release(2);
  await turn();
  assertEquals([socket.written, stage.lines.asked], ["OK\ntwo\n", [[2]]]);
});

Deno.test("pipeline refuses SHUTDOWN of a client that may not stop the server, and goes on", async () => {
  await using stage = new Stage(THREE);
  const { socket } = stage.connect({ mayShutDown: false });
  socket.arrive("GET 1\nSHUTDOWN\nGET 2\nSHUTDOWN\n").end();
  await inTime(socket.closed);
  assertEquals([socket.written, stage.shutdowns], ["OK\none\nERR\nOK\ntwo\nERR\n", 0]);
});

Deno.test("pipeline answers what was read of a client before Client.shutDown(), and nothing else", async () => {
  await using stage = new Stage(THREE);
  stage.lines.hold(2);
  const { socket, client } = stage.connect();
  socket.arrive("GET 1\nGET 2\nGET 3\n", "GET 1\n");
  await turn();
  client.shutDown();
  stage.lines.release(2);
  await turn();
  assertEquals(socket.written, "OK\none\nOK\ntwo\nOK\nthree\n");
  assertEquals([socket.writeCloses, socket.closes, socket.unread], [1, 0, 0]);
});

Deno.test("pipeline reads no further line for a client that was closed, and serves others", async () => {
  await using stage = new Stage(THREE);
  stage.lines.hold(2);
  const [{ socket, client }, other] = [stage.connect(), stage.connect()];
  socket.arrive("GET 2\nnone\nGET 3\n");
  await turn();
  client.close();
  stage.lines.release(2);
  await turn();
  assertEquals([socket.written, stage.lines.asked], ["", [[2]]]);
  other.socket.arrive("GET 1\n");
  await turn();
  assertEquals([other.socket.written, stage.messages], ["OK\none\n", []]);
});

Deno.test("pipeline stops reading lines for a client whose socket breaks in the middle of its replies", async () => {
  await using stage = new Stage(wideLines(400));
  const { socket } = stage.connect();
  socket.block().arrive(getAll(400));
  await turn();
  socket.writeError = new Deno.errors.BrokenPipe("pipe");
  socket.unblock();
  await inTime(socket.closed);
  await turn();
  assert(stage.lines.delivered < 300, `${stage.lines.delivered} lines were read`);
  assertEquals(stage.messages, []);
});

Deno.test("pipeline resolves when arrivals end, and rejects if a stage fails", async () => {
  const arrivals = new Arrivals();
  const finished = runPipeline(arrivals.readable, new FakeLines([]), () => {});
  arrivals.close();
  await inTime(finished);

  const broken = new ReadableStream({
    start: (controller) => controller.error(new Error("a bug")),
  });
  await assertRejects(() => runPipeline(broken, new FakeLines([]), () => {}), Error, "a bug");
});

Deno.test("pipeline gives each client the replies to its own commands, whatever others do", async () => {
  const LINES: readonly FakeLine[] = [
    ...Array.from({ length: 8 }, (_, i) => `line ${i + 1}`),
    { chunks: ["a long ", "", "line"] },
    "x".repeat(40_000),
    new Error("the disk failed"),
  ];
  const command = fc.oneof(
    fc.integer({ min: 0, max: 12 }).map((number) => `GET ${number}`),
    fc.constantFrom("none", "get 9", "GET 10"),
  );
  const connection = fc.record({
    commands: fc.array(command, { maxLength: 12 }),
    cuts: fc.array(fc.nat({ max: 100 }), { maxLength: 4 }),
    writeMaxBytes: fc.constantFrom(Infinity, Infinity, 3000),
  });
  const plan = fc.record({
    connections: fc.array(connection, { minLength: 1, maxLength: 6 }),
    held: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ connections, held }) => {
      await using stage = new Stage(LINES);
      stage.lines.hold(...held);
      const sockets = connections.map(({ commands, cuts, writeMaxBytes }) => {
        const { socket } = stage.connect();
        const sent = commands.join("\n");
        const places = cuts.map((at) => at % (sent.length + 1)).sort((a, b) => a - b);
        socket.writeMaxBytes = writeMaxBytes;
        socket.arrive(...[0, ...places].map((from, i) => sent.slice(from, places[i]))).end();
        return socket;
      });
      for (const number of held) {
        await turn();
        stage.lines.release(number);
      }
      for (const [i, socket] of sockets.entries()) {
        await inTime(socket.closed);
        // Not assertEquals: its report of long texts takes very long.
        assert(
          socket.written ===
            connections[i]!.commands.map((text) => naiveReply(LINES, text)).join(""),
        );
      }
    }),
    { numRuns: 30 },
  );
});

function naiveReply(lines: readonly FakeLine[], command: string): string {
  const number = /^get (\d+)$/i.exec(command)?.[1];
  if (number === undefined) return "INVALID COMMAND!\n";
  const line = lines[Number(number) - 1];
  if (line === undefined) return "ERR\n";
  if (line instanceof Error) return `Server error: ${line.message}\n`;
  return `OK\n${typeof line === "string" ? line : line.chunks.join("")}\n`;
}
