import { assertEquals, assertThrows } from "@std/assert";
import { allocate, CacheMemoryError } from "../../src/pages/cache_memory.ts";

Deno.test("memory that cannot be had is an error that says what to do", () => {
  const kinds = [
    (bytes: number) => allocate(bytes, ArrayBuffer),
    (bytes: number) => allocate(bytes, SharedArrayBuffer),
  ];
  for (const make of kinds) {
    assertEquals(make(10).byteLength, 10);
    assertThrows(
      () => make(2 ** 52),
      CacheMemoryError,
      `Not enough memory for the cache: ${2 ** 52} bytes: take a smaller --cache`,
    );
  }
});
