import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { ConnectionFailure, type FailureKind } from "../../src/client/connection_failure.ts";
import { LineClient } from "../../src/client/line_client.ts";
import { ClientClosedError } from "../../src/client/line_request.ts";
import { ServerError } from "../../src/client/reply.ts";
import { RETRY_DELAY_MAX_MS } from "../../src/client/server_link.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { isPending } from "../support/pending.ts";
import { latin1 } from "../support/e2e_bytes.ts";
import { type StubConnection, StubServer } from "../support/stub_server.ts";

/** Retries without a wait, unless a test says otherwise. */
const AT_ONCE = { retryDelayMs: 0 };

/** Answers so many requests as a right server would, line n being `line n`. */
async function answer(connection: StubConnection, count: number): Promise<number[]> {
  const lineNumbers: number[] = [];
  while (lineNumbers.length < count) {
    const [lineNumber] = await connection.requests(1);
    if (lineNumber === undefined) break;
    lineNumbers.push(lineNumber);
    await connection.send(`OK\nline ${lineNumber}\n`);
  }
  return lineNumbers;
}

async function answerAll(connection: StubConnection): Promise<void> {
  await answer(connection, Infinity);
}

async function assertFails(
  action: () => Promise<unknown>,
  kind: FailureKind,
  ...texts: string[]
): Promise<void> {
  const failure = await assertRejects(action, ConnectionFailure);
  assertEquals(failure.kind, kind);
  for (const text of [kind, ...texts]) assert(failure.message.includes(text), failure.message);
}

Deno.test("a line cut off by the end of the connection is asked for again, not given", async () => {
  await using server = new StubServer(async (connection, index) => {
    if (index > 0) return await answerAll(connection);
    await connection.requests(1);
    await connection.send("OK\nline");
  });
  await using client = await LineClient.connect({ port: server.port, ...AT_ONCE });
  assertEquals(await client.getText(1), "line 1");
  assertEquals(server.connectionCount, 2);
});

Deno.test("a line that is cut off every time is a failure that says so", async () => {
  await using server = new StubServer(async (connection) => {
    await connection.requests(1);
    await connection.send("OK\nline 7");
  });
  await using client = await LineClient.connect({ port: server.port, ...AT_ONCE });
  await assertFails(() => client.get(7), "early end of stream", "Cannot get line 7: ", "127.0.0.1");
  assertEquals(server.connectionCount, 3, "the first and two retries");
  await assertFails(() => client.get(8), "early end of stream", "line 8");
});

Deno.test("only what was not answered is asked again, in its order", async () => {
  const askedAgain: number[] = [];
  await using server = new StubServer(async (connection, index) => {
    if (index === 0) {
      await connection.requests(5);
      return await connection.send("OK\nline 10\nERR\nOK\nhal");
    }
    askedAgain.push(...await connection.requests(3));
    await connection.send("OK\nthird\nOK\nfourth\nOK\nfifth\n");
    await connection.closed();
  });
  await using client = await LineClient.connect({ port: server.port, ...AT_ONCE });
  const got = await Promise.all([10, 20, 30, 40, 50].map((n) => client.getText(n)));
  assertEquals(askedAgain, [30, 40, 50]);
  assertEquals(got, ["line 10", undefined, "third", "fourth", "fifth"]);
});

Deno.test("what was asked before is asked again before what waited", async () => {
  let asked: number[] = [];
  await using server = new StubServer(async (connection, index) => {
    if (index === 0) await connection.requests(2);
    else asked = await answer(connection, 5);
  });
  await using client = await LineClient.connect({ port: server.port, pipelineMax: 2, ...AT_ONCE });
  await Promise.all([1, 2, 3, 4, 5].map((n) => client.getText(n)));
  assertEquals(asked, [1, 2, 3, 4, 5]);
});

Deno.test("connections that each answer something are replaced as often as needed", async () => {
  await using server = new StubServer(async (connection) => {
    await answer(connection, 1);
  });
  await using client = await LineClient.connect({ port: server.port, retries: 1, ...AT_ONCE });
  const numbers = Array.from({ length: 10 }, (_, i) => i + 1);
  const got = await Promise.all(numbers.map((n) => client.getText(n)));
  assertEquals(got, numbers.map((n) => `line ${n}`));
});

Deno.test("an iteration goes on over a new connection", async () => {
  await using server = new StubServer(async (connection) => {
    await answer(connection, 3);
    await connection.send("OK\nli");
  });
  await using client = await LineClient.connect({ port: server.port, pipelineMax: 4, ...AT_ONCE });
  const got = await Array.fromAsync(client.getAll([9, 8, 7, 6, 5, 4, 3, 2, 1]));
  assertEquals(got, [9, 8, 7, 6, 5, 4, 3, 2, 1].map((n) => latin1(`line ${n}`)));
});

Deno.test("what is not a reply ends every request at once, without a retry", async () => {
  await using server = new StubServer(async (connection) => {
    await connection.requests(2);
    await connection.send("OK\nline 1\nHTTP/1.1 400 Bad Request\r\n\r\n");
    await connection.closed();
  });
  await using client = await LineClient.connect({
    port: server.port,
    retryDelayMs: RETRY_DELAY_MAX_MS,
  });
  const right = client.getText(1);
  await assertFails(() => client.get(2), "not a reply", "HTTP/1.1 400");
  assertEquals(await right, "line 1");
  assertEquals(server.connectionCount, 1);
});

