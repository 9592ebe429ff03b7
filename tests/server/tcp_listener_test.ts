import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { lineProtocol } from "../../src/protocol/line/line_protocol.ts";
import { READ_BYTES } from "../../src/server/client.ts";
import { ListenError } from "../../src/server/listener.ts";
import {
  type ListenAddress,
  type ShutdownPolicy,
  TcpListener,
  type TcpListenerOptions,
} from "../../src/server/tcp_listener.ts";
import { SharedSemaphore } from "../../src/server/workers/shared_semaphore.ts";
import { assertSameBytes, asText, concatBytes } from "../support/e2e_bytes.ts";
import { Client } from "../support/e2e_client.ts";
import type { FakeSocket } from "../support/e2e_fake_socket.ts";
import { type FakeLine, FakeLines } from "../support/fake_lines.ts";
import { FakeListeningSocket } from "../support/fake_listening_socket.ts";
import { ManualTimers } from "../support/manual_timers.ts";
import { inTime, isPending, settle, turn } from "../support/pending.ts";

function permitsFor(connections: number): SharedSemaphore {
  return new SharedSemaphore(SharedSemaphore.allocate(connections, 1), 0);
}

/** What all listeners of these tests have; it listens on a free port. */
function optionsFor(
  lines: FakeLines,
  messages: string[],
  options: Partial<TcpListenerOptions>,
): TcpListenerOptions {
  return {
    lines,
    protocols: [lineProtocol("lf", 1_000)],
    hostname: "127.0.0.1",
    port: 0,
    reusePort: false,
    permits: permitsFor(100),
    idleTimeoutMs: 0,
    shutdownPolicy: "loopback",
    log: (message) => messages.push(message),
    onShutdown: () => {},
    ...options,
  };
}

/** A listener over fake sockets, with timers that the test advances. */
class Stage implements AsyncDisposable {
  readonly lines: FakeLines;
  readonly sockets = new FakeListeningSocket();
  readonly timers = new ManualTimers();
  readonly messages: string[] = [];
  /** How many times the listener said that a shutdown began. */
  shutdowns = 0;
  readonly listener: TcpListener;

  constructor(
    options: Partial<TcpListenerOptions> = {},
    lines: readonly FakeLine[] = ["one", "two"],
  ) {
    this.lines = new FakeLines(lines);
    this.listener = new TcpListener(optionsFor(this.lines, this.messages, {
      listen: () => this.sockets,
      timers: this.timers,
      onShutdown: () => this.shutdowns++,
      ...options,
    }));
  }

  async connect(hostname?: string): Promise<FakeSocket> {
    const socket = this.sockets.connect(hostname);
    await settle();
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.listener.shutDown();
    await inTime(this.listener.stoppedListening);
    // Ends the waiting for clients that linger or that are never answered.
    for (let i = 0; i < 2; i++) {
      await turn();
      this.timers.advance(20_000);
    }
    await inTime(this.listener.finished);
    assertEquals(this.timers.pendingCount, 0);
  }
}

Deno.test("TcpListener serves each connection, and tells its address", async () => {
  await using stage = new Stage();
  assertEquals(stage.listener.address, { name: "tcp", hostname: "127.0.0.1", port: 1234 });
  const sockets = [await stage.connect(), await stage.connect()];
  for (const [i, socket] of sockets.entries()) socket.arrive(`GET ${i + 1}\n`);
  await turn();
  assertEquals(sockets.map(({ written }) => written), ["OK\none\n", "OK\ntwo\n"]);
  assertEquals(sockets.map(({ noDelays, keepAlives }) => [noDelays, keepAlives]), [[1, 1], [1, 1]]);
});

Deno.test("TcpListener passes its address on to `listen`, and wraps its error", () => {
  const addresses: ListenAddress[] = [];
  const listen = (address: ListenAddress) => {
    addresses.push(address);
    throw new Deno.errors.AddrInUse("in use");
  };
  const error = assertThrows(
    () => new Stage({ hostname: "::1", port: 5, reusePort: true, listen }),
    ListenError,
    "Cannot listen on [::1]:5 (the port is in use). Choose another one with --port, or 0 for a free one.",
  );
  assert(error.cause instanceof Deno.errors.AddrInUse);
  assertEquals(addresses, [{ hostname: "::1", port: 5, reusePort: true }]);
});

