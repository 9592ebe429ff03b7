import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { dedupLog, REPEAT_AFTER_MS } from "../../src/server/dedup_log.ts";

// As in the source: how many messages are remembered.
const REMEMBERED_MAX = 100;

Deno.test("dedupLog() drops a message that was logged less than REPEAT_AFTER_MS ago", () => {
  const written: string[] = [];
  let nowMs = 0;
  const log = dedupLog((message) => written.push(message), () => nowMs);
  for (const message of ["a", "b", "a", "a", "b"]) log(message);
  assertEquals(written, ["a", "b"]);
  nowMs = REPEAT_AFTER_MS - 1;
  log("a");
  assertEquals(written, ["a", "b"]);
  nowMs = REPEAT_AFTER_MS;
  log("a");
  log("a");
  assertEquals(written, ["a", "b", "a"]);
});

Deno.test("dedupLog() writes a message again REPEAT_AFTER_MS after it was written, not after it was dropped", () => {
  const written: string[] = [];
  let nowMs = 0;
  const log = dedupLog((message) => written.push(message), () => nowMs);
  for (nowMs = 0; nowMs <= 3 * REPEAT_AFTER_MS; nowMs += REPEAT_AFTER_MS / 4) log("a");
  assertEquals(written, ["a", "a", "a", "a"]);
});

Deno.test("dedupLog() drops a message that differs from an earlier one only in numbers", () => {
  const written: string[] = [];
  const log = dedupLog((message) => written.push(message), () => 0);
  for (const message of ["page 1", "line 1", "page 22", "line 3"]) log(message);
  assertEquals(written, ["page 1", "line 1"]);
});

Deno.test("dedupLog() remembers 100 messages", () => {
  const written: string[] = [];
  const log = dedupLog((message) => written.push(message), () => 0);
  for (let i = 0; i < REMEMBERED_MAX; i++) log("x".repeat(i));
  log("");
  assertEquals(written.length, REMEMBERED_MAX);
  // Takes the place of the oldest one.
  log("another");
  log("x");
  assertEquals(written.length, REMEMBERED_MAX + 1);
  log("");
  assertEquals(written.length, REMEMBERED_MAX + 2);
});

Deno.test("dedupLog() remembers the last messages that were written, as a plain array does", () => {
  const waitMs = fc.oneof(
    { weight: 50, arbitrary: fc.constant(0) },
    { weight: 3, arbitrary: fc.constant(500) },
    { weight: 1, arbitrary: fc.constant(REPEAT_AFTER_MS / 2) },
  );
  const steps = fc.array(
    fc.record({ message: fc.nat({ max: 150 }), waitMs }),
    { maxLength: 600, size: "max" },
  );
  fc.assert(
    fc.property(steps, (steps) => {
      const written: number[] = [];
      let nowMs = 0;
      const log = dedupLog((message) => written.push(message.length), () => nowMs);
      const model: number[] = [];
      let remembered: { message: number; atMs: number }[] = [];
      for (const { message, waitMs } of steps) {
        nowMs += waitMs;
        log("x".repeat(message));
        const last = remembered.find((one) => one.message === message);
        if (last !== undefined && nowMs - last.atMs < REPEAT_AFTER_MS) continue;
        model.push(message);
        const others = remembered.filter((one) => one.message !== message);
        remembered = [...others, { message, atMs: nowMs }].slice(-REMEMBERED_MAX);
      }
      assertEquals(written, model);
    }),
    { numRuns: 60 },
  );
});
