import { assertEquals } from "@std/assert";
import { formatServerAddress, parseServerAddress } from "../../src/client/server_address.ts";

Deno.test("A server address is HOST:PORT, with brackets around IPv6", () => {
  for (const text of ["127.0.0.1:1", "localhost:65535", "[::1]:80"]) {
    assertEquals(formatServerAddress(parseServerAddress(text)!), text);
  }
  for (const text of ["", "a", "a:", ":1", "a:0", "a:65536", "::1:80", "a:b", "a:1:2"]) {
    assertEquals(parseServerAddress(text), undefined, text);
  }
});
