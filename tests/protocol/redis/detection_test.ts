import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { lineProtocol } from "../../../src/protocol/line/line_protocol.ts";
import { detectProtocol } from "../../../src/protocol/protocol.ts";
import { concatBytes, latin1 } from "../../support/e2e_bytes.ts";
import { type Asked, askedBy, cut } from "../../support/protocol_contract.ts";
import { multibulk, redisProtocolOf } from "../../support/redis_conversation.ts";

const LINES = ["one", "two", "three"];

/** The protocol that a connection with these chunks speaks, and what it asks for by them. */
function connect(
  chunks: readonly Uint8Array[],
): { readonly name: string; readonly asked: Asked[] } {
  const protocols = [redisProtocolOf(LINES), lineProtocol("lf", LINES.length)];
  const sent: Uint8Array[] = [];
  for (const [i, chunk] of [...chunks, null].entries()) {
    if (chunk !== null) sent.push(chunk);
    const head = concatBytes(sent);
    const protocol = detectProtocol(protocols, head, chunk === null);
    if (protocol === undefined) continue;
    const decoder = protocol.open();
    const asked = [head, ...chunks.slice(i + 1), null]
      .flatMap((bytes) => askedBy(decoder.decode(bytes)));
    return { name: protocol.name, asked };
  }
  throw new Error("No protocol.");
}

Deno.test("detectProtocol() with Redis and the line protocol gives each client its own", () => {
  const cases: readonly (readonly [sent: string, name: string, asked: Asked[]])[] = [
    [multibulk("GET", "2"), "Redis protocol", [2]],
    ["PING\r\nGET 2\r\n", "Redis protocol", [{ reply: "+PONG\r\n" }, 2]],
    ["GET 2\nPING\n", "line protocol", [2, { reply: "INVALID COMMAND!\n" }]],
    ["MGET 1 3\r\n", "line protocol", [1, 3]],
    ["PING", "line protocol", [{ reply: "INVALID COMMAND!\n" }]],
    ["HEAD / HTTP/1.1\r\n", "line protocol", [{ reply: "INVALID COMMAND!\n" }]],
  ];
  for (const [sent, name, asked] of cases) {
    assertEquals(connect([latin1(sent)]), { name, asked }, sent);
  }
});

Deno.test("detectProtocol() and decoders give the same for any bytes, split at any places", () => {
  const part = fc.constantFrom(
    ...[
      multibulk("GET", "3"),
      multibulk("MGET", "1", "x"),
      "PING\r\n",
      "GET 1\n",
      "MGET 1 2\r\n",
      "info",
      " ",
    ],
    ...[
      "RANGE 1 -1\n",
      "COUNT\n",
      "QUIT\r\n",
      "*",
      "$",
      "1",
      "\r\n",
      "\n",
      "ECHO 'a",
      "set 1 2\n",
      "SHUTDOWN\n",
    ],
    ...["POST / HTTP/1.1\r\n", "Host: a\r\n", "MOVE /"],
  );
  const parts = fc.array(part, { maxLength: 12 }).map((parts) => latin1(parts.join("")));
  const bytes = fc.oneof(parts, parts, fc.uint8Array());
  const places = fc.array(fc.nat({ max: 300 }), { maxLength: 8 });
  fc.assert(
    fc.property(bytes, places, (bytes, places) => {
      const whole = connect([bytes]);
      assertEquals(connect(cut(bytes, places)), whole);
      assertEquals(connect(Array.from(bytes, (byte) => Uint8Array.of(byte))), whole);
    }),
    { numRuns: 500 },
  );
});