Deno.test("TcpListener accepts only as many connections as there are permits", async () => {
  await using stage = new Stage({ permits: permitsFor(2) });
  const [first, second, third] = [
    await stage.connect(),
    await stage.connect(),
    await stage.connect(),
  ];
  assertEquals([first.reads, second.reads, third.reads], [1, 1, 0]);
  assertEquals(stage.sockets.accepts, 2);
  first.end();
  await settle();
  assertEquals([first.closes, third.reads], [1, 1]);
});

Deno.test("TcpListener serves an accepted connection when a permit that others share is released", async () => {
  const memory = SharedSemaphore.allocate(1, 2);
  const other = new SharedSemaphore(memory, 1);
  await using stage = new Stage({ permits: new SharedSemaphore(memory, 0) });
  await turn();
  // A permit was free when the listener began to wait for a connection.
  assert(await other.acquire());
  const socket = await stage.connect();
  assertEquals(socket.reads, 0);
  other.release();
  socket.arrive("GET 1\n");
  await inTime(socket.writing);
  await turn();
  assertEquals(socket.written, "OK\none\n");
});

Deno.test("TcpListener.shutDown() closes an accepted connection that waits for a permit", async () => {
  const memory = SharedSemaphore.allocate(1, 2);
  await using stage = new Stage({ permits: new SharedSemaphore(memory, 0) });
  await turn();
  assert(await new SharedSemaphore(memory, 1).acquire());
  const socket = await stage.connect();
  stage.listener.shutDown();
  await inTime(stage.listener.finished);
  assertEquals([socket.closes, socket.reads], [1, 0]);
});

Deno.test("TcpListener.shutDown() finishes at once without clients, and doing so twice does nothing", async () => {
  await using stage = new Stage();
  assert(await isPending(stage.listener.finished));
  stage.listener.shutDown();
  stage.listener.shutDown();
  await inTime(stage.listener.finished);
  assertEquals([stage.sockets.closes, stage.shutdowns, stage.messages], [1, 1, []]);
});

Deno.test("TcpListener.finished leaves no connection open that is accepted as the shutdown begins", async () => {
  for (let microtasks = 0; microtasks < 20; microtasks++) {
    await using stage = new Stage();
    await turn();
    stage.sockets.connect().end();
    for (let i = 0; i < microtasks; i++) await Promise.resolve();
    stage.listener.shutDown();
    await stage.listener.finished;
    for (const { closes } of stage.sockets.accepted) {
      assertEquals(closes, 1, `${microtasks} microtasks`);
    }
  }
});

Deno.test("TcpListener.shutDown() answers what was read, then closes each connection", async () => {
  await using stage = new Stage();
  stage.lines.hold(2);
  const [answering, reading, slow] = [
    await stage.connect(),
    await stage.connect(),
    await stage.connect(),
  ];
  answering.arrive("GET 1\nGET 2\n");
  slow.block().arrive("GET 1\n");
  await settle();
  stage.listener.shutDown();
  await stage.listener.stoppedListening;
  await settle();
  assertEquals([answering.writeCloses, reading.writeCloses, slow.writeCloses], [0, 1, 0]);
  stage.lines.release(2);
  slow.unblock();
  await settle();
  assertEquals([answering.written, slow.written], ["OK\none\nOK\ntwo\n", "OK\none\n"]);
  for (const socket of [answering, reading, slow]) {
    assertEquals([socket.writeCloses, socket.closes], [1, 0]);
    assert(await isPending(stage.listener.finished));
    socket.end();
  }
  await inTime(stage.listener.finished);
  assertEquals([answering.closes, reading.closes, slow.closes], [1, 1, 1]);
  assertEquals(stage.messages, []);
});

Deno.test("TcpListener.close() closes every connection at once, whatever it waits for", async () => {
  await using stage = new Stage();
  stage.lines.hold(2);
  const [idle, slow, answering] = [
    await stage.connect(),
    await stage.connect(),
    await stage.connect(),
  ];
  slow.block().arrive("GET 1\n");
  answering.arrive("GET 2\n");
  await settle();
  stage.listener.close();
  stage.listener.close();
  await inTime(stage.listener.finished);
  assertEquals([idle.closes, slow.closes, answering.closes, stage.sockets.closes], [1, 1, 1, 1]);
  assertEquals([stage.shutdowns, stage.messages], [1, []]);
  stage.lines.release(2);
});

