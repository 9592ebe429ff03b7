import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  type ClientProtocol,
  lineProtocol,
} from "../../../../tools/load/target/client_protocol.ts";
import { BATCH_MAX } from "../../../../tools/load/cli/load_arguments.ts";
import { redisProtocol } from "../../../../tools/load/target/redis_protocol.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("lineProtocol and redisProtocol encode requests and reply heads", () => {
  const table: [protocol: ClientProtocol, request: string, head: string, tail: string][] = [
    [lineProtocol, "GET 120\n", "OK\n", "\n"],
    [redisProtocol, "*2\r\n$3\r\nGET\r\n$3\r\n120\r\n", "$57\r\n", "\r\n"],
  ];
  for (const [protocol, request, head, tail] of table) {
    const into = new Uint8Array(64);
    assertEquals(textOf(into.subarray(5, protocol.encodeRequest(120, into, 5))), request);
    assertEquals(textOf(into.subarray(3, protocol.encodeReplyHead(57, into, 3))), head);
    assertEquals(textOf(protocol.replyTail), tail);
    assert(protocol.encodeRequest(Number.MAX_SAFE_INTEGER, into, 0) <= protocol.requestMaxBytes);
    const headAt = protocol.encodeBatchHead(2 ** 31 - 1, into);
    assert(protocol.encodeReplyHead(2 ** 31 - 1, into, headAt) <= protocol.replyHeadMaxBytes);
  }
});

Deno.test("lineProtocol and redisProtocol encode any line number up to 2^53 - 1", () => {
  fc.assert(fc.property(fc.maxSafeNat(), (lineNumber) => {
    const into = new Uint8Array(64);
    const written = (protocol: ClientProtocol) =>
      textOf(into.subarray(0, protocol.encodeRequest(lineNumber, into, 0)));
    const { length } = String(lineNumber);
    assertEquals(written(lineProtocol), `GET ${lineNumber}\n`);
    assertEquals(written(redisProtocol), `*2\r\n$3\r\nGET\r\n$${length}\r\n${lineNumber}\r\n`);
  }));
});

Deno.test("lineProtocol and redisProtocol encode batches and their heads", () => {
  const table: [protocol: ClientProtocol, command: string, head: string][] = [
    [lineProtocol, "MGET 7 120\n", ""],
    [redisProtocol, "*3\r\n$4\r\nMGET\r\n$1\r\n7\r\n$3\r\n120\r\n", "*2\r\n"],
  ];
  for (const [protocol, command, head] of table) {
    const into = new Uint8Array(64);
    const numbers = Float64Array.of(7, 120, 9);
    assertEquals(textOf(into.subarray(0, protocol.encodeBatch(numbers, 2, into))), command);
    assertEquals(textOf(into.subarray(0, protocol.encodeBatchHead(2, into))), head);
    const longest = new Float64Array(100).fill(Number.MAX_SAFE_INTEGER);
    const large = new Uint8Array(protocol.batchMaxBytes(100));
    assert(protocol.encodeBatch(longest, 100, large) <= large.length);
  }
  assert(lineProtocol.batchMaxBytes(BATCH_MAX) <= 64 * 1024);
});

type Kind = "line" | "error" | "other";

Deno.test("ReplyFramer finds the end and the kind of any reply, fed whole or byte by byte", () => {
  const table: [protocol: ClientProtocol, reply: string, kind: Kind][] = [
    [lineProtocol, "OK\nx\n", "line"],
    [lineProtocol, "OK\n\n", "line"],
    [lineProtocol, "OK\r\nx\r\n", "line"],
    [lineProtocol, "OK\nERR\n", "line"],
    [lineProtocol, "ERR\n", "error"],
    [lineProtocol, "INVALID COMMAND!\n", "error"],
    [lineProtocol, "Server error: index damaged, and much more of it\n", "error"],
    [lineProtocol, "\n", "other"],
    [lineProtocol, "nonsense\n", "other"],
    [redisProtocol, "$0\r\n\r\n", "line"],
    [redisProtocol, "$5\r\na\r\nbc\r\n", "line"],
    [redisProtocol, "*2\r\n$1\r\na\r\n", "line"],
    [redisProtocol, "$-1\r\n", "other"],
    [redisProtocol, "-ERR unknown command, followed by a long text\r\n", "error"],
    [redisProtocol, "+OK\r\n", "other"],
    [redisProtocol, "nonsense\n", "other"],
  ];
  for (const [protocol, reply, kind] of table) {
    const framer = protocol.createFramer();
    const state = () => [framer.isComplete, framer.isError, framer.isLine];
    const expected = [true, kind === "error", kind === "line"];
    const received = bytesOf(`${reply}more`);
    assertEquals(framer.feed(received, 0, received.length), reply.length, reply);
    assertEquals(state(), expected, reply);
    framer.reset();
    for (let i = 0; i < reply.length; i++) {
      assertEquals(state(), [false, false, false], reply);
      assertEquals(framer.feed(received, i, i + 1), i + 1);
    }
    assertEquals(state(), expected, reply);
  }
});
