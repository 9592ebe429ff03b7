import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { ClientClosedError, ConnectionFailure, ServerError } from "../../src/client/errors.ts";
import { completeOptions, type LineClientOptions } from "../../src/client/options.ts";
import type { RangeRequest } from "../../src/client/range_connection.ts";
import { rangeBytes, rangeLines } from "../../src/client/range_lines.ts";
import { asText } from "../support/e2e_bytes.ts";
import { FakeSocket } from "../support/e2e_fake_socket.ts";
import { settle, turn } from "../support/pending.ts";

/** Requests lines 1 to 9 over these sockets, in order; then connecting fails. */
function request(
  sockets: readonly FakeSocket[],
  options: LineClientOptions = {},
  signal = new AbortController().signal,
): RangeRequest {
  const left = [...sockets];
  return {
    from: 1,
    to: 9,
    options: completeOptions({ retries: 1, retryDelayMs: 0, ...options }),
    openSocket: () => {
      const socket = left.shift();
      return socket === undefined
        ? Promise.reject(new ConnectionFailure("connection refused", "a:1"))
        : Promise.resolve(socket);
    },
    signal,
  };
}

/** The lines that are yielded, and how the iteration ends. */
async function consume(range: RangeRequest): Promise<string[]> {
  const got: string[] = [];
  try {
    for await (const line of rangeLines(range)) got.push(asText(line));
    return [...got, "end"];
  } catch (error) {
    assertInstanceOf(error, Error);
    return [...got, error instanceof ConnectionFailure ? error.kind : error.name];
  }
}

const TABLE: readonly (readonly [what: string, bytes: string, outcome: readonly string[]])[] = [
  ["yields lines", "OK 3\na\n\nOK 1\r\n", ["a", "", "OK 1\r", "end"]],
  ["yields lines of a CRLF server", "OK 3\r\na\r\n\r\nb\r\r\n", ["a", "", "b\r", "end"]],
  ["yields nothing of an empty range", "OK 0\n", ["end"]],
  ["throws at the end of the stream before the last line", "OK 3\na\nb\n", [
    "a",
    "b",
    "early end of stream",
  ]],
  ["throws at the end of the stream within a line", "OK 2\na\nb", ["a", "early end of stream"]],
  ["throws at a line without the CR of its status", "OK 1\r\na\n", ["not a reply"]],
  ["throws at a server error", "Server error: no\r\n", ["ServerError"]],
  ["throws at a server without the command", "INVALID COMMAND!\n", ["ServerError"]],
  ["throws at the status of a GET", "OK\na\n", ["not a reply"]],
  ["throws at another protocol", "HTTP/1.1 400 Bad Request\r\n", ["not a reply"]],
  ["throws at a line that is too long", `OK 2\na\n${"x".repeat(21)}\n`, ["a", "LineTooLongError"]],
];

for (const [what, bytes, outcome] of TABLE) {
  Deno.test(`rangeLines ${what}, split at any byte`, async () => {
    for (let at = 0; at <= bytes.length; at++) {
      const packets = [bytes.slice(0, at), bytes.slice(at)].filter((packet) => packet !== "");
      const socket = new FakeSocket().arrive(...packets).end();
      assertEquals(await consume(request([socket], { lineMaxBytes: 20 })), outcome, `cut at ${at}`);
      assertEquals([socket.written, socket.closes], ["RANGE 1 9\n", 1]);
    }
  });
}

Deno.test("rangeLines yields no line of a chunk with surplus bytes", async () => {
  for (const surplus of ["b", "b\n", "OK\n"]) {
    const early = new FakeSocket().arrive(`OK 1\na\n${surplus}`);
    assertEquals(await consume(request([early])), ["surplus bytes"]);
    const late = new FakeSocket().arrive("OK 1\n", `a\n${surplus}`);
    assertEquals(await consume(request([late])), ["surplus bytes"]);
    const empty = new FakeSocket().arrive(`OK 0\n${surplus}`);
    assertEquals(await consume(request([empty])), ["surplus bytes"]);
  }
});

