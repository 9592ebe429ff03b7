import { assert, assertEquals, assertRejects } from "@std/assert";
import { ensureIndex } from "../../src/index/build/ensure_index.ts";
import { IndexError } from "../../src/index/index_error.ts";
import { formatAddress, ListenError } from "../../src/server/listener.ts";
import {
  openServer,
  type RunningServer,
  type ServeOptions,
  type ServerEvents,
} from "../../src/server/open_server.ts";
import { TextError } from "../../src/source/text_source.ts";
import { Client } from "../support/e2e_client.ts";
import { inTime } from "../support/pending.ts";
import { serveOptionsIn } from "../support/serve_options.ts";

/** A small file with its index. */
class Scene implements AsyncDisposable {
  readonly options: ServeOptions;
  readonly messages: string[] = [];
  shutdowns = 0;
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.options = { ...serveOptionsIn(directory), eol: "crlf" };
  }

  static async create(): Promise<Scene> {
    const scene = new Scene(await Deno.makeTempDir({ prefix: "linesvr-test-" }));
    await Deno.writeTextFile(scene.options.textPath, "one\ntwo\n");
    await ensureIndex(scene.options);
    return scene;
  }

  open(
    options: Partial<ServeOptions> = {},
    events: Partial<ServerEvents> = {},
  ): Promise<RunningServer> {
    return openServer({ ...this.options, ...options }, {
      log: (message) => this.messages.push(message),
      onShutdown: () => this.shutdowns++,
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
  server.shutDown();
  server.shutDown();
  assertEquals(await inTime(client.read()), null);
  client.close();
  await inTime(server.finished);
  assertEquals([scene.shutdowns, scene.messages], [1, []]);
});

Deno.test("openServer() reports a client's SHUTDOWN once", async () => {
  await using scene = await Scene.create();
  const server = await scene.open();
  using client = await Client.connect(server.addresses[0]!.port);
  await client.send("SHUTDOWN\n");
  assertEquals(await inTime(client.read()), null);
  client.close();
  await inTime(server.finished);
  assertEquals(scene.shutdowns, 1);
});

Deno.test("openServer() works without `onShutdown`", async () => {
  const scene = await Scene.create();
  await using _removed = scene;
  const server = await openServer(scene.options, { log: () => {} });
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
  await assertRejects(() => scene.open({ textPath: "/nowhere/text" }), TextError);
  await assertRejects(() => scene.open({ indexPath: "/nowhere/index" }), IndexError);
  await Deno.writeTextFile(scene.options.textPath, "another text\n");
  await assertRejects(() => scene.open(), IndexError);
});

Deno.test("formatAddress() puts an IPv6 address in brackets", () => {
  assertEquals(formatAddress("127.0.0.1", 10497), "127.0.0.1:10497");
  assertEquals(formatAddress("::1", 10497), "[::1]:10497");
});
