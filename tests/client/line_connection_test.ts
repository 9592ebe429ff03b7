import { assertEquals } from "@std/assert";
import { LineConnection } from "../../src/client/line_connection.ts";
import { PendingLine } from "../../src/client/pending_line.ts";
import { RequestQueue } from "../../src/client/request_queue.ts";
import { asText, latin1 } from "../support/e2e_bytes.ts";
import { FakeSocket } from "../support/e2e_fake_socket.ts";
import { turn } from "../support/pending.ts";

const BOUNDS = { pipelineMax: 3, lineMaxBytes: 100, timeoutMs: 60_000 };

class RecordingSocket extends FakeSocket {
  readonly writes: string[] = [];

  override async write(bytes: Uint8Array): Promise<number> {
    const count = await super.write(bytes);
    this.writes.push(asText(bytes.subarray(0, count)));
    return count;
  }
}

function ask(queue: RequestQueue, connection: LineConnection, lineNumber: number): PendingLine {
  const request = new PendingLine(lineNumber);
  queue.add(request);
  connection.wake();
  return request;
}

Deno.test("requests of the same turn leave in one write, as far as there is room", async () => {
  const socket = new RecordingSocket();
  const queue = new RequestQueue();
  const connection = new LineConnection(socket, "here", queue, BOUNDS);
  const requests = [1, 2, 3, 4, 5].map((n) => ask(queue, connection, n));
  await turn();
  assertEquals(socket.writes, ["GET 1\nGET 2\nGET 3\n"]);
  socket.arrive("OK\na\nOK\nb\n");
  assertEquals(await requests[1]!.line, latin1("b"));
  await turn();
  assertEquals(socket.writes, ["GET 1\nGET 2\nGET 3\n", "GET 4\nGET 5\n"]);
  connection.close();
  await connection.ended;
  assertEquals([queue.take(), queue.take(), queue.take()], requests.slice(2));
  assertEquals(socket.closes, 1);
});

Deno.test("requests are whole however little a write takes", async () => {
  const socket = new RecordingSocket();
  socket.writeMaxBytes = 4;
  const queue = new RequestQueue();
  const connection = new LineConnection(socket, "here", queue, BOUNDS);
  for (const n of [Number.MAX_SAFE_INTEGER, 2]) ask(queue, connection, n);
  await turn();
  assertEquals(socket.written, "GET 9007199254740991\nGET 2\n");
  connection.close();
  await connection.ended;
});

Deno.test("a write that fails ends the connection, and its requests wait again", async () => {
  const socket = new FakeSocket();
  socket.writeError = new Deno.errors.BrokenPipe("Broken pipe");
  const queue = new RequestQueue();
  const connection = new LineConnection(socket, "here", queue, BOUNDS);
  ask(queue, connection, 1);
  const { failure, hasAnswered } = await connection.ended;
  assertEquals(failure.kind, "connection reset");
  assertEquals([hasAnswered, queue.size, socket.closes], [false, 1, 1]);
});

Deno.test("what is sent while a chunk is taken apart gets no reply from that chunk", async () => {
  const socket = new FakeSocket();
  const queue = new RequestQueue();
  const connection = new LineConnection(socket, "here", queue, { ...BOUNDS, pipelineMax: 1 });
  const first = ask(queue, connection, 1);
  const second = ask(queue, connection, 2);
  await turn();
  socket.arrive("OK\nfirst\nOK\nnobody's\n");
  assertEquals(await first.line, latin1("first"));
  const { failure } = await connection.ended;
  assertEquals(failure.kind, "surplus bytes");
  assertEquals(queue.take(), second);
});