Deno.test("a reply too many is nobody's: the connection is given up", async () => {
  await using server = new StubServer(async (connection, index) => {
    if (index > 0) return await answerAll(connection);
    await connection.requests(1);
    await connection.send("OK\nline 1\nOK\nnobody's\n");
    await answerAll(connection);
  });
  await using client = await LineClient.connect({ port: server.port, ...AT_ONCE });
  assertEquals(await client.getText(1), "line 1");
  assertEquals(await client.getText(2), "line 2");
  assertEquals(server.connectionCount, 2);
});

Deno.test("a server that does not know GET is an error, and the connection goes on", async () => {
  await using server = new StubServer(async (connection) => {
    await connection.requests(1);
    await connection.send("INVALID COMMAND!\n");
    await answerAll(connection);
  });
  await using client = await LineClient.connect({ port: server.port });
  await assertRejects(() => client.get(1), ServerError, "INVALID COMMAND!");
  assertEquals(await client.getText(1), "line 1");
  assertEquals(server.connectionCount, 1);
});

Deno.test("a silent server is given up after timeoutMs, and after the retries for good", async () => {
  await using server = new StubServer((connection) => connection.closed());
  await using client = await LineClient.connect({
    port: server.port,
    timeoutMs: 30,
    retries: 1,
    ...AT_ONCE,
  });
  await assertFails(() => client.get(1), "no reply in time", "30 ms");
  assertEquals(server.connectionCount, 2);
});

Deno.test("silence counts from when something is asked, not from the last reply", async () => {
  using clock = new ManualClock();
  const timeoutMs = 20;
  await using server = new StubServer(async (connection) => {
    await answer(connection, 1);
    await connection.requests(1);
    // The client's timer, which was set before and for a shorter time, fires first.
    await new Promise((resolve) => setTimeout(resolve, 2 * timeoutMs));
    await connection.send("OK\nline 2\n");
    await connection.closed();
  });
  await using client = await LineClient.connect({ port: server.port, timeoutMs });
  assertEquals(await client.getText(1), "line 1");
  clock.nowMs += 60_000;
  assertEquals(await client.getText(2), "line 2");
  assertEquals(server.connectionCount, 1);
});

Deno.test("replies that come byte by byte are put together", async () => {
  await using server = new StubServer(async (connection) => {
    await connection.requests(3);
    for (const byte of latin1("OK\r\none\r\nERR\r\nOK\r\nthree\r\r\n")) {
      await connection.send(Uint8Array.of(byte));
    }
    await connection.closed();
  });
  await using client = await LineClient.connect({ port: server.port });
  const got = await Promise.all([1, 2, 3].map((n) => client.getText(n)));
  assertEquals(got, ["one", undefined, "three\r"]);
});

Deno.test("no more than pipelineMax requests are on their way", async () => {
  await using server = new StubServer(async (connection) => {
    for (;;) {
      // All that has come before anything is answered.
      const requests = (await connection.receive()).split("\n").length - 1;
      if (requests === 0) return;
      assert(requests <= 3, `${requests} requests`);
      await connection.send("ERR\n".repeat(requests));
    }
  });
  await using client = await LineClient.connect({ port: server.port, pipelineMax: 3 });
  await Promise.all(Array.from({ length: 20 }, (_, i) => client.get(i + 1)));
});

Deno.test("an aborted request rejects at once, and its reply is nobody else's", async () => {
  const gate = Promise.withResolvers<void>();
  const asked: number[] = [];
  await using server = new StubServer(async (connection) => {
    const numbers = await connection.requests(3);
    await gate.promise;
    for (const lineNumber of numbers) await connection.send(`OK\nline ${lineNumber}\n`);
    asked.push(...numbers, ...await answer(connection, 1));
  });
  await using client = await LineClient.connect({ port: server.port, pipelineMax: 3 });
  const abort = new AbortController();
  const first = client.getText(1);
  const aborted = client.getText(2, { signal: abort.signal });
  const third = client.getText(3);
  const unsent = client.getText(4, { signal: abort.signal });
  const last = client.getText(5);
  assert(await isPending(third));

  const rejections = [aborted, unsent].map((line) => assertRejects(() => line, Error, "enough"));
  abort.abort(new Error("enough"));
  await Promise.all(rejections);
  await assertRejects(() => client.get(6, { signal: abort.signal }), Error, "enough");
  gate.resolve();
  assertEquals(await Promise.all([first, third, last]), ["line 1", "line 3", "line 5"]);
  assertEquals(asked, [1, 2, 3, 5]);
});

