import { assertEquals, assertGreater, assertLess, assertLessOrEqual } from "@std/assert";
import { asText, getAll, numberedLines } from "../support/e2e_bytes.ts";
import { sceneTest } from "../support/e2e_scene.ts";
import { turn } from "../support/pending.ts";
import { SharedSemaphore } from "../../src/server/workers/shared_semaphore.ts";

const GREEDY_CLIENTS = 10;
// What they may cost the server: replies that are held, and garbage.
const MEMORY_MAX_BYTES = 256 * 1024 * 1024;

const isLinux = Deno.build.os === "linux";

sceneTest("clients that never read cost bounded memory, and delay nobody", async (scene) => {
  // 64 lines of 60,000 bytes: the greedy clients ask for 12 GB.
  const server = await scene.serve(await scene.file(numberedLines(64, 60_000)));
  const polite = await scene.connect(server);
  for (let i = 0; i < 400; i++) assertEquals((await polite.ask("GET 1", 2))[0], "OK");
  const beforeBytes = server.memoryBytes();

  const greedy = await Promise.all(
    Array.from({ length: GREEDY_CLIENTS }, () => scene.connect(server)),
  );
  const sending = greedy.map((client) =>
    client.send(getAll(64).repeat(320)).then(() => {}, () => {})
  );
  // Each has its first reply, so the server is busy with all of them.
  for (const client of greedy) assertEquals(asText(await client.readBytes(3)), "OK\n");
  for (let i = 0; i < 400; i++) {
    const [status, line] = await polite.ask(`GET ${1 + i % 64}`, 2);
    assertEquals(status, "OK");
    assertEquals(line!.length, 60_000);
    const grownBytes = server.memoryBytes() - beforeBytes;
    assertLess(grownBytes, MEMORY_MAX_BYTES);
  }
  for (const client of greedy) client.close();
  await Promise.all(sending);
  assertEquals(await polite.ask("FOO", 1), ["INVALID COMMAND!"]);
}, { ignore: !isLinux });

sceneTest("a command without end costs bounded memory, and is answered once", async (scene) => {
  const server = await scene.serve(await scene.file("one\n"));
  const client = await scene.connect(server);
  await client.ask("GET 1", 2);
  const beforeBytes = server.memoryBytes();
  const megabyte = new Uint8Array(1024 * 1024).fill(0x41);
  for (let i = 0; i < 200; i++) await client.send(megabyte);
  assertEquals(await client.readLine(), "INVALID COMMAND!");
  assertLess(server.memoryBytes() - beforeBytes, 100 * 1024 * 1024);
  assertEquals(await client.ask(" tail\nGET 1", 2), ["OK", "one"]);
}, { ignore: !isLinux });

sceneTest("a command of more than 1,024 bytes is invalid, once", async (scene) => {
  const { port } = await scene.listen(await scene.file("one\n"));
  const client = await scene.connect({ port });
  const padded = (bytes: number) => "GET 1".padEnd(bytes);
  assertEquals(await client.ask(padded(1_024), 2), ["OK", "one"]);
  assertEquals(await client.ask(padded(1_024) + "\r", 2), ["OK", "one"]);
  for (const bytes of [1_025, 1_026, 2_048, 4_095, 4_096, 4_097, 10_000]) {
    for (const end of ["", "\r"]) {
      assertEquals(await client.ask(padded(bytes) + end, 1), ["INVALID COMMAND!"], `${bytes}`);
      assertEquals(await client.ask("GET 1", 2), ["OK", "one"], `${bytes}`);
    }
  }
  const unfinished = await scene.exchange({ port }, "GET 1\n" + padded(5_000));
  assertEquals(asText(unfinished), "OK\none\nINVALID COMMAND!\n");
});

sceneTest("a client that leaves in the middle of a command is forgotten", async (scene) => {
  const local = await scene.listen(await scene.file("one\n"));
  for (let i = 0; i < 50; i++) {
    const client = await scene.connect(local);
    await client.send("GET 1\nGE");
    assertEquals(asText(await client.readBytes(7)), "OK\none\n");
    client.close();
  }
  const last = await scene.connect(local);
  assertEquals(await last.ask("GET 1", 2), ["OK", "one"]);
  assertEquals(local.messages, []);
});

