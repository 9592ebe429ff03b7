import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import {
  ClientClosedError,
  ConnectionFailure,
  type FailureKind,
  ServerError,
} from "../../src/client/errors.ts";
import { LineClient } from "../../src/client/line_client.ts";
import { RETRY_DELAY_MAX_MS } from "../../src/client/options.ts";
import { isPending } from "../support/pending.ts";
import { latin1 } from "../support/e2e_bytes.ts";
import { type StubConnection, StubServer } from "../support/stub_server.ts";

/** Retries without a delay, which most tests want. */
const NO_DELAY = { retryDelayMs: 0 };

/** Answers `count` requests as a correct server would; line n is `line n`. */
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

Deno.test("LineClient.get requests a line again if the connection ends in the middle of it", async () => {
  await using server = new StubServer(async (connection, index) => {
    if (index > 0) return await answerAll(connection);
    await connection.requests(1);
    await connection.send("OK\nline");
  });
  await using client = await LineClient.connect({ port: server.port, ...NO_DELAY });
  assertEquals(await client.getText(1), "line 1");
  assertEquals(server.connectionCount, 2);
});

Deno.test("LineClient.get rejects if every connection ends in the middle of the line", async () => {
  await using server = new StubServer(async (connection) => {
    await connection.requests(1);
    await connection.send("OK\nline 7");
  });
  await using client = await LineClient.connect({ port: server.port, ...NO_DELAY });
  await assertFails(() => client.get(7), "early end of stream", "Cannot get line 7: 127.0.0.1");
  assertEquals(server.connectionCount, 3, "the first connection and two retries");
  await assertFails(() => client.get(8), "early end of stream", "line 8");
});

Deno.test("LineClient sends only unanswered requests again, in their order", async () => {
  const sentAgain: number[] = [];
  await using server = new StubServer(async (connection, index) => {
    if (index === 0) {
      await connection.requests(5);
      return await connection.send("OK\nline 10\nERR\nOK\nhal");
    }
    sentAgain.push(...await connection.requests(3));
    await connection.send("OK\nthird\nOK\nfourth\nOK\nfifth\n");
    await connection.closed();
  });
  await using client = await LineClient.connect({ port: server.port, ...NO_DELAY });
  const got = await Promise.all([10, 20, 30, 40, 50].map((n) => client.getText(n)));
  assertEquals(sentAgain, [30, 40, 50]);
  assertEquals(got, ["line 10", undefined, "third", "fourth", "fifth"]);
});

Deno.test("LineClient sends requests of a broken connection again before the waiting ones", async () => {
  let received: number[] = [];
  await using server = new StubServer(async (connection, index) => {
    if (index === 0) await connection.requests(2);
    else received = await answer(connection, 5);
  });
  await using client = await LineClient.connect({ port: server.port, pipelineMax: 2, ...NO_DELAY });
  await Promise.all([1, 2, 3, 4, 5].map((n) => client.getText(n)));
  assertEquals(received, [1, 2, 3, 4, 5]);
});

Deno.test("LineClient replaces connections without limit if each of them answers a request", async () => {
  await using server = new StubServer(async (connection) => {
    await answer(connection, 1);
  });
  await using client = await LineClient.connect({ port: server.port, retries: 1, ...NO_DELAY });
  const numbers = Array.from({ length: 10 }, (_, i) => i + 1);
  const got = await Promise.all(numbers.map((n) => client.getText(n)));
  assertEquals(got, numbers.map((n) => `line ${n}`));
});

Deno.test("LineClient.getAll continues on a new connection", async () => {
  await using server = new StubServer(async (connection) => {
    await answer(connection, 3);
    await connection.send("OK\nli");
  });
  await using client = await LineClient.connect({ port: server.port, pipelineMax: 4, ...NO_DELAY });
  const got = await Array.fromAsync(client.getAll([9, 8, 7, 6, 5, 4, 3, 2, 1]));
  assertEquals(got, [9, 8, 7, 6, 5, 4, 3, 2, 1].map((n) => latin1(`line ${n}`)));
});

Deno.test("LineClient rejects all requests without a retry after an invalid reply", async () => {
  await using server = new StubServer(async (connection) => {
    await connection.requests(2);
    await connection.send("OK\nline 1\nHTTP/1.1 400 Bad Request\r\n\r\n");
    await connection.closed();
  });
  await using client = await LineClient.connect({
    port: server.port,
    retryDelayMs: RETRY_DELAY_MAX_MS,
  });
  const first = client.getText(1);
  await assertFails(() => client.get(2), "not a reply", "HTTP/1.1 400");
  assertEquals(await first, "line 1");
  assertEquals(server.connectionCount, 1);
});

