import { assertEquals, assertMatch } from "@std/assert";
import { runLoadHere, runLoadOn } from "../../support/load_program.ts";
import {
  answersOf,
  HUNDRED,
  HUNDRED_TEXT,
  redisAnswers,
  splitResp,
  TestServer,
} from "../../support/load_server.ts";

Deno.test("--against measures the servers in turn, step by step, with the same requests", async () => {
  const order: string[] = [];
  const requested: Record<string, string[]> = { a: [], b: [], c: [] };
  const serverOf = (name: string) =>
    new TestServer((command) => {
      if (order.at(-1) !== name) order.push(name);
      requested[name]!.push(command);
      return answersOf(HUNDRED)(command);
    });
  await using a = serverOf("a");
  await using b = serverOf("b");
  await using c = serverOf("c");
  const others = ["--against", `b=${b.address}`, "--against", `c=${c.address}`, "--label", "a"];
  const args = ["--clients", "1,1", "--requests", "20"];
  const { code, log, report } = await runLoadOn(HUNDRED_TEXT, a.address, ...args, ...others);
  assertEquals([code, order], [0, ["a", "b", "c", "a", "b", "c"]]);
  assertEquals([requested["b"], requested["c"]], [requested["a"], requested["a"]]);
  assertEquals(
    report().targets.map(({ label, address, steps }) => [label, address, steps.length]),
    [["a", a.address, 2], ["b", b.address, 2], ["c", c.address, 2]],
  );
  assertEquals(log.length, 10);
  assertMatch(log[0]!, / clients {2}server {2}requests\/s .* own CPU {2}× req\/s +× avg$/);
  const rows = log.slice(1, 7).map((line) => line.trim().split(/ +/));
  assertEquals(
    rows.map(([step, clients, server]) => `${step} ${clients} ${server}`),
    ["1 1 a", "1 1 b", "1 1 c", "2 1 a", "2 1 b", "2 1 c"],
  );
  for (const row of [rows[0]!, rows[3]!]) assertEquals(row.slice(-2), ["1.00", "1.00"]);
  const [first, second] = report().targets.map(({ steps }) => steps[1]!);
  assertEquals(rows[4]!.slice(-2), [
    (second!.requestsPerSecond / first!.requestsPerSecond).toFixed(2),
    (second!.latency!.averageMs / first!.latency!.averageMs).toFixed(2),
  ]);
});

Deno.test("--against accepts another protocol, and labels the problems of the server", async () => {
  const keys = new Map(HUNDRED.map((line, i) => [`${i + 1}`, line.replace("line 42 ", "no ")]));
  await using line = new TestServer(answersOf(HUNDRED));
  await using redis = new TestServer({ answer: redisAnswers(keys), split: splitResp });
  const args = ["--clients", "1", "--requests", "100", "--pattern", "sequential"];
  const against = ["--against", `redis=redis://${redis.address}`];
  const { code, error, report } = await runLoadOn(HUNDRED_TEXT, line.address, ...args, ...against);
  assertEquals(code, 1);
  assertEquals(error.at(-1), "redis: Wrong answers: 1 (lines 42)");
  assertEquals(report().targets.map(({ protocol, steps }) => [protocol, steps[0]!.wrong]), [
    ["line", 0],
    ["redis", 1],
  ]);
});

Deno.test("--against continues if a server is down", async () => {
  await using server = new TestServer(answersOf(HUNDRED));
  const gone = new TestServer(() => undefined);
  await gone[Symbol.asyncDispose]();
  const args = ["--clients", "1,2", "--lines", "100", "--against", `gone=${gone.address}`];
  const { code, log, error } = await runLoadHere(server.address, ...args);
  assertEquals([code, log.length], [1, 7]);
  assertMatch(log[5]!, /: 30 replies, not compared with a file, no error; highest rate /);
  assertEquals(log[6], "gone: No reply, 3 errors.");
  assertMatch(log[2]!, / gone +0 +- +- .* - +- *$/);
  assertMatch(error.at(-1)!, /^gone: Connection refused: 127.* \(3 times, this was the first\)\. /);
});