sceneTest("a client that resets its connection ends that connection only", async (scene) => {
  const text = await scene.file(numberedLines(64, 60_000) + "l".repeat(3_000_000));
  const server = await scene.serve(text, ["--max-connections", "3"]);
  const steady = await scene.connect(server);
  for (let i = 0; i < 30; i++) {
    const client = await scene.connect(server);
    // Closed while much is unread, and much more is on its way.
    const sending = client.send(getAll(65).repeat(20)).catch(() => {});
    await client.readBytes(3);
    client.close();
    await sending;
    assertEquals(asText((await scene.exchange(server, "GET 64\n")).subarray(0, 10)), "OK\nline 64");
  }
  assertEquals((await steady.ask("GET 1", 2))[0], "OK");
  server.kill("SIGTERM");
  assertEquals((await server.ended()).code, 0);
  assertEquals(server.errors.includes("Connection failed"), false, server.errors);
});

sceneTest(
  "--idle-timeout disconnects clients that send nothing, and lets others in",
  async (scene) => {
    const server = await scene.serve(await scene.file("one\n"), ["--idle-timeout", "300ms"]);
    const silent = await scene.connect(server);
    const halfway = await scene.connect(server);
    await halfway.send("GET 1\nGET 1");
    assertEquals(asText(await halfway.readBytes(7)), "OK\none\n");
    assertEquals(await silent.read(), null);
    assertEquals(await halfway.read(), null);
    const late = await scene.connect(server);
    assertEquals(await late.ask("GET 1", 2), ["OK", "one"]);
  },
);

sceneTest("--idle-timeout disconnects a client that does not read its replies", async (scene) => {
  const memory = SharedSemaphore.allocate(1, 2);
  const local = await scene.listen(await scene.file(numberedLines(64, 60_000)), {
    idleTimeoutMs: 200,
    sharedPermits: { memory, owner: 0 },
  });
  const client = await scene.connect(local);
  const sending = client.send(getAll(64).repeat(50)).catch(() => {});
  assertEquals(asText(await client.readBytes(3)), "OK\n");
  // The only permit is free again once the connection is closed.
  await new SharedSemaphore(memory, 1).waitUntilFree();
  await sending;
  client.close();
});

sceneTest("--max-connections makes a client wait until another one leaves", async (scene) => {
  const server = await scene.serve(await scene.file("one\ntwo\n"), ["--max-connections", "2"]);
  const first = await scene.connect(server);
  const second = await scene.connect(server);
  assertEquals(await first.ask("GET 1", 2), ["OK", "one"]);
  assertEquals(await second.ask("GET 1", 2), ["OK", "one"]);
  // The operating system accepts the connection, the server does not.
  const third = await scene.connect(server);
  const events: string[] = [];
  const answered = third.ask("GET 2", 2).then((reply) => {
    events.push("third served");
    return reply;
  });
  for (let i = 0; i < 200; i++) assertEquals(await first.ask("GET 2", 2), ["OK", "two"]);
  events.push("first leaves");
  first.close();
  assertEquals(await answered, ["OK", "two"]);
  assertEquals(events, ["first leaves", "third served"]);
});

sceneTest(
  "--max-connections: 300 clients at once are all served, 7 at a time at most",
  async (scene) => {
    const local = await scene.listen(await scene.file("one\n"), { maxConnections: 7 });
    let connected = 0;
    let most = 0;
    await Promise.all(Array.from({ length: 300 }, async () => {
      const client = await scene.connect(local);
      assertEquals(await client.ask("GET 1", 2), ["OK", "one"]);
      most = Math.max(most, ++connected);
      // All replies that have arrived are read before.
      await turn();
      connected--;
      client.close();
    }));
    assertGreater(most, 1);
    assertLessOrEqual(most, 7);
  },
);
