import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { firstDifference } from "../../../../tools/load/check/first_difference.ts";

Deno.test("firstDifference finds the first different byte, whichever buffer is longer", () => {
  const line = "0123456789".repeat(20);
  for (const [before, after] of [["", "longer"], ["OK", ""]] as const) {
    for (const byteCount of [0, 1, 47, 48, 200]) {
      for (const differsAt of [0, 46, 47, 199]) {
        const received = Buffer.from(`${before}${line}${after}`);
        received[before.length + differsAt] = 0;
        const same = firstDifference(Buffer.from(line), 0, received, before.length, byteCount);
        assertEquals(same, Math.min(byteCount, differsAt));
      }
    }
  }
});
