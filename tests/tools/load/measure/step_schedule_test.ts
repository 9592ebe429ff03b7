import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { StepSchedule } from "../../../../tools/load/measure/step_schedule.ts";

class Clock {
  nowMs = 1_000;
  readonly now = () => this.nowMs;
}

Deno.test("StepSchedule.take grants everything in a closed loop without a duration", () => {
  const clock = new Clock();
  const schedule = new StepSchedule({ durationMs: null, ratePerSecond: null }, clock.now);
  assertEquals([schedule.startedMs, schedule.isOpenLoop], [undefined, false]);
  assertEquals([schedule.take(5), schedule.startedMs], [5, 1_000]);
  clock.nowMs += 1e9;
  assertEquals([schedule.take(7), schedule.startedMs], [7, 1_000]);
});

Deno.test("StepSchedule.take returns 0 when the duration has passed since the first request", () => {
  const clock = new Clock();
  const schedule = new StepSchedule({ durationMs: 50, ratePerSecond: null }, clock.now);
  clock.nowMs = 5_000;
  assertEquals(schedule.take(2), 2);
  clock.nowMs = 5_049;
  assertEquals(schedule.take(2), 2);
  clock.nowMs = 5_050;
  assertEquals(schedule.take(2), 0);
});

Deno.test("StepSchedule.dueMs advances at constant intervals, however late requests are taken", () => {
  const clock = new Clock();
  const schedule = new StepSchedule({ durationMs: null, ratePerSecond: 500 }, clock.now);
  const due = () => (schedule.take(1), schedule.dueMs);
  assertEquals([due(), due(), due()], [1_000, 1_002, 1_004]);
  clock.nowMs += 100;
  assertEquals([due(), due()], [1_006, 1_008]);
});

Deno.test("StepSchedule.dueMs is the same for a batch, and keeps the rate", () => {
  const schedule = new StepSchedule({ durationMs: null, ratePerSecond: 1_000 }, new Clock().now);
  const due = (count: number) => (schedule.take(count), schedule.dueMs);
  assertEquals([due(16), due(4), due(16)], [1_000, 1_016, 1_020]);
});

Deno.test("StepSchedule.take grants the same number of requests whenever the open loop starts", () => {
  const startsMs = fc.nat(4_000_000).map((us) => us / 1_000);
  fc.assert(fc.property(startsMs, (startMs) => {
    const schedule = new StepSchedule({ durationMs: 2_000, ratePerSecond: 200 }, () => startMs);
    assertEquals([schedule.take(400), schedule.take(1)], [400, 0]);
  }));
});

Deno.test("StepSchedule.take grants exactly the requests due within the duration, even after it has passed", () => {
  const clock = new Clock();
  const schedule = new StepSchedule({ durationMs: 1_000, ratePerSecond: 500 }, clock.now);
  let granted = schedule.take(1);
  clock.nowMs += 5_000;
  for (let count = 1; count > 0; granted += count) count = schedule.take(1);
  assertEquals(granted, 500);
});
