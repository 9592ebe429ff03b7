import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import {
  assertSameBytes,
  asText,
  concatBytes,
  getAll,
  latin1,
  naiveLines,
  numberedLines,
  okReplies,
} from "../support/e2e_bytes.ts";
import type { Client } from "../support/e2e_client.ts";
import { type Scene, sceneTest } from "../support/e2e_scene.ts";
import { type ServerProcess, startProgram } from "../support/e2e_process.ts";
import { until } from "../support/text_threads.ts";
import { READ_BYTES } from "../../src/server/client.ts";

// The commands for all lines fit into one read of the server; the replies, 24 MB, do not fit in the sockets'
// buffers.
const LINES = 400;
const TEXT = latin1(numberedLines(LINES, 60_000));
const COMMANDS = getAll(LINES);
assert(COMMANDS.length <= READ_BYTES);

async function assertEnded(server: ServerProcess): Promise<void> {
  const { code, signal } = await server.ended();
  assertEquals({ code, signal }, { code: 0, signal: null }, server.errors);
  // No client had to be disconnected after the drain timeout.
  assert(!server.errors.includes("Disconnected "), server.errors);
}

async function isRefused(server: ServerProcess): Promise<boolean> {
  try {
    (await Deno.connect({ port: server.port })).close();
    return false;
  } catch (error) {
    return error instanceof Deno.errors.ConnectionRefused;
  }
}

/** Sends the commands, and waits for the first reply: then the server has read all of them. */
async function askForAll(client: Client): Promise<void> {
  await client.send(COMMANDS);
  assertEquals(asText(await client.readBytes(3)), "OK\n");
}

const ALL_REPLIES = okReplies(naiveLines(TEXT));

async function assertGetsAll(client: Client, what?: string): Promise<void> {
  assertSameBytes(await client.readAll(), ALL_REPLIES.subarray(3), what);
}

sceneTest(
  "SHUTDOWN stops the process with exit code 0, after the replies before it",
  async (scene) => {
    const server = await scene.serve(await scene.file("one\ntwo\n"));
    const client = await scene.connect(server);
    await client.send("GET 2\nShutDown\nGET 1\n");
    assertEquals(await client.readAll(), okReplies([latin1("two")]));
    client.close();
    await assertEnded(server);
    assert(await isRefused(server));
  },
);

async function sendShutdown(server: ServerProcess, scene: Scene): Promise<void> {
  const client = await scene.connect(server);
  await client.send("SHUTDOWN\n");
  assertEquals((await client.readAll()).length, 0);
  client.close();
}

type Stop = (server: ServerProcess, scene: Scene) => void | Promise<void>;

const STOPS: readonly (readonly [string, Stop])[] = [
  ["SHUTDOWN", sendShutdown],
  ["SIGTERM", (server) => server.kill("SIGTERM")],
  ["SIGINT", (server) => server.kill("SIGINT")],
];

for (const [name, stop] of STOPS) {
  sceneTest(
    `${name}: what was read is answered, idle clients are closed, exit code 0`,
    async (scene) => {
      const server = await scene.serve(await scene.file(TEXT));
      const silent = await scene.connect(server);
      const idle = await scene.connect(server);
      await idle.ask("GET 1", 2);
      const halfway = await scene.connect(server);
      await halfway.ask("GET 1", 2);
      await halfway.send("GET 2");
      const busy = await Promise.all(Array.from({ length: 2 }, () => scene.connect(server)));
      for (const client of busy) await askForAll(client);

      await stop(server, scene);
      for (const client of busy) await assertGetsAll(client);
      assertEquals(await silent.read(), null);
      assertEquals(await idle.read(), null);
      assertEquals((await halfway.readAll()).length, 0);
      for (const client of [silent, idle, halfway, ...busy]) client.close();
      await assertEnded(server);
      assertEquals(server.output.split("\n").length, 2, "one line on standard output");
    },
  );
}

