import { assertEquals } from "@std/assert";
import { oneLine } from "../../src/protocol/one_line.ts";

Deno.test("oneLine() replaces control characters and keeps all others", () => {
  assertEquals(oneLine("a\nb\r\0\t\x1b\x1f\x7f"), "a?b??????");
  assertEquals(oneLine(" ~é\u2028\u{1f600}"), " ~é\u2028\u{1f600}");
  assertEquals(oneLine(""), "");
});
