import { assertEquals, assertThrows } from "@std/assert";
import {
  latenciesAt,
  percentilePlaces,
} from "../../../../tools/load/report/latency_distribution.ts";
import { latencyReport } from "../../../support/load_reports.ts";

Deno.test("a curve reads from the histogram what that many requests took at most", () => {
  const latenciesMs = Array.from({ length: 100 }, (_, i) => i + 1);
  const { histogram } = latencyReport(...latenciesMs);
  assertEquals(latenciesAt(histogram, [1, 2, 10, 100]).map((ms) => Math.round(ms!)), [
    1,
    50,
    90,
    99,
  ]);
});

Deno.test("a curve ends where there are too few requests for a further nine", () => {
  const { histogram } = latencyReport(1, 2, 3);
  assertEquals(latenciesAt(histogram, [1, 3, 3.1, 1_000]).map((ms) => ms === null), [
    false,
    false,
    true,
    true,
  ]);
});

Deno.test("places begin at 0 %, end at the last request, and hit every nine", () => {
  assertEquals(percentilePlaces(1), [1]);
  const places = percentilePlaces(1_000);
  assertEquals([places[0], places[16], places[32], places.at(-1)], [1, 10, 100, 1_000]);
  assertEquals(percentilePlaces(999).at(-1)! < 999, true);
});

Deno.test("what is no histogram is an error", () => {
  assertThrows(() => latenciesAt("no histogram", [1]));
});