sceneTest(
  "SIGTERM: commands that were on their way are answered or dropped, each as a whole",
  async (scene) => {
    const server = await scene.serve(await scene.file(TEXT));
    const clients = await Promise.all(Array.from({ length: 3 }, () => scene.connect(server)));
    for (const client of clients) {
      await askForAll(client);
      await client.send(COMMANDS.repeat(3));
    }
    server.kill("SIGTERM");
    for (const client of clients) {
      const received = await client.readAll();
      const most = concatBytes([ALL_REPLIES, ALL_REPLIES, ALL_REPLIES, ALL_REPLIES]).subarray(3);
      assertSameBytes(received, most.subarray(0, received.length));
      assertGreaterOrEqual(received.length, ALL_REPLIES.length - 3);
      // All replies have the same length but for the digits, which the padding makes up for.
      assertEquals((received.length + 3) % (ALL_REPLIES.length / LINES), 0);
      client.close();
    }
    await assertEnded(server);
  },
);

sceneTest("SHUTDOWN lets a long line be sent to its end", async (scene) => {
  const long = new Uint8Array(32 * 1024 * 1024).fill(0x61);
  const server = await scene.serve(await scene.file(long));
  const client = await scene.connect(server);
  await client.send("GET 1\n");
  assertEquals(await client.readBytes(3), latin1("OK\n"));
  await sendShutdown(server, scene);
  const rest = await client.readAll();
  assertEquals(rest.length, long.length + 1);
  assert(rest.subarray(0, -1).every((byte) => byte === 0x61));
  client.close();
  await assertEnded(server);
});

sceneTest("SHUTDOWN --shutdown off: the reply is ERR, and the server goes on", async (scene) => {
  const server = await scene.serve(await scene.file("one\n"), ["--shutdown", "off"]);
  const client = await scene.connect(server);
  assertEquals(await client.ask("SHUTDOWN", 1), ["ERR"]);
  assertEquals(await client.ask("GET 1", 2), ["OK", "one"]);
  const other = await scene.connect(server);
  assertEquals(await other.ask("GET 1", 2), ["OK", "one"]);
});

sceneTest("SHUTDOWN --shutdown any: the server stops", async (scene) => {
  const server = await scene.serve(await scene.file("one\n"), ["--shutdown", "any"]);
  await sendShutdown(server, scene);
  await assertEnded(server);
});

sceneTest("SHUTDOWN without a terminator at the end of the stream counts", async (scene) => {
  const server = await scene.serve(await scene.file("one\n"), ["--host", "127.0.0.1"]);
  const client = await scene.connect(server);
  await client.send("SHUTDOWN");
  await client.endSending();
  assertEquals((await client.readAll()).length, 0);
  client.close();
  await assertEnded(server);
});

sceneTest(
  "SHUTDOWN is ERR unless it is alone on its line, on a connection without invalid commands",
  async (scene) => {
    const server = await scene.serve(await scene.file("one\n"));
    const table: readonly (readonly [commands: string, replies: string])[] = [
      ["SHUTDOWN now\nGET 1\n", "ERR\nOK\none\n"],
      ["SHUTDOWN HTTP/1.1\r\nSHUTDOWN\r\n", "ERR\nERR\n"],
      ["GET / HTTP/1.1\r\nSHUTDOWN\n", "INVALID COMMAND!\nERR\n"],
      ["FOO\nGET 1\nSHUTDOWN\n", "INVALID COMMAND!\nOK\none\nERR\n"],
      ["\nSHUTDOWN\n", "INVALID COMMAND!\nERR\n"],
      [`${"x".repeat(5_000)}\nSHUTDOWN\n`, "INVALID COMMAND!\nERR\n"],
      ["GET 1\nFOO\nSHUTDOWN", "OK\none\nINVALID COMMAND!\nERR\n"],
      ["SHUTDOWNS\n", "INVALID COMMAND!\n"],
    ];
    for (const [commands, replies] of table) {
      assertEquals(asText(await scene.exchange(server, commands)), replies, commands);
    }
    // A line that does not exist is no invalid command.
    const client = await scene.connect(server);
    await client.send("GET 0\nGET 1\n \tshutdown \r\n");
    assertEquals(asText(await client.readAll()), "ERR\nOK\none\n");
    client.close();
    await assertEnded(server);
  },
);

