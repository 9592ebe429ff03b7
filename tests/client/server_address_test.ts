import { assertEquals } from "@std/assert";
import { formatServerAddress, parseServerAddress } from "../../src/client/server_address.ts";

Deno.test("parseServerAddress takes HOST:PORT, with brackets around an IPv6 address", () => {
  for (const text of ["127.0.0.1:1", "localhost:65535", "[::1]:80"]) {
    assertEquals(formatServerAddress(parseServerAddress(text)!), text);
  }
  for (const text of ["", "a", "a:", ":1", "a:0", "a:65536", "::1:80", "a:b", "a:1:2"]) {
    assertEquals(parseServerAddress(text), undefined, text);
  }
});