Deno.test("TcpListener.shutDown() accepts and answers the clients that wait to be accepted, then stops listening", async () => {
  await using stage = new Stage();
  const sockets = Array.from({ length: 50 }, () => stage.sockets.connect().arrive("GET 1\n").end());
  stage.listener.shutDown();
  await inTime(stage.listener.stoppedListening);
  await inTime(stage.listener.finished);
  assertEquals(sockets.map(({ written }) => written), sockets.map(() => "OK\none\n"));
});

Deno.test("TcpListener.shutDown() stops listening even if clients connect all the time", async () => {
  await using stage = new Stage();
  const timer = setInterval(() => stage.sockets.connect().end(), 0);
  stage.listener.shutDown();
  await inTime(stage.listener.stoppedListening).finally(() => clearInterval(timer));
});

Deno.test("TcpListener whose pipeline fails closes its sockets and rejects `finished`", async () => {
  const failing = {
    count: 1,
    files: [],
    read: () => {
      throw new Error("unused");
    },
    range: () => Promise.reject(new Error("unused")),
  };
  // A client whose failure cannot be handled fails the stage, not only itself.
  const stage = new Stage({
    lines: failing,
    log: () => {
      throw new Error("broken");
    },
  });
  const [one, other] = [await stage.connect(), await stage.connect()];
  one.arrive("GET 1\n");
  await assertRejects(() => inTime(stage.listener.finished), Error, "broken");
  assertEquals([one.closes, other.closes, stage.sockets.closes], [1, 1, 1]);
});

Deno.test("TcpListener disconnects a client that is silent for longer than the idle timeout", async () => {
  await using stage = new Stage({ idleTimeoutMs: 4000 });
  const [silent, active] = [await stage.connect(), await stage.connect()];
  for (let second = 1; second <= 8; second++) {
    active.arrive("GET 1\n");
    await turn();
    stage.timers.advance(1000);
    assertEquals(silent.closes, second > 4 ? 1 : 0, `after ${second} s`);
  }
  assertEquals([active.closes, active.written], [0, "OK\none\n".repeat(8)]);
  assertEquals(stage.messages, []);
});

Deno.test("TcpListener disconnects a client that reads nothing for longer than the idle timeout", async () => {
  await using stage = new Stage({ idleTimeoutMs: 100 });
  const socket = await stage.connect();
  socket.block().arrive("GET 1\n");
  await turn();
  stage.timers.advance(100);
  assertEquals(socket.closes, 0);
  stage.timers.advance(25);
  assertEquals(socket.closes, 1);
});

Deno.test("TcpListener does not disconnect a client that waits for its replies", async () => {
  await using stage = new Stage({ idleTimeoutMs: 1000 });
  stage.lines.hold(2);
  const socket = await stage.connect();
  socket.arrive("GET 2\n");
  await turn();
  stage.timers.advance(60_000);
  assertEquals(socket.closes, 0);
  stage.lines.release(2);
  await settle();
  assertEquals(socket.written, "OK\ntwo\n");
});

Deno.test("TcpListener lets silent clients stay if the idle timeout is 0", async () => {
  await using stage = new Stage({ idleTimeoutMs: 0 });
  const socket = await stage.connect();
  assertEquals(stage.timers.pendingCount, 0);
  stage.timers.advance(1_000_000);
  assertEquals(socket.closes, 0);
});

