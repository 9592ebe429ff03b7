import { assertEquals, assertThrows } from "@std/assert";
import {
  latenciesAt,
  percentilePositions,
} from "../../../../tools/load/report/latency_distribution.ts";
import { latencyReport } from "../../../support/load_reports.ts";

Deno.test("latenciesAt reads percentiles from the histogram", () => {
  const latenciesMs = Array.from({ length: 100 }, (_, i) => i + 1);
  const { histogram } = latencyReport(...latenciesMs);
  assertEquals(latenciesAt(histogram, [1, 2, 10, 100]).map((ms) => Math.round(ms!)), [
    1,
    50,
    90,
    99,
  ]);
});

Deno.test("latenciesAt returns null if there are too few requests for a position", () => {
  const { histogram } = latencyReport(1, 2, 3);
  assertEquals(latenciesAt(histogram, [1, 3, 3.1, 1_000]).map((ms) => ms === null), [
    false,
    false,
    true,
    true,
  ]);
});

Deno.test("percentilePositions start at 0 %, end at the last request, and include each nine", () => {
  assertEquals(percentilePositions(1), [1]);
  const positions = percentilePositions(1_000);
  assertEquals([positions[0], positions[16], positions[32], positions.at(-1)], [1, 10, 100, 1_000]);
  assertEquals(percentilePositions(999).at(-1)! < 999, true);
});

Deno.test("latenciesAt throws at an invalid histogram", () => {
  assertThrows(() => latenciesAt("no histogram", [1]));
});
