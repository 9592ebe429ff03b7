import { assertEquals } from "@std/assert";
import { Activity } from "../../src/server/activity.ts";

Deno.test("silence is counted from the beginning, or from the first time that it was broken", () => {
  const activity = new Activity(100);
  assertEquals(activity.silentMs(150), 50);
  activity.note();
  assertEquals(activity.silentMs(200), 0);
  assertEquals(activity.silentMs(260), 60);
});

Deno.test("looks are counted as long as nothing happens between them", () => {
  const activity = new Activity(0);
  assertEquals([activity.silentLooks(), activity.silentLooks()], [1, 2]);
  activity.note();
  assertEquals([activity.silentLooks(), activity.silentLooks()], [0, 1]);
});
