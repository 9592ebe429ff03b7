import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { lineWire } from "../../../src/client/line_wire.ts";
import type { WireProtocol } from "../../../src/client/wire_protocol.ts";
import { redisWire } from "../../../tools/load/redis_wire.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("Requests and reply heads are the protocol's bytes", () => {
  const table: [wire: WireProtocol, request: string, head: string, tail: string][] = [
    [lineWire, "GET 120\n", "OK\n", "\n"],
    [redisWire, "*2\r\n$3\r\nGET\r\n$3\r\n120\r\n", "$57\r\n", "\r\n"],
  ];
  for (const [wire, request, head, tail] of table) {
    const into = new Uint8Array(64);
    assertEquals(textOf(into.subarray(5, wire.encodeRequest(120, into, 5))), request);
    assertEquals(textOf(into.subarray(0, wire.encodeReplyHead(57, into))), head);
    assertEquals(textOf(wire.replyTail), tail);
    assert(wire.encodeRequest(Number.MAX_SAFE_INTEGER, into, 0) <= wire.requestMaxBytes);
    assert(wire.encodeReplyHead(2 ** 31 - 1, into) <= wire.replyHeadMaxBytes);
  }
});

Deno.test("Requests name any line to 2^53 - 1", () => {
  fc.assert(fc.property(fc.maxSafeNat(), (lineNumber) => {
    const into = new Uint8Array(64);
    const written = (wire: WireProtocol) =>
      textOf(into.subarray(0, wire.encodeRequest(lineNumber, into, 0)));
    const { length } = String(lineNumber);
    assertEquals(written(lineWire), `GET ${lineNumber}\n`);
    assertEquals(written(redisWire), `*2\r\n$3\r\nGET\r\n$${length}\r\n${lineNumber}\r\n`);
  }));
});

type Kind = "line" | "error" | "other";

Deno.test("A framer finds the end of any reply and what it is, fed whole or byte by byte", () => {
  const table: [wire: WireProtocol, reply: string, kind: Kind][] = [
    [lineWire, "OK\nx\n", "line"],
    [lineWire, "OK\n\n", "line"],
    [lineWire, "OK\r\nx\r\n", "line"],
    [lineWire, "OK\nERR\n", "line"],
    [lineWire, "ERR\n", "error"],
    [lineWire, "INVALID COMMAND!\n", "error"],
    [lineWire, "Server error: index damaged, and much more of it\n", "error"],
    [lineWire, "\n", "other"],
    [lineWire, "nonsense\n", "other"],
    [redisWire, "$0\r\n\r\n", "line"],
    [redisWire, "$5\r\na\r\nbc\r\n", "line"],
    [redisWire, "$-1\r\n", "other"],
    [redisWire, "-ERR unknown command, with a long text behind it\r\n", "error"],
    [redisWire, "+OK\r\n", "other"],
    [redisWire, "nonsense\n", "other"],
  ];
  for (const [wire, reply, kind] of table) {
    const framer = wire.createFramer();
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
