import { assert, assertEquals, assertThrows } from "@std/assert";
import { READ_BYTES } from "../../src/server/connection.ts";
import { ListenError } from "../../src/server/listen_error.ts";
import { BACKLOG_MAX, openListener } from "../../src/server/open_listener.ts";
import { Server } from "../../src/server/server.ts";
import {
  asText,
  getAll,
  latin1,
  naiveLines,
  numberedLines,
  okReplies,
} from "../support/e2e_bytes.ts";
import { type LocalServer, permitsFor, type Scene, sceneTest } from "../support/e2e_scene.ts";

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

async function small(scene: Scene, options = {}): Promise<LocalServer> {
  return await scene.listen(await scene.file("one\ntwo\n"), options);
}

sceneTest("a server says where it listens, and how many are connected", async (scene) => {
  const { server } = await small(scene);
  assertEquals(server.hostname, "127.0.0.1");
  assert(server.port > 0);
  assertEquals(server.connections, 0);
  const client = await scene.connect(server);
  await client.ask("GET 1", 2);
  assertEquals(server.connections, 1);
  client.close();
  await until(() => server.connections === 0);
});

sceneTest("a port that is taken is refused", async (scene) => {
  const { server } = await small(scene);
  const options = { hostname: "127.0.0.1", port: server.port };
  // Nothing else of the options is looked at before.
  assertThrows(
    () => Server.listen(options as Parameters<typeof Server.listen>[0]),
    ListenError,
    `Cannot listen: 127.0.0.1:${server.port}: the port is in use`,
  );
});

sceneTest("a server without clients finishes at once, however often it is told", async (scene) => {
  const { server } = await small(scene);
  server.shutDown();
  server.shutDown();
  await server.finished;
  assertEquals(server.connections, 0);
});

sceneTest("a server finishes when its last client got what it is owed", async (scene) => {
  const text = latin1(numberedLines(2_000, 6_000));
  const { server } = await scene.listen(await scene.file(text));
  const client = await scene.connect(server);
  await client.send(getAll(2_000));
  const first = await client.readBytes(3);
  let isFinished = false;
  const finished = server.finished.then(() => isFinished = true);
  server.shutDown();
  const rest = await client.readAll();
  assertEquals(first.length + rest.length, okReplies(naiveLines(text)).length);
  client.close();
  await finished;
  assertEquals([isFinished, server.connections], [true, 0]);
});

// A turn of the event loop reads of 128 sockets at most and may take long: who was not read of yet is
// not silent.
sceneTest(
  "what 300 clients had sent before the end is answered by a busy server",
  async (scene) => {
    const { server } = await small(scene);
    const clients = await Promise.all(Array.from({ length: 300 }, () => scene.connect(server)));
    for (const client of clients) await client.ask("GET 1", 2);
    // More than is read of a client in one turn of the event loop.
    const count = READ_BYTES / 4;
    await Promise.all(clients.map((client) => client.send("GET 2\n".repeat(count))));
    server.shutDown();
    // Stands for a slow disk, or for much to do for others: every turn of the event loop takes long.
    const busy = setInterval(() => {
      const endMs = performance.now() + 30;
      while (performance.now() < endMs);
    });
    const got = await Promise.all(clients.map(async (client) => asText(await client.readAll())));
    clearInterval(busy);
    const missed = got.filter((reply) => reply !== "OK\ntwo\n".repeat(count)).length;
    assertEquals(missed, 0, "clients that did not get what they were owed");
  },
);

sceneTest("what a client sent while it took a long line is answered too", async (scene) => {
  const long = "x".repeat(20_000_000);
  const { server } = await scene.listen(await scene.file(`${long}\ntwo\n`));
  const client = await scene.connect(server);
  await client.send("GET 1\n");
  assertEquals(asText(await client.readBytes(3)), "OK\n");
  await client.send("GET 2\n");
  server.shutDown();
  const rest = asText(await client.readAll());
  assertEquals([rest.length, rest.slice(-8)], [long.length + 8, "\nOK\ntwo\n"]);
  await server.finished;
});

sceneTest("who takes nothing of what is owed is closed in the end", async (scene) => {
  const text = latin1(numberedLines(2_000, 6_000));
  const { server, messages } = await scene.listen(await scene.file(text), { drainTimeoutMs: 50 });
  const client = await scene.connect(server);
  await client.send(getAll(2_000));
  assertEquals((await client.readBytes(3)).length, 3);
  server.shutDown();
  await server.finished;
  const got = await client.readAll().catch(() => new Uint8Array());
  assert(got.length < okReplies(naiveLines(text)).length - 3);
  assertEquals(messages, ["Closed without all replies: 1: taking nothing for 50 ms"]);
});

sceneTest("shutting down closes who waits to be let in", async (scene) => {
  const { server } = await small(scene, { permits: permitsFor(1) });
  const first = await scene.connect(server);
  await first.ask("GET 1", 2);
  const second = await scene.connect(server);
  server.shutDown();
  assertEquals(await second.read().catch(() => null), null);
  assertEquals(await first.read(), null);
  first.close();
  await server.finished;
});

for (
  const [shutdownPolicy, command, replies] of [
    ["off", "SHUTDOWN\nGET 1\nSHUTDOWN\n", "ERR\nOK\none\nERR\n"],
    ["loopback", "GET 1\nSHUTDOWN\nGET 1\n", "OK\none\n"],
    ["any", "GET 1\nSHUTDOWN\nGET 1\n", "OK\none\n"],
  ] as const
) {
  sceneTest(
    `SHUTDOWN from this machine where it is allowed to: ${shutdownPolicy}`,
    async (scene) => {
      const { server } = await small(scene, { shutdownPolicy });
      assertEquals(asText(await scene.exchange(server, command)), replies);
      if (shutdownPolicy !== "off") await server.finished;
    },
  );
}

sceneTest("a silent client is closed after the idle timeout, others stay", async (scene) => {
  const { server } = await small(scene, { idleTimeoutMs: 100 });
  const silent = await scene.connect(server);
  assertEquals(await silent.read(), null);
  await until(() => server.connections === 0);
});

sceneTest("0 as idle timeout lets all stay", async (scene) => {
  const { server } = await small(scene, { idleTimeoutMs: 0 });
  const client = await scene.connect(server);
  await client.ask("GET 1", 2);
  assertEquals(await client.ask("GET 2", 2), ["OK", "two"]);
  assertEquals(server.connections, 1);
});

Deno.test({
  name: "a thousand clients that come at once are all let in to wait",
  ignore: Deno.build.os !== "linux" || systemBacklog() < BACKLOG_MAX,
  fn: async () => {
    using listener = openListener("127.0.0.1", 0, false);
    const { port } = listener.addr;
    // Without room to wait some are not let in at all, as long as nobody is accepted.
    const signal = AbortSignal.timeout(20_000);
    const coming = Array.from({ length: 1_000 }, () => Deno.connect({ port, signal }));
    for (const client of await Promise.all(coming)) client.close();
  },
});

function systemBacklog(): number {
  return Number(Deno.readTextFileSync("/proc/sys/net/core/somaxconn"));
}
