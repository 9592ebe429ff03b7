import { assertEquals } from "@std/assert";
import { formatMs, formatRate, LoadTable } from "../../../../tools/load/cli/load_table.ts";
import type { LatencyReport, StepReport } from "../../../../tools/load/load_report.ts";

const latency = (scale: number): LatencyReport => ({
  count: 1,
  averageMs: 2 * scale,
  minMs: scale,
  p50Ms: 3 * scale,
  p99Ms: 40 * scale,
  p999Ms: 500 * scale,
  maxMs: 6_000 * scale,
  histogram: "",
});

const STEP: StepReport = {
  clients: 601,
  connections: 601,
  requests: 6_010,
  elapsedMs: 60,
  requestsPerSecond: 100_166.7,
  errors: 1_234,
  failures: [],
  wrong: 5,
  wrongLines: [],
  wrongAnswers: [],
  connect: latency(0.1),
  firstByte: latency(0.5),
  latency: latency(1),
  uncorrected: latency(0.1),
  ownCpuShare: 0.914,
  ownCpuUsPerRequest: 9,
  isSaturated: true,
};

Deno.test("LoadTable formats a header and rows of the same width", () => {
  const table = new LoadTable({ labels: ["a"], isOpenLoop: false });
  const rows = [
    table.header(),
    table.row({ stepNumber: 61, label: "a", step: STEP, first: STEP }),
  ];
  assertEquals(rows, [
    "step  clients  requests/s    avg ms    min ms    p50 ms    p99 ms  p99.9 ms    max ms   connect  errors   wrong   own CPU",
    "  61      601     100,167      2.00      1.00      3.00     40.00       500     6,000      0.20   1,234       5      91%*",
  ]);
});

Deno.test('LoadTable has labels and ratios for several servers, and "p99 sent" in an open loop', () => {
  const table = new LoadTable({ labels: ["a", "the other one"], isOpenLoop: true });
  const step = { ...STEP, latency: latency(3), requestsPerSecond: 50_000, isSaturated: false };
  assertEquals(table.header().split(/  +/).slice(2, 4), ["server", "requests/s"]);
  const words = table.row({ stepNumber: 1, label: "the other one", step, first: STEP })
    .trim().split(/  +/);
  assertEquals([words[2], words.slice(10, 11), words.slice(-3)], [
    "the other one",
    ["4.00"],
    ["91%", "0.50", "3.00"],
  ]);
});

Deno.test("LoadTable omits the least important columns if the terminal is narrow", () => {
  const options = { labels: ["a"], isOpenLoop: false };
  const table = new LoadTable({ ...options, widthMax: 80 });
  const rows = [table.header(), table.row({ stepNumber: 61, label: "a", step: STEP, first: STEP })];
  assertEquals(rows, [
    "clients  requests/s    avg ms    p99 ms    max ms  errors   wrong   own CPU",
    "    601     100,167      2.00     40.00     6,000   1,234       5      91%*",
  ]);
  assertEquals(table.omitted, ["step", "min ms", "p50 ms", "p99.9 ms", "connect"]);
  assertEquals(new LoadTable({ ...options, widthMax: 120 }).omitted, ["connect"]);
  assertEquals(new LoadTable({ ...options, widthMax: 121 }).omitted, []);
});

Deno.test("LoadTable keeps the rate, errors and wrong replies on any terminal", () => {
  const table = new LoadTable({ labels: ["a", "b"], isOpenLoop: true, widthMax: 1 });
  assertEquals(table.header().trim().split(/  +/), [
    ...["clients", "server", "requests/s", "p99 ms", "p99 sent", "errors", "wrong", "× req/s"],
  ]);
});

Deno.test("formatMs and formatRate do not round a small figure to zero", () => {
  assertEquals([0, 0.0001, 0.0123, 0.5].map(formatMs), ["0.000", "<0.001", "0.012", "0.50"]);
  assertEquals([0, 0.12, 4.5, 1_234].map(formatRate), ["0", "0.12", "4.5", "1,234"]);
});

Deno.test("LoadTable shows a dash for what was not measured", () => {
  const table = new LoadTable({ labels: ["a", "b"], isOpenLoop: true });
  const none = { connect: null, latency: null, uncorrected: null, requestsPerSecond: 0 };
  const row = table.row({ stepNumber: 1, label: "b", step: { ...STEP, ...none }, first: STEP });
  assertEquals(row.trim().split(/ +/).filter((word) => word === "-").length, 10);
  assertEquals([formatMs(undefined), formatMs(99.994), formatMs(1_234.5)], ["-", "99.99", "1,235"]);
});
