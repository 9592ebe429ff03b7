import { assertEquals } from "@std/assert";
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
import { LINGER_MS } from "../../src/server/linger.ts";
import type { Client } from "../support/e2e_client.ts";
import { sceneTest } from "../support/e2e_scene.ts";

const TEXT = "first\nsecond\nthird\n";

const COMMANDS =
  "GET 1\nget 3\r\nGET 0\nGET -3\nGET 99999999999999999999\nGET abc\nFOO\n\n  gEt\t2  please \nQUIT\n";

const REPLIES = "OK\nfirst\nOK\nthird\nERR\nERR\nERR\n" +
  "INVALID COMMAND!\nINVALID COMMAND!\nINVALID COMMAND!\nOK\nsecond\n";

async function readToEnd(client: Client): Promise<string> {
  return asText(await client.readAll());
}

sceneTest("serve answers every kind of command in one packet, up to QUIT", async (scene) => {
  const server = await scene.serve(await scene.file(TEXT));
  const client = await scene.connect(server);
  await client.send(COMMANDS);
  assertEquals(await readToEnd(client), REPLIES);
  assertEquals(
    server.errors.split("\n").length,
    4,
    "two lines about the index, one about the file",
  );
});

sceneTest("commands that arrive byte by byte are answered", async (scene) => {
  const { port } = await scene.listen(await scene.file(TEXT));
  const client = await scene.connect({ port });
  for (const byte of latin1(COMMANDS)) await client.send(Uint8Array.of(byte));
  assertEquals(await readToEnd(client), REPLIES);
});

sceneTest("commands that are split anywhere into two packets are answered", async (scene) => {
  const { port } = await scene.listen(await scene.file(TEXT));
  const commands = latin1(COMMANDS);
  for (let at = 1; at < commands.length; at++) {
    const client = await scene.connect({ port });
    const first = commands.subarray(0, at);
    await client.send(first);
    // The replies to the complete commands show that the server has read the first packet.
    const complete = first.subarray(0, first.lastIndexOf(10) + 1);
    const expected = repliesTo(complete);
    assertEquals(asText(await client.readBytes(expected.length)), expected, `split at ${at}`);
    await client.send(commands.subarray(at));
    assertEquals(expected + await readToEnd(client), REPLIES, `split at ${at}`);
    client.close();
  }
});

function repliesTo(commands: Uint8Array): string {
  const each = ["OK\nfirst\n", "OK\nthird\n", "ERR\n", "ERR\n", "ERR\n"]
    .concat(Array(3).fill("INVALID COMMAND!\n"), "OK\nsecond\n");
  const count = commands.filter((byte) => byte === 10).length;
  return each.slice(0, count).join("");
}

sceneTest("a client that half-closes its connection gets every reply", async (scene) => {
  const server = await scene.serve(await scene.file(TEXT));
  const client = await scene.connect(server);
  await client.send("GET 1\nGET 9\nGET 3\n");
  await client.endSending();
  assertEquals(await readToEnd(client), "OK\nfirst\nERR\nOK\nthird\n");
});

sceneTest("a command without LF at the end of the stream is answered", async (scene) => {
  const { port } = await scene.listen(await scene.file(TEXT));
  for (
    const [commands, replies] of [
      ["GET 2", "OK\nsecond\n"],
      ["GET 2\r", "OK\nsecond\n"],
      ["GET 1\nGET 3", "OK\nfirst\nOK\nthird\n"],
      ["FOO", "INVALID COMMAND!\n"],
      [" ", "INVALID COMMAND!\n"],
      ["GET 1\n", "OK\nfirst\n"],
      ["QUIT", ""],
      ["", ""],
    ] as const
  ) {
    assertEquals(asText(await scene.exchange({ port }, commands)), replies, commands);
  }
});

sceneTest(
  "10,000 commands in one write are answered to a client that reads slowly",
  async (scene) => {
    const text = latin1(numberedLines(10_000, 1_200));
    const server = await scene.serve(await scene.file(text));
    const client = await scene.connect(server);
    let isSent = false;
    const sending = client.send(getAll(10_000) + "QUIT\n").then(() => isSent = true);
    const expected = okReplies(naiveLines(text));

    // 12 MB do not fit in the sockets' buffers: the server waits until this client reads.
    const chunks: Uint8Array[] = [];
    for (let receivedBytes = 0; receivedBytes < expected.length;) {
      // Everything else goes first each time, so the client is always the slowest.
      await new Promise((resolve) => setTimeout(resolve));
      const chunk = await client.readBytes(Math.min(100_000, expected.length - receivedBytes));
      if (chunk.length === 0) break;
      receivedBytes += chunk.length;
      chunks.push(chunk);
    }
    assertSameBytes(concatBytes(chunks), expected);
    await sending;
    assertEquals(isSent, true);
    assertEquals(await client.read(), null);
  },
);

