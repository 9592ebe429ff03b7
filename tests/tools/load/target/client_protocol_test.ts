import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { DECIMAL_MAX_BYTES, writeDecimal } from "../../../../tools/load/target/client_protocol.ts";

function written(value: number): string {
  const bytes = new Uint8Array(DECIMAL_MAX_BYTES + 1);
  return new TextDecoder().decode(bytes.subarray(1, writeDecimal(value, bytes, 1)));
}

Deno.test("writeDecimal writes numbers of every length", () => {
  for (let digits = 1; digits <= DECIMAL_MAX_BYTES; digits++) {
    const power = 10 ** (digits - 1);
    for (const value of [power - 1, power, power + 1]) assertEquals(written(value), String(value));
  }
  for (const value of [2 ** 31 - 1, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    assertEquals(written(value), String(value));
  }
});

Deno.test("writeDecimal writes any number up to 2^53 - 1", () => {
  fc.assert(fc.property(fc.maxSafeNat(), (value) => assertEquals(written(value), String(value))));
});
