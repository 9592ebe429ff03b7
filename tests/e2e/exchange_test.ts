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
import { LINGER_MS } from "../../src/server/connection.ts";
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

sceneTest("a process answers every kind of command in one packet, then ends", async (scene) => {
  const server = await scene.serve(await scene.file(TEXT));
  const client = await scene.connect(server);
  await client.send(COMMANDS);
  assertEquals(await readToEnd(client), REPLIES);
  assertEquals(
    server.errors.split("\n").length,
    4,
    "two lines about the index, one about the text",
  );
});

sceneTest("commands are understood byte by byte", async (scene) => {
  const { port } = await scene.listen(await scene.file(TEXT));
  const client = await scene.connect({ port });
  for (const byte of latin1(COMMANDS)) await client.send(Uint8Array.of(byte));
  assertEquals(await readToEnd(client), REPLIES);
});

sceneTest("commands are understood wherever they are split into two packets", async (scene) => {
  const { port } = await scene.listen(await scene.file(TEXT));
  const commands = latin1(COMMANDS);
  for (let at = 1; at < commands.length; at++) {
    const client = await scene.connect({ port });
    const first = commands.subarray(0, at);
    await client.send(first);
    // The replies to what is complete show that the server has seen the first packet.
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

sceneTest("who sends everything and half-closes gets everything", async (scene) => {
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

sceneTest("10,000 commands in one go are answered to a client that reads late", async (scene) => {
  const text = latin1(numberedLines(10_000, 1_200));
  const server = await scene.serve(await scene.file(text));
  const client = await scene.connect(server);
  let isSent = false;
  const sending = client.send(getAll(10_000) + "QUIT\n").then(() => isSent = true);
  const expected = okReplies(naiveLines(text));

  // 12 MB do not fit in the sockets' buffers: the server waits for this client to take something.
  const pieces: Uint8Array[] = [];
  for (let taken = 0; taken < expected.length;) {
    // Each round lets everything else go first, so the client is always the slowest.
    await new Promise((resolve) => setTimeout(resolve));
    const piece = await client.readBytes(Math.min(100_000, expected.length - taken));
    if (piece.length === 0) break;
    taken += piece.length;
    pieces.push(piece);
  }
  assertSameBytes(concatBytes(pieces), expected);
  await sending;
  assertEquals(isSent, true);
  assertEquals(await client.read(), null);
});

sceneTest("commands behind QUIT are not answered, those before it are", async (scene) => {
  const { port } = await scene.listen(await scene.file(TEXT));
  const client = await scene.connect({ port });
  await client.send("GET 1\nquit now\nGET 2\nGET 3\nFOO\n");
  assertEquals(await readToEnd(client), "OK\nfirst\n");
});

sceneTest("bytes behind QUIT do not lose the replies owed", async (scene) => {
  const text = latin1(numberedLines(5_000, 400));
  const { port } = await scene.listen(await scene.file(text));
  const client = await scene.connect({ port });
  // The server ends the connection while this is still being sent.
  const sending = client.send(getAll(5_000) + "QUIT\n" + "GET 1\n".repeat(50_000)).catch(() => {});
  assertSameBytes(await client.readAll(), okReplies(naiveLines(text)));
  await sending;
});

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

sceneTest("a client's mistakes are answered and the connection goes on", async (scene) => {
  const { port } = await scene.listen(await scene.file(TEXT));
  const client = await scene.connect({ port });
  const mistakes = ["", "GET", "GET 1.5", "GET 0x1", "GET 1e0", "GETT 1", "GE", "\0", "\xff\xfe"];
  for (const mistake of [...mistakes, "GET 1\0", "GET one", "GET - 1", "GET +", "HELLO 1"]) {
    assertEquals(await client.ask(mistake, 1), ["INVALID COMMAND!"], mistake);
    assertEquals(await client.ask("GET 2", 2), ["OK", "second"], mistake);
  }
});

sceneTest("integers outside the text are ERR, however they are written", async (scene) => {
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

sceneTest("who goes on sending behind QUIT, and reads later, gets what is owed", async (scene) => {
  const text = latin1(numberedLines(1_500, 2_000));
  const { port } = await scene.listen(await scene.file(text));
  const client = await scene.connect({ port });
  await client.send(getAll(1_500) + "QUIT\n");
  const endMs = performance.now() + 3 * LINGER_MS;
  while (performance.now() < endMs) {
    // Refused only where the server has closed already.
    await client.send("GET 1\n").catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  assertSameBytes(await client.readAll(), okReplies(naiveLines(text)));
});
