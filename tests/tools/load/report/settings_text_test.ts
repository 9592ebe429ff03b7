import { assertEquals } from "@std/assert";
import type { LoadSettings } from "../../../../tools/load/load_report.ts";
import { describeClients, describeSettings } from "../../../../tools/load/report/settings_text.ts";
import { loadReport, stepReport, targetReport } from "../../../support/load_reports.ts";

function describe(settings: Partial<LoadSettings>): Record<string, string> {
  const report = loadReport(
    [targetReport("a", stepReport(1), stepReport(11), stepReport(21))],
    settings,
  );
  return Object.fromEntries(describeSettings(report.settings));
}

Deno.test("a closed loop is described", () => {
  assertEquals(describe({}), {
    Clients: "1 to 21 in steps of 10; 10 requests of each",
    Load: "closed loop: a client sends one request at a time, and waits for the answer",
    Lines: "among 1 to 1,000,000, random; seed 42",
    Answers: "each compared, byte for byte, with text.txt",
  });
});

Deno.test("an open loop is described", () => {
  const open = {
    ratePerSecond: 5_000,
    requests: null,
    durationMs: 2_500,
    pipeline: 16,
    file: null,
  };
  assertEquals(describe(open), {
    Clients: "1 to 21 in steps of 10; 2.5 s for each number of them",
    Load:
      "open loop: 5,000 requests a second of all clients together, 16 requests at once; a request's " +
      "time counts from when it was due, however late it was sent",
    Lines: "among 1 to 1,000,000, random; seed 42",
    Answers: "not compared with a file",
  });
});

Deno.test("clients are a range only where their steps are even", () => {
  const lists = [[50], [1, 601], [1, 11, 21], [1, 10, 100], [10, 10, 10]];
  assertEquals(lists.map(describeClients), [
    "50",
    "1, 601",
    "1 to 21 in steps of 10",
    "1, 10, 100",
    "10, 10, 10",
  ]);
});