Deno.test("rangeLines replaces connections that fail before the head, up to retries times", async () => {
  const broken = new FakeSocket().arrive("OK").end();
  const socket = new FakeSocket().arrive("OK 1\na\n");
  assertEquals(await consume(request([broken, socket])), ["a", "end"]);
  assertEquals([broken.closes, socket.closes], [1, 1]);
  assertEquals(await consume(request([new FakeSocket().end()])), ["connection refused"]);
  const spare = new FakeSocket();
  const twice = [new FakeSocket().end(), new FakeSocket().end(), spare];
  assertEquals(await consume(request(twice)), ["early end of stream"]);
  assertEquals(spare.reads, 0);
});

Deno.test("rangeLines requests nothing again after the head", async () => {
  const broken = new FakeSocket().arrive("OK 2\na\n").fail(new Deno.errors.ConnectionReset());
  const spare = new FakeSocket();
  assertEquals(await consume(request([broken, spare])), ["a", "connection reset"]);
  assertEquals(spare.written, "");
});

Deno.test("rangeLines says how many lines have arrived", async () => {
  const socket = new FakeSocket().arrive("OK 5\na\nb\nc").end();
  await assertRejects(
    () => Array.fromAsync(rangeLines(request([socket]))),
    ConnectionFailure,
    "Cannot get lines 1 to 9: 127.0.0.1:10497, after 2 of 5 lines (early end of stream)",
  );
});

Deno.test("rangeLines throws if the server is silent for timeoutMs, but a consumer may be slow", async () => {
  const timeoutMs = 30;
  const socket = new FakeSocket().arrive("OK 3\na\n", "b\n");
  const lines = rangeLines(request([socket], { timeoutMs }));
  await lines.next();
  await new Promise((resolve) => setTimeout(resolve, 3 * timeoutMs));
  assertEquals(asText((await lines.next()).value!), "b");
  const failure = await assertRejects(() => lines.next(), ConnectionFailure, "waited 30 ms");
  assertEquals(failure.kind, "no reply in time");
});

Deno.test("rangeLines and rangeBytes read from the socket only when they are read", async () => {
  const packets = ["OK 1000\n", ...Array.from({ length: 1_000 }, (_, i) => `line ${i}\n`)];
  const first = new FakeSocket().arrive(...packets);
  const lines = rangeLines(request([first]));
  await settle();
  assertEquals(first.reads, 0);
  await lines.next();
  await settle();
  assertEquals(first.unread, 999);
  await lines.return();
  assertEquals(first.closes, 1);

  const second = new FakeSocket().arrive(...packets);
  const reader = rangeBytes(request([second])).getReader();
  await settle();
  assertEquals(second.reads, 0);
  await reader.read();
  await settle();
  assertEquals(second.unread, 999);
  await reader.cancel();
  assertEquals(second.closes, 1);
});

Deno.test("rangeBytes closes the connection if it is canceled during a read or while it opens", async () => {
  for (const packets of [[], ["OK 2\n"]]) {
    const socket = new FakeSocket().arrive(...packets);
    const reader = rangeBytes(request([socket])).getReader();
    const read = reader.read();
    await turn();
    await reader.cancel();
    assertEquals((await read).done, true);
    await settle();
    assertEquals(socket.closes, 1);
  }
});

Deno.test("rangeBytes fails if the connection ends before the last line", async () => {
  const socket = new FakeSocket().arrive("OK 2\na\n").end();
  const stream = rangeBytes(request([socket]));
  await assertRejects(() => Array.fromAsync(stream), ConnectionFailure, "after 1 of 2 lines");
});

Deno.test("rangeLines closes the connection at once when its signal is aborted", async () => {
  const socket = new FakeSocket().arrive("OK 2\na\n");
  const closing = new AbortController();
  const lines = rangeLines(request([socket], {}, closing.signal));
  await lines.next();
  closing.abort(new ClientClosedError());
  assertEquals(socket.closes, 1);
  await assertRejects(() => lines.next(), ClientClosedError);
});

Deno.test("rangeLines keeps the message of a server error", async () => {
  const socket = new FakeSocket().arrive("Server error: File changed: a.txt\n");
  await assertRejects(
    () => rangeLines(request([socket])).next(),
    ServerError,
    "Server error: File changed: a.txt",
  );
});
