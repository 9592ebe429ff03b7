import { assert, assertEquals } from "@std/assert";
import {
  assertSameBytes,
  getAll,
  latin1,
  naiveLines,
  numberedLines,
  okReplies,
} from "../support/e2e_bytes.ts";
import { sceneTest } from "../support/e2e_scene.ts";
import type { ServerProcess } from "../support/e2e_process.ts";

const LINES = 4_000;
const TEXT = latin1(numberedLines(LINES, 6_000));

async function assertEnded(server: ServerProcess): Promise<void> {
  const { code, signal } = await server.ended();
  assertEquals({ code, signal }, { code: 0, signal: null }, server.errors);
}

async function isRefused(server: ServerProcess): Promise<boolean> {
  try {
    (await Deno.connect({ port: server.port })).close();
    return false;
  } catch (error) {
    return error instanceof Deno.errors.ConnectionRefused;
  }
}

sceneTest("SHUTDOWN ends the process with exit code 0", async (scene) => {
  const server = await scene.serve(await scene.file("one\ntwo\n"));
  const client = await scene.connect(server);
  await client.send("GET 2\nShutDown\nGET 1\n");
  assertEquals(await client.readAll(), okReplies([latin1("two")]));
  client.close();
  await assertEnded(server);
  assert(await isRefused(server));
});

for (
  const [name, end] of [
    ["SHUTDOWN", async (server, scene) => {
      const ender = await scene.connect(server);
      await ender.send("SHUTDOWN\n");
      assertEquals((await ender.readAll()).length, 0);
      ender.close();
    }],
    ["SIGTERM", (server) => server.kill("SIGTERM")],
    ["SIGINT", (server) => server.kill("SIGINT")],
  ] as readonly [
    string,
    (server: ServerProcess, scene: import("../support/e2e_scene.ts").Scene) => void | Promise<void>,
  ][]
) {
  sceneTest(
    `${name} sends every client what it is owed, closes idle ones, exits 0`,
    async (scene) => {
      const server = await scene.serve(await scene.file(TEXT));
      const silent = await scene.connect(server);
      const idle = await scene.connect(server);
      await idle.ask("GET 1", 2);
      const halfway = await scene.connect(server);
      await halfway.ask("GET 1", 2);
      await halfway.send("GET 2");

      const busy = await Promise.all(Array.from({ length: 2 }, () => scene.connect(server)));
      await Promise.all(busy.map((client) => client.send(getAll(LINES))));
      // The first bytes of the replies show that the server is at it; 24 MB do not fit
      // in the sockets' buffers.
      const first = await Promise.all(busy.map((client) => client.readBytes(3)));
      await end(server, scene);

      const expected = okReplies(naiveLines(TEXT));
      const rest = await Promise.all(busy.map((client) => client.readAll()));
      for (const [i, bytes] of rest.entries()) {
        assertEquals(first[i], latin1("OK\n"));
        assertSameBytes(bytes, expected.subarray(3), `replies to client ${i}`);
      }
      assertEquals(await silent.read(), null);
      assertEquals(await idle.read(), null);
      assertEquals((await halfway.readAll()).length, 0);
      for (const client of [silent, idle, halfway, ...busy]) client.close();
      await assertEnded(server);
      assertEquals(server.output.split("\n").length, 2, "one line on standard output");
    },
  );
}

sceneTest("SHUTDOWN lets a long line be sent to its end", async (scene) => {
  const long = new Uint8Array(32 * 1024 * 1024).fill(0x61);
  const server = await scene.serve(await scene.file(long));
  const client = await scene.connect(server);
  await client.send("GET 1\n");
  assertEquals(await client.readBytes(3), latin1("OK\n"));
  const ender = await scene.connect(server);
  await ender.send("SHUTDOWN\n");
  assertEquals((await ender.readAll()).length, 0);
  const rest = await client.readAll();
  assertEquals(rest.length, long.length + 1);
  assert(rest.subarray(0, -1).every((byte) => byte === 0x61));
  ender.close();
  client.close();
  await assertEnded(server);
});

sceneTest("--shutdown off answers ERR and goes on", async (scene) => {
  const server = await scene.serve(await scene.file("one\n"), ["--shutdown", "off"]);
  const client = await scene.connect(server);
  assertEquals(await client.ask("SHUTDOWN", 1), ["ERR"]);
  assertEquals(await client.ask("GET 1", 2), ["OK", "one"]);
  const other = await scene.connect(server);
  assertEquals(await other.ask("GET 1", 2), ["OK", "one"]);
});

sceneTest("--shutdown any allows it", async (scene) => {
  const server = await scene.serve(await scene.file("one\n"), ["--shutdown", "any"]);
  const client = await scene.connect(server);
  await client.send("SHUTDOWN\n");
  assertEquals((await client.readAll()).length, 0);
  client.close();
  await assertEnded(server);
});

sceneTest("SHUTDOWN is allowed from this machine, however it is addressed", async (scene) => {
  const server = await scene.serve(await scene.file("one\n"), ["--host", "127.0.0.1"]);
  const client = await scene.connect(server);
  await client.send("SHUTDOWN");
  await client.endSending();
  assertEquals((await client.readAll()).length, 0);
  client.close();
  await assertEnded(server);
});

for (const workers of ["1", "2"]) {
  sceneTest(`a second signal ends ${workers} workers at once, whatever is owed`, async (scene) => {
    const server = await scene.serve(await scene.file(TEXT), ["--quiet", "--workers", workers]);
    const client = await scene.connect(server);
    await client.send(getAll(LINES));
    await client.readBytes(3);
    // The first of them begin the end, which then waits for the client.
    const timer = setInterval(() => server.kill("SIGINT"), 50);
    const { code } = await server.ended().finally(() => clearInterval(timer));
    assertEquals(code, 1);
    assertEquals(server.errors, "Interrupted again: ended without sending what is owed\n");
  });
}
