import { assertEquals } from "@std/assert";
import { Counters } from "../../../src/metrics/counters.ts";
import { LineProtocolEncoder } from "../../../src/protocol/line/line_encoder.ts";
import type { Request } from "../../../src/protocol/request.ts";
import { RequestMeter } from "../../../src/server/pipeline/request_meter.ts";
import { routeRequests } from "../../../src/server/pipeline/route_requests.ts";
import type { Replies } from "../../../src/server/pipeline/messages.ts";
import { ReplySink } from "../../../src/server/pipeline/reply_sink.ts";
import { FakeLines } from "../../support/fake_lines.ts";

const encoder = new LineProtocolEncoder("lf");

function get(...numbers: number[]): Request {
  return { kind: "lines", numbers, encoder };
}

/** Answers requests of one client, and waits for all replies. */
async function answer(lines: FakeLines, requests: readonly Request[]): Promise<Counters> {
  const counters = new Counters(Counters.allocate(1), 0);
  const stage = routeRequests(lines, () => {}, new RequestMeter(counters));
  const writer = stage.writable.getWriter();
  const client = {
    mayShutDown: false,
    replies: new ReplySink(),
    isEnding: false,
    decode: () => [],
    end: () => {},
    send: () => {},
    fail: () => {},
  };
  const written = writer.write([{ client, requests }]);
  const { value } = await stage.readable.getReader().read() as { value: Replies[] };
  await written;
  const { body } = value[0]!;
  if (!(body instanceof Uint8Array)) await new Response(body).arrayBuffer().catch(() => {});
  return counters;
}

Deno.test("RequestMeter counts each request by its command and result, and the lines that were sent", async () => {
  const lines = new FakeLines(["one", "two", new Error("the disk failed")]);
  const counters = await answer(lines, [
    get(1),
    get(9),
    get(3),
    get(1, 2, 9),
    get(1, 3),
    { kind: "range", from: 1, to: 2, encoder },
    { kind: "reply", bytes: new Uint8Array(1) },
  ]);
  const results = (command: "get" | "mget" | "range" | "other") =>
    (["ok", "missing", "failed"] as const).map((result) =>
      counters.requests("tcp", command, result)
    );
  assertEquals(results("get"), [1, 1, 1]);
  assertEquals(results("mget"), [0, 1, 1]);
  assertEquals(results("range"), [1, 0, 0]);
  assertEquals(results("other"), [1, 0, 0]);
  assertEquals(counters.total("tcp_lines"), 1 + 2 + 1 + 2);
});

Deno.test("RequestMeter counts a range that fails before or after its first line as failed", async () => {
  const range: Request = { kind: "range", from: 1, to: 2, encoder };
  const failure = new Error("the disk failed");
  for (const lines of [["one", failure], [failure, "two"]]) {
    const counters = await answer(new FakeLines(lines), [range]);
    assertEquals(counters.requests("tcp", "range", "failed"), 1);
    assertEquals(counters.total("tcp_lines"), 0);
  }
});