Deno.test("LineClient discards a surplus reply and opens another connection", async () => {
  await using server = new StubServer(async (connection, index) => {
    if (index > 0) return await answerAll(connection);
    await connection.requests(1);
    await connection.send("OK\nline 1\nOK\nsurplus\n");
    await answerAll(connection);
  });
  await using client = await LineClient.connect({ port: server.port, ...NO_DELAY });
  assertEquals(await client.getText(1), "line 1");
  assertEquals(await client.getText(2), "line 2");
  assertEquals(server.connectionCount, 2);
});

Deno.test("LineClient does not put a surplus part of a reply before the next reply", async () => {
  for (const surplus of ["O", "OK\n", "OK\nhalf ", "ERR", "Server error: x"]) {
    await using server = new StubServer(async (connection, index) => {
      if (index > 0) return await answerAll(connection);
      await connection.requests(1);
      await connection.send(`OK\nline 1\n${surplus}`);
      await answerAll(connection);
    });
    await using client = await LineClient.connect({ port: server.port, ...NO_DELAY });
    assertEquals(await client.getText(1), "line 1");
    assertEquals(await client.getText(2), "line 2", surplus);
    assertEquals(server.connectionCount, 2);
  }
});

Deno.test("LineClient.get rejects with INVALID COMMAND!, and the connection stays open", async () => {
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

Deno.test("LineClient.get rejects if the server is silent for timeoutMs on every connection", async () => {
  await using server = new StubServer((connection) => connection.closed());
  await using client = await LineClient.connect({
    port: server.port,
    timeoutMs: 30,
    retries: 1,
    ...NO_DELAY,
  });
  await assertFails(() => client.get(1), "no reply in time", "30 ms");
  assertEquals(server.connectionCount, 2);
});

Deno.test("LineClient.get assembles replies that arrive byte by byte", async () => {
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

Deno.test("LineClient has at most pipelineMax requests in flight", async () => {
  await using server = new StubServer(async (connection) => {
    for (;;) {
      // All requests that have arrived before the first reply.
      const requests = (await connection.receive()).split("\n").length - 1;
      if (requests === 0) return;
      assert(requests <= 3, `${requests} requests`);
      await connection.send("ERR\n".repeat(requests));
    }
  });
  await using client = await LineClient.connect({ port: server.port, pipelineMax: 3 });
  await Promise.all(Array.from({ length: 20 }, (_, i) => client.get(i + 1)));
});

Deno.test("LineClient.get rejects at once when aborted, and its reply settles no other request", async () => {
  const gate = Promise.withResolvers<void>();
  const received: number[] = [];
  await using server = new StubServer(async (connection) => {
    const numbers = await connection.requests(3);
    await gate.promise;
    for (const lineNumber of numbers) await connection.send(`OK\nline ${lineNumber}\n`);
    received.push(...numbers, ...await answer(connection, 1));
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
  assertEquals(received, [1, 2, 3, 5]);
});

Deno.test("LineClient does not send an aborted request again", async () => {
  const received: number[] = [];
  const abort = new AbortController();
  await using server = new StubServer(async (connection, index) => {
    if (index > 0) return void received.push(...await answer(connection, 2));
    await connection.requests(3);
    abort.abort(new Error("enough"));
  });
  await using client = await LineClient.connect({ port: server.port, ...NO_DELAY });
  const aborted = assertRejects(() => client.get(2, { signal: abort.signal }), Error, "enough");
  assertEquals(await Promise.all([1, 3].map((n) => client.getText(n))), ["line 1", "line 3"]);
  await aborted;
  assertEquals(received, [1, 3]);
});

Deno.test("LineClient.getAll, left early, neither settles other requests nor sends its own again", async () => {
  const received: number[] = [];
  await using server = new StubServer(async (connection, index) => {
    if (index > 0) return void received.push(...await answer(connection, 1));
    await answer(connection, 8);
    await connection.requests(4);
    await connection.send("OK\nline 9\nOK\nli");
  });
  await using client = await LineClient.connect({ port: server.port, pipelineMax: 8, ...NO_DELAY });
  let given = 0;
  for await (const line of client.getAll([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])) {
    assertEquals(line, latin1(`line ${++given}`));
    if (given === 6) break;
  }
  assertEquals(await client.getText(12), "line 12");
  assertEquals(received, [12]);
});

Deno.test("LineClient.getAll throws a failure in the place of its line", async () => {
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

Deno.test("LineClient.getMany requests only the missing lines again", async () => {
  const commands: (string | undefined)[] = [];
  await using server = new StubServer(async (connection, index) => {
    commands.push(await connection.command());
    await connection.send(["OK\na\nERR\nOK\nb", "OK\nc\n", "OK\nd\n"][index]!);
  });
  const options = { port: server.port, retries: 1, ...NO_DELAY };
  await using client = await LineClient.connect(options);
  assertEquals(await client.getManyText([5, 6, 7, 8]), ["a", undefined, "c", "d"]);
  assertEquals(commands, ["MGET 5 6 7 8", "MGET 7 8", "MGET 8"]);
});

Deno.test("LineClient.getMany rejects with the first failure, and takes the other replies", async () => {
  await using server = new StubServer(async (connection) => {
    await connection.command();
    await connection.send("OK\na\nServer error: b\nServer error: c\n");
    await answerAll(connection);
  });
  await using client = await LineClient.connect({ port: server.port, ...NO_DELAY });
  await assertRejects(() => client.getMany([1, 2, 3]), ServerError, "Server error: b");
  assertEquals(await client.getText(4), "line 4");
  assertEquals(server.connectionCount, 1);
});

Deno.test("LineClient.getMany rejects if no connection returns all lines", async () => {
  await using server = new StubServer(async (connection) => void await connection.command());
  await using client = await LineClient.connect({ port: server.port, ...NO_DELAY });
  await assertFails(() => client.getMany([1, 2]), "early end of stream", "Cannot get 2 lines: 127");
  await assertFails(() => client.count(), "early end of stream", "Cannot count lines: 127");
});

Deno.test("LineClient.count rejects a reply that is not a number", async () => {
  for (const reply of ["ERR\n", "OK\n\n", "OK\n-1\n", "OK\n1 2\n"]) {
    await using server = new StubServer(async (connection) => {
      assertEquals(await connection.command(), "COUNT");
      await connection.send(reply);
      await connection.closed();
    });
    await using client = await LineClient.connect({ port: server.port });
    await assertFails(() => client.count(), "not a reply", "Cannot count lines");
  }
});

Deno.test("LineClient.get rejects a line without the CR of its status", async () => {
  await using server = new StubServer(async (connection) => {
    await connection.requests(1);
    await connection.send("OK\r\nline\n");
    await connection.closed();
  });
  await using client = await LineClient.connect({ port: server.port });
  await assertFails(() => client.get(1), "not a reply", "line 1");
});

Deno.test("LineClient.close ends the delay before a retry", async () => {
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

Deno.test("LineClient.connect rejects after one attempt if no server listens", async () => {
  const port = freePort();
  await assertFails(
    () => LineClient.connect({ port, retryDelayMs: RETRY_DELAY_MAX_MS }),
    "connection refused",
    `Cannot connect: 127.0.0.1:${port}`,
  );
});

Deno.test("LineClient.get rejects while the server is down, and works after it has been restarted", async () => {
  const server = new StubServer(answerAll);
  const { port } = server;
  await using client = await LineClient.connect({ port, ...NO_DELAY });
  await server[Symbol.asyncDispose]();
  await assertFails(() => client.get(1), "connection refused", "Cannot get line 1");
  await using _back = new StubServer(answerAll, port);
  assertEquals(await client.getText(2), "line 2");
});

Deno.test("LineClient.connect rejects after connectTimeoutMs", async () => {
  // Nobody accepts: when this short queue is full, the system stops answering.
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

Deno.test("LineClient.getAll yields the correct lines for any chunks and any broken connections", async () => {
  const lineNumbers = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 30 });
  const chunkBytes = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 20 });
  const lifeBytes = fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(lineNumbers, chunkBytes, lifeBytes, async (lineNumbers, chunks, lives) => {
      await using server = new StubServer(async (connection, index) => {
        await answerInChunks(connection, chunks, lives[index] ?? Infinity);
      });
      const options = { port: server.port, pipelineMax: 4, retries: 5, ...NO_DELAY };
      await using client = await LineClient.connect(options);
      const got = await Array.fromAsync(client.getAll(lineNumbers));
      assertEquals(got, lineNumbers.map((n) => latin1("x".repeat(n % 20) + n)));
    }),
    { numRuns: 40 },
  );
});

/** Answers in chunks of these sizes, used in turn; closes the connection after `lifeBytes`. */
async function answerInChunks(
  connection: StubConnection,
  chunkBytes: readonly number[],
  lifeBytes: number,
): Promise<void> {
  let leftBytes = lifeBytes;
  for (let chunk = 0;;) {
    const [n] = await connection.requests(1);
    if (n === undefined) return;
    let reply = `OK\n${"x".repeat(n % 20)}${n}\n`;
    while (reply !== "") {
      if (leftBytes === 0) return;
      const bytes = Math.min(chunkBytes[chunk++ % chunkBytes.length] ?? Infinity, leftBytes);
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
