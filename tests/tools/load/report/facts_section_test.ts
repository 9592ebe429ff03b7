import { assertEquals } from "@std/assert";
import type { LoadSettings } from "../../../../tools/load/load_report.ts";
import { describeClients, describeSettings } from "../../../../tools/load/report/facts_section.ts";
import { loadReport, stepReport, targetReport } from "../../../support/load_reports.ts";

function describe(settings: Partial<LoadSettings>): Record<string, string> {
  const report = loadReport(
    [targetReport("a", stepReport(1), stepReport(11), stepReport(21))],
    settings,
  );
  return Object.fromEntries(describeSettings(report.settings));
}

Deno.test("describeSettings describes a closed loop", () => {
  assertEquals(describe({}), {
    Clients: "1 to 21 in steps of 10; 10 requests each",
    Load: "closed loop: a client sends one request at a time and waits for the answers",
    Lines: "1 to 1,000,000, random; seed 42",
    Answers: "each compared with text.txt, byte for byte",
  });
});

Deno.test("describeSettings describes a batch", () => {
  assertEquals(
    describe({ command: "mget", pipeline: 100 })["Load"],
    "closed loop: a client sends one request for 100 lines, each of which counts as a request, " +
      "and waits for the answers",
  );
});

Deno.test("describeSettings describes an open loop", () => {
  const open = {
    ratePerSecond: 5_000,
    requests: null,
    durationMs: 2_500,
    pipeline: 16,
    file: null,
  };
  assertEquals(describe(open), {
    Clients: "1 to 21 in steps of 10; 2.5 s for each number of clients",
    Load:
      "open loop: 5,000 requests per second of all clients together, 16 requests in one write; " +
      "latency counts from when a request was due, even if it was sent later",
    Lines: "1 to 1,000,000, random; seed 42",
    Answers: "not compared with a file",
  });
});

Deno.test("describeClients writes a range if the steps are equal", () => {
  const lists = [[50], [1, 601], [1, 11, 21], [1, 10, 100], [10, 10, 10]];
  assertEquals(lists.map(describeClients), [
    "50",
    "1, 601",
    "1 to 21 in steps of 10",
    "1, 10, 100",
    "10, 10, 10",
  ]);
});
