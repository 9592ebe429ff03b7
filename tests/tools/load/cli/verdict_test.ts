import { assertEquals } from "@std/assert";
import { describeVerdict } from "../../../../tools/load/cli/verdict.ts";
import {
  failedStep,
  latencyReport,
  stepReport,
  targetReport,
} from "../../../support/load_reports.ts";

const FASTEST = stepReport(50, { requestsPerSecond: 28_374, latency: latencyReport(1, 3) });
const RATE = "highest rate 28,374 requests/s with 50 clients (average 2.00 ms, p99 3.00 ms).";

Deno.test("describeVerdict says whether all replies were correct, and the highest rate", () => {
  const file = "a.txt";
  const verdict = (target: ReturnType<typeof targetReport>, path: string | null = file) =>
    describeVerdict(target, { file: path, isOnly: true });
  const slow = stepReport(1);
  assertEquals(
    verdict(targetReport("a", slow, FASTEST)),
    `510 replies, all correct; ${RATE}`,
  );
  assertEquals(
    verdict(targetReport("a", slow, FASTEST), null),
    `510 replies, not compared with a file, no error; ${RATE}`,
  );
  assertEquals(
    verdict(targetReport("a", FASTEST, stepReport(2, { wrong: 3, errors: 1 }))),
    `3 of 520 replies wrong, 1 error; ${RATE}`,
  );
  assertEquals(
    verdict(targetReport("a", FASTEST, stepReport(2, { errors: 2 }))),
    `520 replies, none wrong, 2 errors; ${RATE}`,
  );
  assertEquals(verdict(targetReport("a", failedStep(7))), "No reply, 7 errors.");
});

Deno.test("describeVerdict names the server if several were measured", () => {
  assertEquals(
    describeVerdict(targetReport("new", FASTEST), { file: null, isOnly: false }),
    `new: 500 replies, not compared with a file, no error; ${RATE}`,
  );
});
