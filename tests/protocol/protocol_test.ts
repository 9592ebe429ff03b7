import { assertEquals, assertThrows } from "@std/assert";
import { lineProtocol } from "../../src/protocol/line/line_protocol.ts";
import { type Detection, detectProtocol, type Protocol } from "../../src/protocol/protocol.ts";
import { latin1 } from "../support/e2e_bytes.ts";

function fakeProtocol(name: string, detect: (head: string) => Detection): Protocol {
  return {
    name,
    detect: (head) => detect(new TextDecoder("latin1").decode(head)),
    open: () => lineProtocol("lf", 1_000).open(),
  };
}

/** Accepts connections that begin with a word, and needs all of it. */
function beginsWith(word: string): Protocol {
  return fakeProtocol(word, (head) => {
    if (head.startsWith(word)) return "yes";
    return word.startsWith(head) ? "need more" : "no";
  });
}

const ANY = lineProtocol("lf", 1_000);

function detected(protocols: readonly Protocol[], head: string, isComplete = false) {
  return detectProtocol(protocols, latin1(head), isComplete)?.name;
}

Deno.test("detectProtocol() returns the first protocol that accepts the head", () => {
  const protocols = [beginsWith("*"), beginsWith("GET /"), ANY];
  assertEquals(detected(protocols, "*1\r\n"), "*");
  assertEquals(detected(protocols, "GET / HTTP/1.1"), "GET /");
  assertEquals(detected(protocols, "GET 5"), ANY.name);
  assertEquals(detected([ANY, beginsWith("*")], "*"), ANY.name);
});

Deno.test("detectProtocol() returns undefined while an earlier protocol needs more", () => {
  const protocols = [beginsWith("*"), beginsWith("GET /"), ANY];
  for (const head of ["", "G", "GET", "GET "]) {
    assertEquals(detected(protocols, head), undefined, head);
  }
});

Deno.test("detectProtocol() does not wait for a later protocol that needs more", () => {
  assertEquals(detected([ANY, beginsWith("GET /")], "GE"), ANY.name);
});

Deno.test("detectProtocol() of a complete head skips protocols that need more", () => {
  const protocols = [beginsWith("*"), beginsWith("GET /"), ANY];
  assertEquals(detected(protocols, "GET ", true), ANY.name);
  assertEquals(detected(protocols, "GET /", true), "GET /");
});

Deno.test("detectProtocol() throws if no protocol accepts the head", () => {
  const message = "Unknown protocol: the client's first bytes are of none.";
  assertThrows(() => detected([beginsWith("*")], "G"), Error, message);
  assertThrows(() => detected([beginsWith("GET /")], "GE", true), Error, message);
  assertThrows(() => detected([], "G"), Error, message);
});
