import { assertEquals, assertRejects } from "@std/assert";
import { sideBySide } from "../../src/cli/side_by_side.ts";

Deno.test("sideBySide() runs at most `limit` actions at a time, and returns the results in order", async () => {
  let running = 0;
  let most = 0;
  const results = await sideBySide([3, 1, 2, 5, 4], 2, async (item) => {
    most = Math.max(most, ++running);
    for (let i = 0; i < item; i++) await Promise.resolve();
    running--;
    return item * 10;
  });
  assertEquals([results, most], [[30, 10, 20, 50, 40], 2]);
});

Deno.test("sideBySide() aborts the others after a failure, begins none, and rejects with it when all have ended", async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const running = sideBySide([0, 1, 2], 2, async (item, signal) => {
    begun.push(item);
    if (item === 0) throw new Error("first");
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    ended.push(item);
    throw new Error("second");
  });
  await assertRejects(() => running, Error, "first");
  assertEquals([begun, ended], [[0, 1], [1]]);
});
