import { assertEquals, assertThrows } from "@std/assert";
import { lineProtocol } from "../../src/protocol/line/line_protocol.ts";
import { chooseProtocol, type Protocol } from "../../src/protocol/protocol.ts";

const ANY = lineProtocol("lf");
const STAR: Protocol = { ...ANY, name: "star", accepts: (byte) => byte === 0x2a };
const UPPER: Protocol = { ...ANY, name: "upper", accepts: (byte) => byte < 0x60 };

Deno.test("the first protocol that accepts the byte is chosen", () => {
  const protocols = [STAR, UPPER, ANY];
  assertEquals(chooseProtocol(protocols, 0x2a).name, "star");
  assertEquals(chooseProtocol(protocols, 0x47).name, "upper");
  assertEquals(chooseProtocol(protocols, 0x67).name, ANY.name);
});

Deno.test("a byte that no protocol accepts is an error", () => {
  assertThrows(() => chooseProtocol([STAR], 0x47), Error, "No protocol accepts the first byte: 71");
  assertThrows(() => chooseProtocol([], 0x47), Error);
});
