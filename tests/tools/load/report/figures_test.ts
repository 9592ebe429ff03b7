import { assertEquals } from "@std/assert";
import {
  formatCount,
  formatMs,
  formatPercent,
  formatRanges,
  formatRatio,
} from "../../../../tools/load/report/figures.ts";

Deno.test("formatMs writes about four digits, even if rounding adds one", () => {
  const shown = [0, 0.0426, 9.9994, 9.9996, 71.254, 99.996, 455.33, 999.96, 1_204.4, 12_345.6];
  assertEquals(shown.map(formatMs), [
    "0.000",
    "0.043",
    "9.999",
    "10.00",
    "71.25",
    "100.0",
    "455.3",
    "1,000",
    "1,204",
    "12,346",
  ]);
});

Deno.test("formatRatio writes two digits, and a dash if there is no ratio", () => {
  const ratios = [[1, 12], [99, 100], [999, 1_000], [3, 2], [120, 10], [0, 3], [1, 0], [
    0,
    0,
  ]] as const;
  assertEquals(ratios.map(([value, other]) => formatRatio(value, other)), [
    "×0.083",
    "×0.99",
    "×1.0",
    "×1.5",
    "×12",
    "×0",
    "–",
    "–",
  ]);
});

Deno.test("formatCount writes commas, formatPercent writes integer percent", () => {
  assertEquals(formatCount(1_234_567.8), "1,234,568");
  assertEquals(formatPercent(0.456), "46");
});

Deno.test("formatRanges writes neighbours in the list as a range", () => {
  const list = [1, 11, 21, 31, 41, 51];
  assertEquals(formatRanges([], list), "");
  assertEquals(formatRanges([1], list), "1");
  assertEquals(formatRanges([1, 21, 31, 41], list), "1, 21 to 41");
  assertEquals(formatRanges(list, list), "1 to 51");
});