for (const workers of ["1", "2"]) {
  sceneTest(
    `a second SIGINT stops ${workers} workers at once, whatever is pending`,
    async (scene) => {
      const server = await scene.serve(await scene.file(TEXT), ["--quiet", "--workers", workers]);
      const client = await scene.connect(server);
      await askForAll(client);
      // The first of them begin the shutdown, which then waits for the client.
      const timer = setInterval(() => server.kill("SIGINT"), 50);
      const { code } = await server.ended().finally(() => clearInterval(timer));
      assertEquals(code, 1);
      assertEquals(server.errors, "Stopped at once. Replies may be missing.\n");
    },
  );
}

for (const workers of ["1", "2"]) {
  sceneTest(
    `serve --workers ${workers} --drain-timeout disconnects clients that do not read their replies, exit code 0`,
    async (scene) => {
      const args = ["--workers", workers, "--drain-timeout", "700ms"];
      const server = await scene.serve(await scene.file(TEXT), args);
      const clients = [await scene.connect(server), await scene.connect(server)];
      for (const client of clients) await askForAll(client);
      server.kill("SIGTERM");
      assertEquals((await server.ended()).code, 0);
      const messages = server.errors.split("\n").slice(-3, -1);
      assertEquals(messages, [
        "waiting for 2 clients to read the last replies, at most 700 ms; press Ctrl-C again to stop now",
        "Disconnected 2 clients after the drain timeout of 700 ms. Replies may be missing.",
      ]);
    },
  );

  sceneTest(
    `SIGTERM: with ${workers} workers, another server can start while clients read their last replies`,
    async (scene) => {
      const path = await scene.file(TEXT);
      const old = await scene.serve(path, ["--workers", workers]);
      const client = await scene.connect(old);
      await askForAll(client);
      old.kill("SIGTERM");
      await until(() => old.errors.includes("waiting for 1 client "));

      const next = await scene.serve(path, ["--workers", workers], { port: old.port });
      await sendShutdown(next, scene);
      await assertEnded(next);
      await assertGetsAll(client);
      client.close();
      await assertEnded(old);
    },
  );
}

sceneTest(
  "SIGTERM: a client that pauses, then sends a command, receives all its replies",
  async (scene) => {
    const server = await scene.serve(await scene.file(TEXT));
    const client = await scene.connect(server);
    // Fits in the buffers of the operating system, so the server has sent everything before the client reads.
    const count = 20;
    await client.send(getAll(count));
    const expected = okReplies(naiveLines(TEXT).slice(0, count));
    assertEquals(await client.readBytes(3), latin1("OK\n"));
    server.kill("SIGTERM");
    await until(() => server.errors.includes("waiting for 1 client "));
    await client.send("GET 1\n");
    assertSameBytes(await client.readAll(), expected.subarray(3));
    client.close();
    await assertEnded(server);
  },
);

sceneTest(
  "SIGTERM while the workers start ends the process before it listens, exit code 0",
  async (scene) => {
    const path = await scene.file("one\n");
    assertEquals((await scene.run("index", path, "--quiet")).code, 0);
    const child = startProgram(["serve", path, "--port", "0", "--workers", "128"]);
    const output = child.output();
    await until(() => threadsOf(child.pid) > 40);
    child.kill("SIGTERM");
    const { code, stdout, stderr } = await output;
    assertEquals([code, stdout.length, stderr.length], [0, 0, 0]);
  },
  { ignore: Deno.build.os !== "linux" },
);

function threadsOf(pid: number): number {
  return [...Deno.readDirSync(`/proc/${pid}/task`)].length;
}
