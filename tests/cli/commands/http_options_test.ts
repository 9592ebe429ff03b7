import { assertEquals, assertThrows } from "@std/assert";
import { parseHttpOptions } from "../../../src/cli/commands/http_options.ts";
import { UsageError } from "../../../src/cli/subcommand.ts";

const NONE = { cors: [], "allow-host": [] };

Deno.test("--http takes PORT, HOST:PORT or [IPV6]:PORT", () => {
  for (
    const [value, hostname, port] of [
      ["8080", "127.0.0.1", 8080],
      ["0", "127.0.0.1", 0],
      ["0.0.0.0:80", "0.0.0.0", 80],
      ["localhost:8080", "localhost", 8080],
      ["[::1]:8080", "::1", 8080],
      ["[fe80::1%eth0]:65535", "fe80::1%eth0", 65535],
    ] as const
  ) {
    const options = parseHttpOptions(value, NONE, 1)!;
    assertEquals([options.hostname, options.port], [hostname, port]);
  }
  for (
    const value of ["", "x", "65536", "-1", "::1:8080", "127.0.0.1", "host:", ":80", "1e3", "[::1]"]
  ) {
    assertThrows(() => parseHttpOptions(value, NONE, 1), UsageError, "--http must be", value);
  }
});

Deno.test("--cors and --allow-host take lists, and need --http", () => {
  const lists = {
    cors: ["https://A.example,http://b:8080", "*"],
    "allow-host": ["a.example", "b,::1"],
  };
  const options = parseHttpOptions("0", lists, 1)!;
  assertEquals(options.corsOrigins, ["https://a.example", "http://b:8080", "*"]);
  assertEquals(options.allowedHosts, ["a.example", "b", "::1"]);
  const fail = (address: string | undefined, given: Partial<typeof lists>, message: string) =>
    assertThrows(() => parseHttpOptions(address, { ...NONE, ...given }, 1), UsageError, message);
  fail(undefined, { cors: ["*"] }, "--cors needs --http.");
  fail(undefined, { "allow-host": ["a"] }, "--allow-host needs --http.");
  fail("0", { cors: ["a.example"] }, "--cors must be");
  fail("0", { cors: ["https://a.example/"] }, "--cors must be");
  fail("0", { "allow-host": ["a.example:80"] }, "--allow-host must be");
  fail("0", { "allow-host": ["*"] }, "--allow-host must be");
  assertEquals(parseHttpOptions(undefined, NONE, 1), undefined);
});
