import { assertEquals, assertThrows } from "@std/assert";
import { encodeInfoRequest, httpEncoder } from "../../../../tools/load/target/http_encoder.ts";

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("httpEncoder encodes GET /lines/N after the prefix, up to line 2^53 - 1", () => {
  const address = { hostname: "::1", port: 80 };
  const table: [pathPrefix: string | undefined, path: string][] = [[undefined, ""], ["/x", "/x"]];
  for (const [pathPrefix, path] of table) {
    const endpoint = { address, ...pathPrefix === undefined ? {} : { pathPrefix } };
    const encoder = httpEncoder(endpoint);
    const into = new Uint8Array(2 * encoder.requestMaxBytes);
    for (const lineNumber of [1, 120, Number.MAX_SAFE_INTEGER]) {
      const end = encoder.encodeRequest(lineNumber, into, 5);
      const request = `GET ${path}/lines/${lineNumber} HTTP/1.1\r\nHost: [::1]:80\r\n\r\n`;
      assertEquals(textOf(into.subarray(5, end)), request);
    }
    assertEquals(encoder.encodeRequest(2 ** 53 - 1, into, 0), encoder.requestMaxBytes);
    const info = `GET ${path}/info HTTP/1.1\r\nHost: [::1]:80\r\n\r\n`;
    assertEquals(textOf(encodeInfoRequest(endpoint)), info);
    assertThrows(() => encoder.encodeBatch(Float64Array.of(1), 1, into), TypeError);
  }
});
