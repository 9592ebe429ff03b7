import { assertEquals, assertInstanceOf } from "@std/assert";
import { ClientClosedError, ConnectionFailure } from "../../src/client/errors.ts";
import type { LineRequest } from "../../src/client/line_request.ts";
import { completeOptions, type LineClientOptions } from "../../src/client/options.ts";
import { RequestSender } from "../../src/client/request_sender.ts";
import type { ClientSocket } from "../../src/client/transport/transport.ts";
import { asText, latin1 } from "../support/e2e_bytes.ts";
import { FakeSocket } from "../support/e2e_fake_socket.ts";
import { settle, turn } from "../support/pending.ts";

class RecordingSocket extends FakeSocket {
  readonly sent: string[] = [];

  override async write(bytes: Uint8Array): Promise<number> {
    const count = await super.write(bytes);
    this.sent.push(asText(bytes.subarray(0, count)));
    return count;
  }
}

/** Connects a sender whose connections use these sockets, in order; then connecting fails. */
async function open(
  sockets: readonly ClientSocket[],
  options: LineClientOptions = {},
): Promise<RequestSender> {
  const left = [...sockets];
  const complete = completeOptions({ pipelineMax: 3, retries: 1, retryDelayMs: 0, ...options });
  const sender = new RequestSender(complete, () => {
    const socket = left.shift();
    return socket === undefined
      ? Promise.reject(new ConnectionFailure("connection refused", "a:1"))
      : Promise.resolve(socket);
  });
  await sender.connect();
  return sender;
}

function get(sender: RequestSender, lineNumber: number): LineRequest {
  return sender.send({ kind: "lines", numbers: [lineNumber] });
}

async function kindOf(outcome: Promise<unknown>): Promise<string> {
  const failure = await outcome;
  assertInstanceOf(failure, ConnectionFailure);
  return failure.kind;
}

Deno.test("RequestSender sends requests of the same turn in one write, up to pipelineMax", async () => {
  const socket = new RecordingSocket();
  const sender = await open([socket]);
  const requests = [1, 2, 3, 4, 5].map((n) => get(sender, n));
  await turn();
  assertEquals(socket.sent, ["GET 1\nGET 2\nGET 3\n"]);
  socket.arrive("OK\na\nOK\nb\n");
  assertEquals(await requests[1]!.outcome, [latin1("b")]);
  await turn();
  assertEquals(socket.sent, ["GET 1\nGET 2\nGET 3\n", "GET 4\nGET 5\n"]);
  await sender.close();
  for (const { outcome } of requests.slice(2)) assertInstanceOf(await outcome, ClientClosedError);
  assertEquals(socket.closes, 1);
});

Deno.test("RequestSender collects commands for one write only up to a size", async () => {
  const socket = new RecordingSocket();
  const sender = await open([socket]);
  const numbers = Array<number>(6_000).fill(123_456);
  for (let i = 0; i < 3; i++) sender.send({ kind: "lines", numbers });
  await turn();
  const bytes = "MGET".length + 7 * 6_000 + 1;
  assertEquals(socket.sent.map((command) => command.length), [2 * bytes, bytes]);
  await sender.close();
});

Deno.test("RequestSender sends complete requests if each write takes only a few bytes", async () => {
  const socket = new FakeSocket();
  socket.writeMaxBytes = 4;
  const sender = await open([socket]);
  for (const n of [Number.MAX_SAFE_INTEGER, 2]) get(sender, n);
  await turn();
  assertEquals(socket.written, "GET 9007199254740991\nGET 2\n");
  await sender.close();
});

Deno.test("RequestSender sends requests again on a new connection when a write fails", async () => {
  const broken = new FakeSocket();
  broken.writeError = new Deno.errors.BrokenPipe("Broken pipe");
  const socket = new FakeSocket().arrive();
  const sender = await open([broken, socket]);
  const { outcome } = get(sender, 1);
  await settle();
  assertEquals([broken.closes, socket.written], [1, "GET 1\n"]);
  socket.arrive("OK\nx\n");
  assertEquals(await outcome, [latin1("x")]);
  await sender.close();
});

Deno.test("RequestSender fails requests with the last failure when retries are used up", async () => {
  const broken = new FakeSocket();
  broken.writeError = new Deno.errors.BrokenPipe("Broken pipe");
  const sender = await open([broken], { retries: 0 });
  assertEquals(await kindOf(get(sender, 1).outcome), "connection reset");
  assertEquals(await kindOf(get(sender, 2).outcome), "connection refused");
  await sender.close();
});

Deno.test("RequestSender settles no request with a reply that arrived before the request was sent", async () => {
  for (const surplus of ["OK\nsurplus\n", "OK\nsur", "OK\n", "O"]) {
    const first = new FakeSocket();
    const second = new FakeSocket();
    const sender = await open([first, second], { pipelineMax: 1 });
    const requests = [get(sender, 1), get(sender, 2)];
    await turn();
    first.arrive(`OK\nfirst\n${surplus}`);
    assertEquals(await requests[0]!.outcome, [latin1("first")]);
    await settle();
    assertEquals([first.closes, first.written, second.written], [1, "GET 1\n", "GET 2\n"], surplus);
    second.arrive("OK\nsecond\n");
    assertEquals(await requests[1]!.outcome, [latin1("second")]);
    await sender.close();
  }
});

Deno.test("RequestSender fails a request with surplus bytes if no retry is left", async () => {
  const socket = new FakeSocket();
  const sender = await open([socket], { pipelineMax: 1, retries: 0 });
  const requests = [get(sender, 1), get(sender, 2)];
  await turn();
  socket.arrive("OK\nfirst\nOK\nsur");
  assertEquals(await requests[0]!.outcome, [latin1("first")]);
  assertEquals(await kindOf(requests[1]!.outcome), "surplus bytes");
  await sender.close();
});

Deno.test("RequestSender keeps the connection while the rest of a too long line arrives", async () => {
  const socket = new FakeSocket();
  const sender = await open([socket], { lineMaxBytes: 2 });
  const tooLong = get(sender, 1);
  await turn();
  socket.arrive("OK\nlonger ", "and longer");
  const [reply] = await tooLong.outcome as readonly Error[];
  assertEquals(reply?.name, "LineTooLongError");
  const { outcome } = get(sender, 2);
  await turn();
  socket.arrive(" and longer\nOK\nb\n");
  assertEquals(await outcome, [latin1("b")]);
  assertEquals(socket.closes, 0);
  await sender.close();
});

Deno.test("RequestSender measures silence from when a request is sent, not from the last reply", async () => {
  const timeoutMs = 300;
  const socket = new FakeSocket();
  const sender = await open([socket], { timeoutMs, retries: 0 });
  const waitMs = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const first = get(sender, 1);
  await turn();
  socket.arrive("OK\nfirst\n");
  await first.outcome;
  await waitMs(timeoutMs * 0.7);
  const second = get(sender, 2);
  await waitMs(timeoutMs * 0.5);
  assertEquals(socket.closes, 0);
  socket.arrive("OK\nsecond\n");
  assertEquals(await second.outcome, [latin1("second")]);
  assertEquals(await kindOf(get(sender, 3).outcome), "no reply in time");
  await sender.close();
});
