import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ensureIndex } from "../../src/index/build/ensure_index.ts";
import { IndexError } from "../../src/index/index_error.ts";
import { describeListener, formatAddress, ListenError } from "../../src/server/listener.ts";
import {
  CHECK_EVERY_MS,
  openServer,
  type RunningServer,
  type ServeOptions,
  type ServerEvents,
} from "../../src/server/open_server.ts";
import { Counters } from "../../src/metrics/counters.ts";
import { TextError } from "../../src/source/text_source.ts";
import { Client } from "../support/e2e_client.ts";
import { ManualTimers } from "../support/manual_timers.ts";
import { inTime, isPending, settle } from "../support/pending.ts";
import { serveOptionsIn } from "../support/serve_options.ts";

/** A small file with its index. */
class Scene implements AsyncDisposable {
  readonly options: ServeOptions;
  readonly messages: string[] = [];
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.options = { ...serveOptionsIn(directory), eol: "crlf" };
  }

  static async create(): Promise<Scene> {
    const scene = new Scene(await Deno.makeTempDir({ prefix: "linesvr-test-" }));
    await Deno.writeTextFile(scene.options.files[0]!.textPath, "one\ntwo\n");
    await ensureIndex(scene.options.files[0]!);
    return scene;
  }

  open(
    options: Partial<ServeOptions> = {},
    events: Partial<ServerEvents> = {},
  ): Promise<RunningServer> {
    return openServer({ ...this.options, ...options }, {
      log: (message) => this.messages.push(message),
      ...events,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#directory, { recursive: true });
  }
}

Deno.test("openServer() serves the lines of a file until RunningServer.shutDown()", async () => {
  await using scene = await Scene.create();
  const server = await scene.open();
  const [address] = server.addresses;
  assertEquals([address!.name, address!.hostname, server.addresses.length], [
    "tcp",
    "127.0.0.1",
    1,
  ]);
  using client = await Client.connect(address!.port);
  assertEquals(await client.ask("GET 2", 2), ["OK\r", "two\r"]);
  assertEquals(server.connectionCount, 1);
  assert(await isPending(server.shutdownBegun));
  server.shutDown();
  server.shutDown();
  await inTime(server.shutdownBegun);
  assertEquals(await inTime(client.read()), null);
  await inTime(server.stoppedListening);
  client.close();
  await inTime(server.finished);
  assertEquals([server.connectionCount, scene.messages], [0, []]);
});

Deno.test("openServer() reports a client's SHUTDOWN", async () => {
  await using scene = await Scene.create();
  const server = await scene.open();
  using client = await Client.connect(server.addresses[0]!.port);
  await client.send("SHUTDOWN\n");
  assertEquals(await inTime(client.read()), null);
  client.close();
  await inTime(server.shutdownBegun);
  await inTime(server.finished);
});

Deno.test("RunningServer.close() closes the connections of clients that read nothing", async () => {
  await using scene = await Scene.create();
  await Deno.writeTextFile(scene.options.files[0]!.textPath, "x".repeat(32 * 1024 * 1024));
  await ensureIndex({ ...scene.options.files[0]!, force: true });
  const server = await scene.open();
  using client = await Client.connect(server.addresses[0]!.port);
  await client.send("GET 1\n");
  assertEquals((await client.readBytes(3)).length, 3);
  server.shutDown();
  await inTime(server.stoppedListening);
  assert(await isPending(server.finished));
  server.close();
  await inTime(server.finished);
});

Deno.test("openServer() accepts no connection before `mayAccept`, then those that waited", async () => {
  await using scene = await Scene.create();
  const mayAccept = Promise.withResolvers<void>();
  const server = await scene.open({}, { mayAccept: mayAccept.promise });
  using client = await Client.connect(server.addresses[0]!.port);
  await client.send("GET 2\n");
  const reply = client.readLine();
  await settle();
  assert(await isPending(reply));
  assertEquals(server.connectionCount, 0);
  mayAccept.resolve();
  assertEquals(await inTime(reply), "OK\r");
  client.close();
  server.shutDown();
  await inTime(server.finished);
});

Deno.test("openServer() limits connections to `maxConnections`", async () => {
  await using scene = await Scene.create();
  const server = await scene.open({ maxConnections: 1 });
  const { port } = server.addresses[0]!;
  using first = await Client.connect(port);
  await first.ask("GET 1", 2);
  using second = await Client.connect(port);
  await second.send("GET 2\n");
  first.close();
  assertEquals(await inTime(second.readLine()), "OK\r");
  second.close();
  server.shutDown();
  await inTime(server.finished);
});

Deno.test("openServer() shares a port only if it is told to", async () => {
  await using scene = await Scene.create();
  const first = await scene.open({}, { reusePort: true });
  const { hostname, port } = first.addresses[0]!;
  const second = await scene.open({ port }, { reusePort: true });
  const error = await assertRejects(() => scene.open({ port }), ListenError);
  assert(error.message.startsWith(`Cannot listen on ${formatAddress(hostname, port)} (`));
  for (const server of [first, second]) {
    server.shutDown();
    await inTime(server.finished);
  }
});

Deno.test("openServer() rejects if the file or its index cannot be opened", async () => {
  await using scene = await Scene.create();
  await assertRejects(
    () => scene.open({ files: [{ ...scene.options.files[0]!, textPath: "/nowhere/text" }] }),
    TextError,
  );
  await assertRejects(
    () => scene.open({ files: [{ ...scene.options.files[0]!, indexPath: "/nowhere/index" }] }),
    IndexError,
  );
  await Deno.writeTextFile(scene.options.files[0]!.textPath, "another text\n");
  await assertRejects(() => scene.open(), IndexError);
});

Deno.test("formatAddress() puts an IPv6 address in brackets", () => {
  assertEquals(formatAddress("127.0.0.1", 10497), "127.0.0.1:10497");
  assertEquals(formatAddress("::1", 10497), "[::1]:10497");
});

Deno.test("openServer() logs an error once, whatever a client asks for", async () => {
  await using scene = await Scene.create();
  const { textPath, indexPath } = scene.options.files[0]!;
  await Deno.writeTextFile(textPath, "one\ntwo\nthree\nfour\n");
  await ensureIndex({ ...scene.options.files[0]!, linesPerPage: 1 });
  const server = await scene.open({ cacheBytes: 0 });
  const { size } = await Deno.stat(indexPath);
  const index = await Deno.readFile(indexPath);
  // The last page is cut off, and the others are damaged.
  await Deno.writeFile(indexPath, index.fill(1, 128).subarray(0, size - 1));
  using client = await Client.connect(server.addresses[0]!.port);
  for (let i = 0; i < 3; i++) {
    for (const number of [1, 4, 2, 4, 3]) {
      assertMatch((await client.ask(`GET ${number}`, 1))[0]!, /^Server error: Index damaged: /);
    }
  }
  assertEquals(scene.messages.length, 2, scene.messages.join("\n"));
  client.close();
  server.shutDown();
  await inTime(server.finished);
});
function httpOptions(port: number): NonNullable<ServeOptions["http"]> {
  return {
    hostname: "127.0.0.1",
    port,
    allowedHosts: [],
    corsOrigins: [],
    counters: Counters.allocate(1),
  };
}

Deno.test("openServer() with `http` has a second address, and ends both listeners", async () => {
  await using scene = await Scene.create();
  const server = await scene.open({ http: httpOptions(0) });
  const [, http] = server.addresses;
  assertEquals(describeListener(http!), `http on http://127.0.0.1:${http!.port}/`);
  const response = await fetch(`http://127.0.0.1:${http!.port}/lines/2`);
  assertEquals(await response.text(), "two");
  server.shutDown();
  await inTime(server.stoppedListening);
  await inTime(server.finished);
});

Deno.test("openServer() listens on no address if the one of HTTP is in use", async () => {
  await using scene = await Scene.create();
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = other.addr as Deno.NetAddr;
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port: tcpPort } = free.addr as Deno.NetAddr;
  free.close();
  await assertRejects(
    () => scene.open({ port: tcpPort, http: httpOptions(port) }),
    ListenError,
    "Choose another one with --http",
  );
  Deno.listen({ hostname: "127.0.0.1", port: tcpPort }).close();
});

Deno.test("openServer() notices an edit after an append, if no line was requested in between", async () => {
  await using scene = await Scene.create();
  const timers = new ManualTimers();
  const server = await scene.open({}, { timers });
  const { textPath } = scene.options.files[0]!;
  await Deno.writeTextFile(textPath, "three\n", { append: true });
  timers.advance(CHECK_EVERY_MS);
  await Deno.writeTextFile(textPath, "ONE\ntwo\nthree\n");
  // A time that differs from that of the append, even if both happen within one tick of the clock.
  await Deno.utime(textPath, new Date(1_000), new Date(1_000));
  // What was checked less than 10 ms ago is not checked again.
  await new Promise((resolve) => setTimeout(resolve, 20));
  {
    using client = await Client.connect(server.addresses[0]!.port);
    assertMatch((await client.ask("GET 1", 1))[0]!, /^Server error: File changed: /);
  }
  server.close();
  await server.finished;
  assertEquals(timers.pendingCount, 0);
});