sceneTest("QUIT: commands before it are answered, commands after it are not", async (scene) => {
  const { port } = await scene.listen(await scene.file(TEXT));
  const client = await scene.connect({ port });
  await client.send("GET 1\nquit now\nGET 2\nGET 3\nFOO\n");
  assertEquals(await readToEnd(client), "OK\nfirst\n");
});

sceneTest("QUIT: bytes that follow it lose no reply", async (scene) => {
  const text = latin1(numberedLines(5_000, 400));
  const { port } = await scene.listen(await scene.file(text));
  const client = await scene.connect({ port });
  // The server ends the connection while this is still being sent.
  const sending = client.send(getAll(5_000) + "QUIT\n" + "GET 1\n".repeat(50_000)).catch(() => {});
  assertSameBytes(await client.readAll(), okReplies(naiveLines(text)));
  await sending;
});

sceneTest(
  "QUIT: a client that goes on sending, and reads later, gets every reply",
  async (scene) => {
    const text = latin1(numberedLines(1_500, 2_000));
    const { port } = await scene.listen(await scene.file(text));
    const client = await scene.connect({ port });
    await client.send(getAll(1_500) + "QUIT\n");
    const endMs = performance.now() + 3 * LINGER_MS;
    while (performance.now() < endMs) {
      // Fails only if the server has closed the connection already.
      await client.send("GET 1\n").catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    assertSameBytes(await client.readAll(), okReplies(naiveLines(text)));
  },
);

sceneTest("every client gets its own replies in its own order", async (scene) => {
  const text = latin1(numberedLines(3_000));
  const lines = naiveLines(text);
  const { port } = await scene.listen(await scene.file(text), {
    linesPerPage: 7,
    cacheBytes: 4_000,
  });
  await Promise.all(Array.from({ length: 40 }, async (_, i) => {
    const order = Array.from({ length: 500 }, (_, k) => (i * 37 + k * (2 * i + 1)) % 3_000);
    const got = await scene.exchange({ port }, order.map((n) => `GET ${n + 1}\n`).join(""));
    assertSameBytes(got, okReplies(order.map((n) => lines[n]!)), `client ${i}`);
  }));
});

sceneTest("a thousand clients at once get their own replies from a process", async (scene) => {
  const text = latin1(numberedLines(3_000));
  const lines = naiveLines(text);
  const server = await scene.serve(await scene.file(text));
  const clients = await Promise.all(
    Array.from({ length: 1_000 }, () => scene.connect(server)),
  );
  for (let round = 0; round < 3; round++) {
    const numbers = clients.map((_, i) => (i * 7 + round * 991) % 3_000 + 1);
    for (const [i, client] of clients.entries()) {
      await client.send(`GET ${numbers[i]}\nGET 0\nGET ${numbers[i]}\n`);
    }
    for (const [i, client] of clients.entries()) {
      const line = lines[numbers[i]! - 1]!;
      const expected = concatBytes([okReplies([line]), latin1("ERR\n"), okReplies([line])]);
      assertSameBytes(await client.readBytes(expected.length), expected, `client ${i}`);
    }
  }
  server.kill("SIGTERM");
  assertEquals((await server.ended()).code, 0, server.errors);
});

sceneTest("a client's mistakes are answered, and the connection goes on", async (scene) => {
  const { port } = await scene.listen(await scene.file(TEXT));
  const client = await scene.connect({ port });
  const mistakes = ["", "GET", "GET 1.5", "GET 0x1", "GET 1e0", "GETT 1", "GE", "\0", "\xff\xfe"];
  for (const mistake of [...mistakes, "GET 1\0", "GET one", "GET - 1", "GET +", "HELLO 1"]) {
    assertEquals(await client.ask(mistake, 1), ["INVALID COMMAND!"], mistake);
    assertEquals(await client.ask("GET 2", 2), ["OK", "second"], mistake);
  }
});

sceneTest("GET of an integer without a line is ERR, however it is written", async (scene) => {
  const { port } = await scene.listen(await scene.file(TEXT));
  const client = await scene.connect({ port });
  const outside = ["0", "-0", "+0", "-1", "-3", "4", "00004", "4294967297", "9007199254740993"];
  for (
    const number of [...outside, "18446744073709551617", "1" + "0".repeat(39), "-" + "9".repeat(40)]
  ) {
    assertEquals(await client.ask(`GET ${number}`, 1), ["ERR"], number);
  }
  for (const number of ["3", "+3", "003", "0".repeat(1_000) + "3"]) {
    assertEquals(await client.ask(`GET ${number}`, 2), ["OK", "third"], number);
  }
});
