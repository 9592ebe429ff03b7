import { assertEquals } from "@std/assert";
import { ConnectionFailure, ServerError } from "../../src/client/errors.ts";

Deno.test("ConnectionFailure.from classifies the errors of a socket", () => {
  const coded = (code: string) => Object.assign(new Error(code), { code });
  const table: [error: unknown, kind: string, message: string][] = [
    [new Deno.errors.ConnectionReset("reset"), "connection reset", "a:1"],
    [new Deno.errors.BrokenPipe("pipe"), "connection reset", "a:1"],
    [coded("EMFILE"), "too many open files", "a:1"],
    [coded("EADDRNOTAVAIL"), "no free local port", "a:1"],
    [new Error("failed to lookup address information: x"), "unknown host", "a:1"],
    [coded("ECONNREFUSED"), "connection refused", "a:1"],
    [coded("ECONNRESET"), "connection reset", "a:1"],
    [coded("EPIPE"), "connection reset", "a:1"],
    [coded("ENOTFOUND"), "unknown host", "a:1"],
    [new Error("something else\nwith more"), "connection failed", "a:1, something else"],
    ["not even an error", "connection failed", "a:1, not even an error"],
  ];
  for (const [error, kind, message] of table) {
    const failure = ConnectionFailure.from(error, "a:1");
    assertEquals([failure.kind, failure.message], [kind, message]);
  }
});

Deno.test("ServerError and ConnectionFailure have a message of one line, without control characters", () => {
  const sent = "a\n\r\x1b[2J\u2028\u2029\u0085\u202eb";
  const shown = "a\ufffd\ufffd\ufffd[2J\ufffd\ufffd\ufffd\ufffdb";
  assertEquals(new ServerError(sent).message, shown);
  assertEquals(new ConnectionFailure("not a reply", sent).message, shown);
});
