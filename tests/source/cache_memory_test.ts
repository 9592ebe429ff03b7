import { assertEquals, assertThrows } from "@std/assert";
import { allocate, CacheMemoryError } from "../../src/source/cache_memory.ts";

Deno.test("allocate() of more memory than there is throws an error that says what to do", () => {
  const kinds = [
    (bytes: number) => allocate(bytes, ArrayBuffer),
    (bytes: number) => allocate(bytes, SharedArrayBuffer),
  ];
  for (const allocateKind of kinds) {
    assertEquals(allocateKind(10).byteLength, 10);
    assertThrows(
      () => allocateKind(2 ** 52),
      CacheMemoryError,
      `Not enough memory for the cache: ${2 ** 52} bytes. Choose a smaller --cache.`,
    );
  }
});
