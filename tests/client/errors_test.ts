import { assertEquals } from "@std/assert";
import { ConnectionFailure } from "../../src/client/errors.ts";

Deno.test("ConnectionFailure.from classifies the errors of a socket", () => {
  const coded = (code: string) => Object.assign(new Error(code), { code });
  const table: [error: unknown, kind: string, message: string][] = [
    [new Deno.errors.ConnectionReset("reset"), "connection reset", "a:1"],
    [new Deno.errors.BrokenPipe("pipe"), "connection reset", "a:1"],
    [coded("EMFILE"), "too many open files", "a:1"],
    [coded("EADDRNOTAVAIL"), "no free local port", "a:1"],
    [new Error("failed to lookup address information: x"), "unknown host", "a:1"],
    [new Error("something else\nwith more"), "connection failed", "a:1, something else"],
    ["not even an error", "connection failed", "a:1, not even an error"],
  ];
  for (const [error, kind, message] of table) {
    const failure = ConnectionFailure.from(error, "a:1");
    assertEquals([failure.kind, failure.message], [kind, message]);
  }
});
