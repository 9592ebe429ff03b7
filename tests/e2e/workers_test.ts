import { assert, assertEquals } from "@std/assert";
import {
  assertSameBytes,
  concatBytes,
  getAll,
  latin1,
  naiveLines,
  numberedLines,
  okReplies,
} from "../support/e2e_bytes.ts";
import { type Scene, sceneTest } from "../support/e2e_scene.ts";
import { READ_BYTES } from "../../src/server/client.ts";

const WORKERS = ["--workers", "3"];

sceneTest("serve --workers: all workers serve the same lines on one port", async (scene) => {
  const text = latin1(numberedLines(2_000));
  const server = await scene.serve(await scene.file(text), WORKERS);
  const expected = okReplies(naiveLines(text));
  await Promise.all(Array.from({ length: 24 }, async (_, i) => {
    assertSameBytes(await scene.exchange(server, getAll(2_000)), expected, `client ${i}`);
  }));
});

// The commands for all lines fit into one read of the server; the replies, 12 MB, do not fit in the sockets'
// buffers.
const LINES = 200;
const TEXT = latin1(numberedLines(LINES, 60_000));
const COMMANDS = getAll(LINES);
const EXPECTED = okReplies(naiveLines(TEXT)).subarray(3);
assert(COMMANDS.length <= READ_BYTES);

/** A server with three workers, and twelve clients that it has accepted. */
async function serveTwelve(scene: Scene) {
  const server = await scene.serve(await scene.file(TEXT), WORKERS);
  const clients = await Promise.all(Array.from({ length: 12 }, () => scene.connect(server)));
  for (const client of clients) await client.ask("GET 0", 1);
  return { server, clients };
}

for (const signal of [undefined, "SIGTERM"] as const) {
  sceneTest(
    `serve --workers: ${signal ?? "SHUTDOWN"} stops all workers, after what they have read`,
    async (scene) => {
      const { server, clients } = await serveTwelve(scene);
      const busy = clients.slice(0, 4);
      for (const client of busy) {
        await client.send(COMMANDS);
        assertEquals(await client.readBytes(3), latin1("OK\n"));
      }
      if (signal === undefined) await clients[11]!.send("SHUTDOWN\n");
      else server.kill(signal);
      for (const [i, client] of busy.entries()) {
        assertSameBytes(await client.readAll(), EXPECTED, `client ${i}`);
      }
      for (const client of clients.slice(4)) assertEquals(await client.read(), null);
      for (const client of clients) client.close();
      assertEquals((await server.ended()).code, 0, server.errors);
      assertEquals(server.output.split("\n").length, 2);
    },
  );
}

sceneTest(
  "serve --workers: SHUTDOWN between commands stops all workers, after what they have read",
  async (scene) => {
    const { server, clients } = await serveTwelve(scene);
    for (const client of clients) {
      await client.send(COMMANDS);
      assertEquals(await client.readBytes(3), latin1("OK\n"));
    }
    const [ender, ...others] = clients;
    await ender!.send(`GET 1\nSHUTDOWN\n${getAll(10)}`);
    const last = okReplies(naiveLines(TEXT).slice(0, 1));
    assertSameBytes(await ender!.readAll(), concatBytes([EXPECTED, last]), "client that ends");
    for (const [i, client] of others.entries()) {
      assertSameBytes(await client.readAll(), EXPECTED, `client ${i}`);
    }
    for (const client of clients) client.close();
    assertEquals((await server.ended()).code, 0, server.errors);
  },
);
