import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { LoadReport } from "../../../../tools/load/load_report.ts";
import { renderFiguresTable } from "../../../../tools/load/report/figures_table.ts";
import {
  failedStep,
  latencyReport,
  loadReport,
  stepReport,
  targetReport,
} from "../../../support/load_reports.ts";

function render(report: LoadReport): string {
  return renderFiguresTable(report, { from: 0, to: 9 }, "All").html;
}

/** Returns the text of each cell, by row. */
function rowsOf(html: string): string[][] {
  return [...html.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map(([, row]) =>
    [...row!.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell]) => cell!)
  );
}

Deno.test("renderFiguresTable has a row for each step of one target, without ratios", () => {
  const html = render(loadReport([targetReport("a", stepReport(1), stepReport(1_000))]));
  const [, heads, ...rows] = rowsOf(html);
  assertEquals(heads!.includes("ratio") || heads!.includes("Target"), false);
  assertEquals(rows.map((row) => row.slice(0, 5)), [
    ["1", "10", "100", "2.000", "1.000"],
    ["1,000", "10,000", "100,000", "2.000", "1.000"],
  ]);
  assert(rows.every((row) => row.length === heads!.length));
});

Deno.test("renderFiguresTable has the first byte only if it arrives before the last byte", () => {
  const latency = latencyReport(2, 4);
  const inOnePiece = stepReport(1, { latency, firstByte: latencyReport(2, 3.9) });
  const inPieces = stepReport(1, { latency, firstByte: latencyReport(1, 2) });
  const openLoop = { uncorrected: latencyReport(1, 1), firstByte: latencyReport(1, 1) };
  assertEquals(render(loadReport([targetReport("a", inOnePiece)])).includes("First byte"), false);
  assert(render(loadReport([targetReport("a", inOnePiece, inPieces)])).includes("First byte"));
  const rated = loadReport([targetReport("a", stepReport(1, openLoop))], { ratePerSecond: 9 });
  assertEquals(render(rated).includes("First byte"), false);
});

Deno.test("renderFiguresTable compares other targets with the first one in each step", () => {
  const html = render(loadReport([
    targetReport("a", stepReport(1), stepReport(11)),
    targetReport("b", stepReport(1, { requestsPerSecond: 50, latency: latencyReport(20) })),
  ]));
  const [, heads, ...rows] = rowsOf(html);
  assertEquals(heads!.slice(0, 6), ["Clients", "Target", "all", "per second", "ratio", "average"]);
  assertEquals(rows.map((row) => row.slice(0, 7)), [
    ["1", "a", "10", "100", "", "2.000", ""],
    ["1", "b", "10", "50", "×0.50", "20.00", "×10"],
    ["11", "a", "110", "1,100", "", "2.000", ""],
  ]);
  assertStringIncludes(html, "Ratios are relative to a.");
});

Deno.test("renderFiguresTable has dashes for a step without replies, and marks its errors", () => {
  const html = render(
    loadReport([targetReport("a", stepReport(1)), targetReport("b", failedStep(1))]),
  );
  const row = rowsOf(html)[3]!;
  assertEquals(row.slice(3, 8), ["0", "×0", "–", "", "–"]);
  assertStringIncludes(html, `<td class="starts bad">1</td>`);
});

Deno.test("renderFiguresTable marks saturated steps", () => {
  const saturated = stepReport(1, { isSaturated: true, ownCpuShare: 0.984 });
  assertStringIncludes(render(loadReport([targetReport("a", saturated)])), 'saturated">▲ 98</td>');
});

Deno.test("renderFiguresTable has corrected and uncorrected latency for an open loop", () => {
  const step = stepReport(1, { latency: latencyReport(90), uncorrected: latencyReport(2) });
  const [groups] = rowsOf(render(loadReport([targetReport("a", step)], { ratePerSecond: 9 })));
  assertEquals(groups!.slice(2, 4), ["Corrected latency, ms", "Uncorrected latency, ms"]);
});

Deno.test("renderFiguresTable renders only the given range of steps", () => {
  const report = loadReport([targetReport("a", stepReport(1), stepReport(11), stepReport(21))]);
  const rows = rowsOf(renderFiguresTable(report, { from: 1, to: 2 }, "One").html).slice(2);
  assertEquals(rows.map(([clients]) => clients), ["11"]);
});