Deno.test("TcpListener tries again 100 ms after a failing accept, and logs that once while it lasts", async () => {
  await using stage = new Stage();
  const error = new Error("out of luck");
  stage.sockets.fail(error);
  await turn();
  const { accepts } = stage.sockets;
  stage.timers.advance(99);
  await turn();
  assertEquals(stage.sockets.accepts, accepts);
  stage.timers.advance(1);
  await turn();
  assertEquals(stage.sockets.accepts, accepts + 1);
  for (let i = 0; i < 120; i++) {
    stage.sockets.fail(error);
    await turn();
    stage.timers.advance(100);
  }
  await turn();
  assertEquals(stage.sockets.accepts, accepts + 121);
  const message = `Cannot accept a connection (${error.message}). Trying again.`;
  assertEquals(stage.messages, [message]);
  stage.timers.advance(10_001);
  stage.sockets.fail(error);
  await turn();
  assertEquals(stage.messages, [message, message]);
  stage.timers.advance(100);
  const socket = await stage.connect();
  assertEquals(socket.reads, 1);
});

for (const [code, advice] of [["EMFILE", "ulimit -n, or LimitNOFILE"], ["ENFILE", "fs.file-max"]]) {
  Deno.test(`TcpListener says how to raise the limit if accepting fails with ${code}`, async () => {
    await using stage = new Stage();
    stage.sockets.fail(Object.assign(new Error("os error"), { code }));
    await settle();
    const [message] = stage.messages;
    assert(message!.startsWith("Cannot accept a connection (too many open files"), message);
    assert(message!.includes("New clients wait until others disconnect."), message);
    assert(message!.includes(advice!), message);
  });
}

Deno.test("TcpListener accepts on without a message if a client left before it was accepted", async () => {
  await using stage = new Stage();
  for (
    const error of [
      new Deno.errors.NotConnected("left"),
      new Deno.errors.ConnectionAborted("left"),
      new Deno.errors.ConnectionReset("left"),
    ]
  ) {
    stage.sockets.fail(error);
    const socket = await stage.connect();
    assertEquals(socket.reads, 1);
  }
  assertEquals(stage.messages, []);
});

Deno.test("TcpListener.shutDown() does not wait for the next try to accept", async () => {
  await using stage = new Stage();
  stage.sockets.fail(new Error("too many files"));
  await settle();
  stage.listener.shutDown();
  await inTime(stage.listener.finished);
  assertEquals(stage.timers.pendingCount, 0);
});

Deno.test("TcpListener serves a client whose setNoDelay() fails until its socket says more", async () => {
  await using stage = new Stage();
  const socket = stage.sockets.connect();
  socket.setNoDelayError = new Deno.errors.NotConnected("gone");
  await settle();
  assertEquals([socket.reads, socket.closes], [1, 0]);
});

const CLIENTS = [
  ["127.0.0.1", true],
  ["127.1.2.3", true],
  ["::1", true],
  ["::ffff:127.0.0.1", true],
  ["10.0.0.1", false],
  ["192.168.127.1", false],
  ["1127.0.0.1", false],
  ["::2", false],
  ["2001:db8::1", false],
  ["::ffff:10.0.0.1", false],
] as const;

for (const shutdownPolicy of ["loopback", "any", "off"] satisfies ShutdownPolicy[]) {
  Deno.test(`TcpListener lets clients stop the server by SHUTDOWN if the policy is "${shutdownPolicy}"`, async () => {
    for (const [hostname, isLoopback] of CLIENTS) {
      await using stage = new Stage({ shutdownPolicy });
      const socket = await stage.connect(hostname);
      socket.arrive("GET 1\nSHUTDOWN\nGET 2\n").end();
      await inTime(socket.closed);
      const isAllowed = shutdownPolicy === "any" || shutdownPolicy === "loopback" && isLoopback;
      assertEquals(stage.shutdowns, isAllowed ? 1 : 0, hostname);
      assertEquals(socket.written, isAllowed ? "OK\none\n" : "OK\none\nERR\nOK\ntwo\n", hostname);
      if (isAllowed) await inTime(stage.listener.finished);
    }
  });
}

Deno.test("TcpListener reads one chunk a turn of clients that send without a pause, and serves others", async () => {
  await using stage = new Stage();
  const floods = [await stage.connect(), await stage.connect()];
  const modest = await stage.connect();
  const chunk = new Uint8Array(READ_BYTES).fill(0x0a, -10);
  for (const flood of floods) flood.arrive(...Array<Uint8Array>(100).fill(chunk));
  for (let round = 1; round <= 20; round++) {
    modest.arrive("GET 2\n");
    await turn();
    await turn();
    assertEquals(modest.written, "OK\ntwo\n".repeat(round));
    for (const { unread } of floods) assert(unread >= 100 - 2 * (round + 1), `${unread} left`);
  }
});

