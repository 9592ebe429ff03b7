import { assertEquals } from "@std/assert";
import type { LoadReport } from "../../../../tools/load/load_report.ts";
import { type ChartData, chartsOf } from "../../../../tools/load/report/chart_data.ts";
import {
  failedStep,
  latencyReport,
  loadReport,
  stepReport,
  targetReport,
} from "../../../support/load_reports.ts";

function chart(report: LoadReport, id: string): ChartData | undefined {
  return chartsOf(report).find((chart) => chart.id === id);
}

function curvesOf(report: LoadReport, id: string): Record<string, readonly (number | null)[]> {
  const { curves } = chart(report, id)!;
  return Object.fromEntries(curves.map(({ label, values }) => [label, values]));
}

Deno.test("chartsOf has the figures of one target by number of clients", () => {
  const report = loadReport([targetReport("a", stepReport(1), stepReport(11))]);
  assertEquals(chart(report, "times")!.x, [1, 11]);
  assertEquals(curvesOf(report, "times"), { average: [2, 2], minimum: [1, 1], maximum: [3, 3] });
  assertEquals(curvesOf(report, "percentiles"), { p50: [3, 3], p99: [3, 3], "p99.9": [3, 3] });
  assertEquals(curvesOf(report, "throughput"), { "requests/s": [100, 1_100] });
  assertEquals(curvesOf(report, "phases"), { connect: [0.5, 0.5], "first byte": [1, 1] });
});

Deno.test("chartsOf puts several targets into one chart, with null for missing figures", () => {
  const report = loadReport([
    targetReport("a", stepReport(1), failedStep(11), stepReport(21)),
    targetReport("b", stepReport(1)),
  ]);
  assertEquals(chart(report, "times")!.x, [1, 11, 21]);
  assertEquals(curvesOf(report, "times")["a, maximum"], [3, null, 3]);
  assertEquals(curvesOf(report, "times")["b, maximum"], [3, null, null]);
  assertEquals(curvesOf(report, "throughput"), { a: [100, 0, 2_100], b: [100, null, null] });
  assertEquals(chart(report, "throughput")!.curves.map(({ target }) => target), [0, 1]);
});

Deno.test("chartsOf sorts the numbers of clients", () => {
  const report = loadReport([targetReport("a", stepReport(20), stepReport(10))]);
  assertEquals(chart(report, "throughput")!.x, [10, 20]);
  assertEquals(curvesOf(report, "throughput"), { "requests/s": [1_000, 2_000] });
});

Deno.test("chartsOf uses a logarithmic x axis if the steps between numbers of clients grow", () => {
  const isLogarithmic = (...clients: number[]) =>
    chart(loadReport([targetReport("a", ...clients.map((n) => stepReport(n)))]), "times")!
      .isXLogarithmic;
  assertEquals(isLogarithmic(1, 10, 100), true);
  assertEquals(isLogarithmic(1, 11, 21, 31), false);
  assertEquals(isLogarithmic(1, 601), false);
  assertEquals(isLogarithmic(50), false);
});

Deno.test("chartsOf has corrected and uncorrected latency for an open loop", () => {
  const step = stepReport(5, { latency: latencyReport(90), uncorrected: latencyReport(2) });
  const report = loadReport([targetReport("a", step)], { ratePerSecond: 100 });
  assertEquals(curvesOf(report, "corrected"), { corrected: [90], uncorrected: [2] });
  assertEquals(Object.keys(curvesOf(report, "distribution")), ["corrected", "uncorrected"]);
});

Deno.test("chartsOf has only one latency for a closed loop", () => {
  const report = loadReport([targetReport("a", stepReport(5))]);
  assertEquals(chart(report, "corrected"), undefined);
  assertEquals(Object.keys(curvesOf(report, "distribution")), ["latency"]);
});

Deno.test("chartsOf shows the distribution of the last step with replies", () => {
  const report = loadReport([
    targetReport("a", stepReport(1), stepReport(1_000), failedStep(2_000)),
  ]);
  assertEquals(chart(report, "distribution")!.title, "All requests at 1,000 clients");
});

Deno.test("chartsOf returns no chart without replies", () => {
  assertEquals(chartsOf(loadReport([targetReport("a", failedStep(1), failedStep(2))])), []);
  assertEquals(chartsOf(loadReport([targetReport("a")])), []);
});
