import { assert, assertEquals, assertGreater } from "@std/assert";
import { assertSameBytes, asText, concatBytes, latin1 } from "../support/e2e_bytes.ts";
import { sceneTest } from "../support/e2e_scene.ts";

const LINE_BYTES = 64 * 1024 * 1024;

/** A line without an LF, whose bytes at different offsets mostly differ. */
function longLine(): Uint8Array<ArrayBuffer> {
  const line = new Uint8Array(LINE_BYTES);
  for (let at = 0, state = 1; at < LINE_BYTES; at++) {
    state = (state * 1_103_515_245 + 12_345) >>> 0;
    const byte = state >>> 24;
    line[at] = byte === 10 ? 11 : byte;
  }
  // An LF would end the line; a CR before the terminator would belong to it.
  line[LINE_BYTES - 1] = 0x7a;
  return line;
}

sceneTest(
  "a line of 64 MiB is sent as it is, and other clients are answered meanwhile",
  async (scene) => {
    const line = longLine();
    const path = await scene.file(concatBytes([latin1("before\n"), line, latin1("\r\nafter\n")]));
    const server = await scene.serve(path);
    const long = await scene.connect(server);
    const short = await scene.connect(server);
    await long.send("GET 1\nGET 2\nGET 3\nGET 2\nQUIT\n");

    const chunks: Uint8Array[] = [];
    let answers = 0;
    let receivedBytes = 0;
    for (let chunk = await long.read(); chunk !== null; chunk = await long.read()) {
      chunks.push(chunk);
      receivedBytes += chunk.length;
      // The long line waits for this client, which waits for an answer on the other connection.
      if (receivedBytes > (answers + 1) * 1024 * 1024) {
        assertEquals(await short.ask("GET 3", 2), ["OK", "after"]);
        answers++;
      }
    }
    const ok = latin1("OK\n");
    const lf = latin1("\n");
    const expected = [ok, latin1("before\n"), ok, line, lf, ok, latin1("after\n"), ok, line, lf];
    assertSameBytes(concatBytes(chunks), concatBytes(expected));
    assertGreater(answers, 100);
  },
);

sceneTest("a long line is not held in memory", async (scene) => {
  const path = await scene.file(new Uint8Array(LINE_BYTES * 4).fill(0x61));
  const server = await scene.serve(path);
  const client = await scene.connect(server);
  await client.ask("GET 9", 1);
  const beforeBytes = server.memoryBytes();
  await client.send("GET 1\n");
  let receivedBytes = 0;
  let mostBytes = 0;
  while (receivedBytes < LINE_BYTES * 4 + 4) {
    receivedBytes += (await client.read())!.length;
    mostBytes = Math.max(mostBytes, server.memoryBytes() - beforeBytes);
  }
  assert(mostBytes < LINE_BYTES * 2, `${mostBytes} bytes more for a line of ${LINE_BYTES * 4}`);
}, { ignore: Deno.build.os !== "linux" });

sceneTest(
  "a client that leaves in the middle of a long line ends its connection only",
  async (scene) => {
    const local = await scene.listen(await scene.file(new Uint8Array(8 * 1024 * 1024).fill(0x61)));
    for (let i = 0; i < 10; i++) {
      const client = await scene.connect(local);
      await client.send("GET 1\nGET 1\n");
      assertEquals(asText(await client.readBytes(8)), "OK\naaaaa");
      client.close();
    }
    const last = await scene.connect(local);
    assertEquals(await last.ask("GET 2", 1), ["ERR"]);
    assertEquals(local.messages, []);
  },
);
