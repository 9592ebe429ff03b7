import { assertEquals } from "@std/assert";
import {
  assertSameBytes,
  concatBytes,
  getAll,
  latin1,
  naiveLines,
  numberedLines,
  okReplies,
} from "../support/e2e_bytes.ts";
import { sceneTest } from "../support/e2e_scene.ts";

const TEXT = latin1(numberedLines(2_000));
const WORKERS = ["--workers", "3"];

sceneTest("workers on one port serve the same lines", async (scene) => {
  const server = await scene.serve(await scene.file(TEXT), WORKERS);
  const expected = okReplies(naiveLines(TEXT));
  await Promise.all(Array.from({ length: 24 }, async (_, i) => {
    assertSameBytes(await scene.exchange(server, getAll(2_000)), expected, `client ${i}`);
  }));
});

for (const signal of [undefined, "SIGTERM"] as const) {
  sceneTest(`${signal ?? "SHUTDOWN"} ends all workers, behind what they owe`, async (scene) => {
    const text = latin1(numberedLines(2_000, 6_000));
    const server = await scene.serve(await scene.file(text), WORKERS);
    const clients = await Promise.all(Array.from({ length: 12 }, () => scene.connect(server)));
    for (const client of clients) await client.ask("GET 0", 1);
    const busy = clients.slice(0, 2);
    await Promise.all(busy.map((client) => client.send(getAll(2_000))));
    const first = await Promise.all(busy.map((client) => client.readBytes(3)));
    if (signal === undefined) await clients[11]!.send("SHUTDOWN\n");
    else server.kill(signal);
    const rest = await Promise.all(busy.map((client) => client.readAll()));
    const expected = okReplies(naiveLines(text)).subarray(3);
    for (const [i, bytes] of rest.entries()) assertSameBytes(bytes, expected, `client ${i}`);
    assertEquals(first[0], latin1("OK\n"));
    for (const client of clients.slice(2)) assertEquals(await client.read(), null);
    for (const client of clients) client.close();
    assertEquals((await server.ended()).code, 0, server.errors);
    assertEquals(server.output.split("\n").length, 2);
  });
}

sceneTest("SHUTDOWN amid commands ends all workers, behind what they owe", async (scene) => {
  const text = latin1(numberedLines(2_000, 6_000));
  const server = await scene.serve(await scene.file(text), WORKERS);
  const clients = await Promise.all(Array.from({ length: 12 }, () => scene.connect(server)));
  // More than the sockets' buffers hold: all is owed until it is read.
  await Promise.all(clients.map((client) => client.send(getAll(2_000))));
  const first = await Promise.all(clients.map((client) => client.readBytes(3)));
  for (const bytes of first) assertEquals(bytes, latin1("OK\n"));
  const expected = okReplies(naiveLines(text)).subarray(3);

  const [ender, ...others] = clients;
  await ender!.send(`GET 1\nSHUTDOWN\n${getAll(10)}`);
  const last = okReplies(naiveLines(text).slice(0, 1));
  assertSameBytes(await ender!.readAll(), concatBytes([expected, last]), "client that ends");
  const rest = await Promise.all(others.map((client) => client.readAll()));
  for (const [i, bytes] of rest.entries()) assertSameBytes(bytes, expected, `client ${i}`);
  for (const client of clients) client.close();
  assertEquals((await server.ended()).code, 0, server.errors);
});