Deno.test("an aborted request is not asked again", async () => {
  const asked: number[] = [];
  const abort = new AbortController();
  await using server = new StubServer(async (connection, index) => {
    if (index > 0) return void asked.push(...await answer(connection, 2));
    await connection.requests(3);
    abort.abort(new Error("enough"));
  });
  await using client = await LineClient.connect({ port: server.port, ...AT_ONCE });
  const aborted = assertRejects(() => client.get(2, { signal: abort.signal }), Error, "enough");
  assertEquals(await Promise.all([1, 3].map((n) => client.getText(n))), ["line 1", "line 3"]);
  await aborted;
  assertEquals(asked, [1, 3]);
});

Deno.test("what an iteration leaves is nobody else's, and is not asked again", async () => {
  const asked: number[] = [];
  await using server = new StubServer(async (connection, index) => {
    if (index > 0) return void asked.push(...await answer(connection, 1));
    await answer(connection, 8);
    await connection.requests(4);
    await connection.send("OK\nline 9\nOK\nli");
  });
  await using client = await LineClient.connect({ port: server.port, pipelineMax: 8, ...AT_ONCE });
  let given = 0;
  for await (const line of client.getAll([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])) {
    assertEquals(line, latin1(`line ${++given}`));
    if (given === 6) break;
  }
  assertEquals(await client.getText(12), "line 12");
  assertEquals(asked, [12]);
});

Deno.test("a failure in an iteration is thrown in its place", async () => {
  await using server = new StubServer(async (connection) => {
    await connection.requests(3);
    await connection.send("OK\none\nServer error: two\nOK\nthree\n");
    await connection.closed();
  });
  await using client = await LineClient.connect({ port: server.port });
  const lines = client.getAll([1, 2, 3]);
  assertEquals((await lines.next()).value, latin1("one"));
  await assertRejects(() => lines.next(), ServerError, "Server error: two");
  assertEquals(await lines.next(), { done: true, value: undefined });
});

Deno.test("closing ends the wait for a retry, whatever is left of it", async () => {
  const gone = Promise.withResolvers<void>();
  await using server = new StubServer(async (connection) => {
    await connection.requests(1);
    gone.resolve();
  });
  const client = await LineClient.connect({ port: server.port, retryDelayMs: RETRY_DELAY_MAX_MS });
  const waiting = assertRejects(() => client.get(1), ClientClosedError);
  await gone.promise;
  assert(await isPending(waiting));
  const closingAtMs = performance.now();
  await client.close();
  await waiting;
  assert(performance.now() - closingAtMs < RETRY_DELAY_MAX_MS);
});

Deno.test("no server: connecting fails with one try", async () => {
  const port = freePort();
  await assertFails(
    () => LineClient.connect({ port, retryDelayMs: RETRY_DELAY_MAX_MS }),
    "connection refused",
    `Cannot connect: `,
    `127.0.0.1:${port}`,
  );
});

Deno.test("a server that is gone fails the requests; one that is back is asked again", async () => {
  const server = new StubServer(answerAll);
  const { port } = server;
  await using client = await LineClient.connect({ port, ...AT_ONCE });
  await server[Symbol.asyncDispose]();
  await assertFails(() => client.get(1), "connection refused", "Cannot get line 1");
  await using _back = new StubServer(answerAll, port);
  assertEquals(await client.getText(2), "line 2");
});

Deno.test("connecting takes no longer than connectTimeoutMs", async () => {
  // Nobody accepts: when this short queue is full, the system answers no more.
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
  const { port } = listener.addr;
  await using clients = new AsyncDisposableStack();
  const connectUntilFull = async () => {
    for (let i = 0; i < 10; i++) {
      clients.use(await LineClient.connect({ port, connectTimeoutMs: 100 }));
    }
  };
  await assertFails(connectUntilFull, "no reply in time", "100 ms");
});

Deno.test("any lines in any pieces, over connections that break anywhere, are right", async () => {
  const lineNumbers = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 30 });
  const pieceBytes = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 20 });
  const lifeBytes = fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(lineNumbers, pieceBytes, lifeBytes, async (lineNumbers, pieces, lives) => {
      await using server = new StubServer(async (connection, index) => {
        await answerInPieces(connection, pieces, lives[index] ?? Infinity);
      });
      const options = { port: server.port, pipelineMax: 4, retries: 5, ...AT_ONCE };
      await using client = await LineClient.connect(options);
      const got = await Array.fromAsync(client.getAll(lineNumbers));
      assertEquals(got, lineNumbers.map((n) => latin1("x".repeat(n % 20) + n)));
    }),
    { numRuns: 40 },
  );
});

/** Answers in pieces of these sizes, again and again; ends the connection after so many bytes. */
async function answerInPieces(
  connection: StubConnection,
  pieceBytes: readonly number[],
  lifeBytes: number,
): Promise<void> {
  let leftBytes = lifeBytes;
  for (let piece = 0;;) {
    const [n] = await connection.requests(1);
    if (n === undefined) return;
    let reply = `OK\n${"x".repeat(n % 20)}${n}\n`;
    while (reply !== "") {
      if (leftBytes === 0) return;
      const bytes = Math.min(pieceBytes[piece++ % pieceBytes.length] ?? Infinity, leftBytes);
      await connection.send(reply.slice(0, bytes));
      leftBytes -= Math.min(bytes, reply.length);
      reply = reply.slice(bytes);
    }
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
