import { assertEquals, assertStringIncludes } from "@std/assert";
import { noticesOf } from "../../../../tools/load/report/notices.ts";
import { failedStep, loadReport, stepReport, targetReport } from "../../../support/load_reports.ts";

Deno.test("noticesOf reports the number of correct answers if there was no error", () => {
  const [notice, ...others] = noticesOf(loadReport([targetReport("a", stepReport(200))]));
  assertEquals(others, []);
  assertEquals([notice?.level, notice?.text], [
    "good",
    "All 2,000 answers were correct, byte for byte.",
  ]);
});

Deno.test("noticesOf does not call answers correct that were not compared", () => {
  const report = loadReport([targetReport("a", stepReport(200))], { file: null });
  assertStringIncludes(noticesOf(report)[0]!.text, "not compared with a file");
});

Deno.test("noticesOf lists wrong answers first, and their lines once in ascending order", () => {
  const wrongAnswer = { line: 30, differsAtByte: 2, received: '"x"', expected: '"<y"' };
  const report = loadReport([targetReport(
    "a",
    stepReport(1, { wrong: 2, wrongLines: [30, 4_000], wrongAnswers: [wrongAnswer] }),
    stepReport(2, { wrong: 2, wrongLines: [7, 30], isSaturated: true }),
  )]);
  const [wrong, ...others] = noticesOf(report);
  assertEquals([wrong?.level, wrong?.title], ["error", "4 wrong answers from a"]);
  assertEquals(wrong?.more, { title: "3 lines", text: "7 · 30 · 4,000" });
  assertEquals(wrong?.table?.rows.map((row) => row.slice(0, 3)), [["1", "30", "2"]]);
  assertEquals(others.map(({ level }) => level), ["warning"]);
});

Deno.test("noticesOf counts errors by kind, with the numbers of clients", () => {
  const timeout = { kind: "no reply in time", count: 3, example: "after 10 s" };
  const report = loadReport([targetReport(
    "a",
    stepReport(1),
    failedStep(11),
    failedStep(21),
    stepReport(31, { errors: 3, failures: [timeout] }),
  )]);
  const [errors, ...others] = noticesOf(report);
  assertEquals(others, []);
  assertEquals([errors?.level, errors?.title], ["error", "35 errors from a"]);
  assertEquals(errors?.table?.rows, [
    ["connection refused", "32", "11 to 21", "127.0.0.1:1"],
    ["no reply in time", "3", "31", "after 10 s"],
  ]);
});

Deno.test("noticesOf has one warning for the saturated steps of all targets", () => {
  const saturated = (clients: number) => stepReport(clients, { isSaturated: true });
  const report = loadReport([
    targetReport("a", stepReport(1), saturated(11), saturated(21)),
    targetReport("b", stepReport(1), stepReport(11), saturated(21)),
  ]);
  const warnings = noticesOf(report).filter(({ level }) => level === "warning");
  assertEquals(warnings.length, 1);
  assertStringIncludes(warnings[0]!.text, ": a at 11 to 21 clients; b at 21 clients.");
});

Deno.test("noticesOf reports how many steps an interrupted run has", () => {
  const targets = [
    targetReport("a", stepReport(1), stepReport(2)),
    targetReport("b", stepReport(1)),
  ];
  const report = { ...loadReport(targets, { clients: [1, 2, 3] }), isCutShort: true };
  const cut = noticesOf(report).find(({ title }) => title === "Interrupted");
  assertStringIncludes(cut?.text ?? "", "3 of 6 steps have figures");
  const last = { ...loadReport([targetReport("a", stepReport(1))]), isCutShort: true };
  assertEquals(
    noticesOf(last)[0]!.text,
    "The run was interrupted during its only step, which is shorter than planned.",
  );
});

Deno.test("noticesOf returns nothing for a run without replies", () => {
  assertEquals(noticesOf(loadReport([targetReport("a")])), []);
});
