import { assert, assertEquals } from "@std/assert";
import { SharedArena } from "../../src/source/shared_memory.ts";

Deno.test("SharedArena.allocate() returns aligned memory of zeros that no other call returns", () => {
  for (const threads of [1, 2]) {
    const { allocate } = new SharedArena(threads);
    const sizes = [0, 1, 63, 64, 65, 40 * 1024 * 1024, 40 * 1024 * 1024, 65 * 1024 * 1024, 8];
    const all = sizes.map(allocate);
    assertEquals(all.map(({ length }) => length), sizes);
    for (const [i, memory] of all.entries()) {
      assertEquals(memory.byteOffset % 64, 0);
      assert(memory.at(0) !== i + 1 && memory.at(-1) !== i + 1);
      memory.fill(i + 1);
    }
    for (const [i, memory] of all.entries()) {
      if (memory.length > 0) assertEquals([memory.at(0), memory.at(-1)], [i + 1, i + 1]);
    }
    assertEquals(all[1]!.buffer instanceof SharedArrayBuffer, threads > 1);
  }
});