/** A listener on a free port, and its clients. */
class Real implements AsyncDisposable {
  readonly lines: FakeLines;
  readonly messages: string[] = [];
  readonly listener: TcpListener;
  readonly #clients: Client[] = [];

  constructor(lines: readonly FakeLine[], options: Partial<TcpListenerOptions> = {}) {
    this.lines = new FakeLines(lines);
    this.listener = new TcpListener(optionsFor(this.lines, this.messages, options));
  }

  async connect(): Promise<Client> {
    const client = await Client.connect(this.listener.address.port);
    this.#clients.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    this.listener.shutDown();
    await inTime(this.listener.finished);
  }
}

Deno.test("TcpListener on a real port answers clients and shuts down", async () => {
  await using real = new Real(["one", "two"]);
  assertEquals(real.listener.address.hostname, "127.0.0.1");
  assert(real.listener.address.port > 0);
  const [one, other] = [await real.connect(), await real.connect()];
  assertEquals(await one.ask("GET 1", 2), ["OK", "one"]);
  assertEquals(await other.ask("GET 2", 2), ["OK", "two"]);
  await one.send("GET 1\nSHUTDOWN\n");
  assertEquals(asText(await inTime(one.readAll())), "OK\none\n");
  assertEquals(await inTime(other.read()), null);
  one.close();
  other.close();
  await inTime(real.listener.finished);
  assertEquals(real.messages, []);
});

Deno.test("TcpListener on a real port sends all of a long answer after a shutdown has begun", async () => {
  // More than the buffers of the operating system hold.
  const chunks = Array<string>(300).fill("0123456789abcdef".repeat(4 * 1024));
  await using real = new Real([{ chunks }]);
  const client = await real.connect();
  await client.send("GET 1\nGET 2\n");
  const first = await client.readBytes(3);
  real.listener.shutDown();
  // The client sends on while the server waits for it to read: a reset would discard replies.
  await client.send("GET 1\n".repeat(100));
  const rest = await inTime(client.readAll());
  client.close();
  await inTime(real.listener.finished);
  const received = concatBytes([first, rest]);
  assertSameBytes(received, new TextEncoder().encode(`OK\n${chunks.join("")}\nERR\n`));
});

Deno.test("TcpListener on a real port answers clients that connected and sent before a shutdown", async () => {
  await using real = new Real(["one"], { permits: permitsFor(200) });
  const clients = await Promise.all(Array.from({ length: 100 }, () => real.connect()));
  await Promise.all(clients.map((client) => client.send("GET 1\n")));
  real.listener.shutDown();
  const replies = await inTime(Promise.all(clients.map((client) => client.readAll())));
  assertEquals(replies.map(asText), clients.map(() => "OK\none\n"));
});

Deno.test("TcpListener on a real port disconnects a silent client", async () => {
  await using real = new Real(["one"], { idleTimeoutMs: 20 });
  const client = await real.connect();
  assertEquals(await inTime(client.read()), null);
});

Deno.test("TcpListener on a real port lets clients wait beyond the permits", async () => {
  await using real = new Real(["one", "two"], { permits: permitsFor(1) });
  const [first, second] = [await real.connect(), await real.connect()];
  await second.send("GET 2\n");
  assertEquals(await first.ask("GET 1", 2), ["OK", "one"]);
  assertEquals(real.lines.asked, [[1]]);
  first.close();
  assertEquals([await inTime(second.readLine()), await second.readLine()], ["OK", "two"]);
});

Deno.test({
  name: "TcpListener on a real port lets a thousand clients connect at once",
  // The operating system may allow fewer to wait.
  ignore: Deno.build.os !== "linux" || systemBacklog() < 1000,
  fn: async () => {
    await using real = new Real(["one"], { permits: permitsFor(1) });
    const first = await real.connect();
    await first.ask("GET 1", 2);
    await inTime(Promise.all(Array.from({ length: 1000 }, () => real.connect())));
  },
});

function systemBacklog(): number {
  return Number(Deno.readTextFileSync("/proc/sys/net/core/somaxconn"));
}
