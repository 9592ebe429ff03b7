import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { parseServerAddress } from "../../../src/client/server_address.ts";
import { FileLines } from "../../../tools/load/lines/file_lines.ts";
import { LoadFailure } from "../../../tools/load/load_failure.ts";
import type { LoadTarget } from "../../../tools/load/target/load_target.ts";
import { fillRedis } from "../../../tools/load/target/fill_redis.ts";
import { sceneTest } from "../../support/e2e_scene.ts";
import { runLoadHere, runLoadOn } from "../../support/load_program.ts";
import { type Answer, redisAnswers, splitResp, TestServer } from "../../support/load_server.ts";

const LINES = [
  "one",
  "",
  "\xff\r\0",
  "x".repeat(200_000),
  "z".repeat(100_000),
  ...Array(2_500).fill("y"),
];

function targetOf(server: TestServer): LoadTarget {
  return { label: "redis", address: parseServerAddress(server.address)!, protocol: "redis" };
}

Deno.test("--fill stores all lines in an empty Redis, which then returns them", async () => {
  const keys = new Map<string, string>();
  await using server = new TestServer({ answer: redisAnswers(keys), split: splitResp });
  const args = ["--protocol", "redis", "--requests", "100", "--clients", "5", "--pipeline", "16"];
  const { code } = await runLoadOn(LINES.join("\n"), server.address, ...args, "--fill");
  assertEquals(code, 0);
  assertEquals([...keys], LINES.map((line, i) => [String(i + 1), line]));

  const again = await runLoadOn(LINES.join("\n"), server.address, ...args, "--fill");
  assertEquals(again.code, 1);
  assertMatch(again.error[0]!, /Cannot fill Redis: 127.* \(.*the reply to DBSIZE is :2505\)\. /);
});

Deno.test("--batch requests lines of Redis with MGET, and finds one wrong line", async () => {
  const keys = new Map(["one", "two", "three", ""].map((line, i) => [`${i + 1}`, line]));
  const args = ["--protocol", "redis", "--batch", "3", "--requests", "300", "--clients", "2"];
  await using server = new TestServer({ answer: redisAnswers(keys), split: splitResp });
  assertEquals((await runLoadOn("one\ntwo\nthree\n\n", server.address, ...args)).code, 0);
  const { code, step } = await runLoadOn("one\ntwo\nthreE\n\n", server.address, ...args);
  assertEquals([code, step().wrongLines, step().errors, step().requests], [1, [3], 0, 600]);
});

Deno.test("linesvr-load finds the number of lines of redis://HOST:PORT", async () => {
  const keys = new Map(["one", "two", "three"].map((line, i) => [`${i + 1}`, line]));
  await using server = new TestServer({ answer: redisAnswers(keys), split: splitResp });
  const { code, report } = await runLoadHere(`redis://${server.address}`, "--clients", "2");
  assertEquals([code, report().settings.lines, report().targets[0]!.protocol], [0, 3, "redis"]);
});

Deno.test("linesvr-load counts a key that is missing in Redis as a wrong answer", async () => {
  const answer = redisAnswers(new Map([["1", "one"]]));
  await using server = new TestServer({ answer, split: splitResp });
  const args = [server.address, "--protocol", "redis", "--requests", "50", "--clients", "2"];
  const { code, step } = await runLoadOn("one\ntwo\n", ...args);
  const { wrong, errors, wrongAnswers } = step();
  assertEquals([code, errors, wrongAnswers[0]?.received], [1, 0, '"$-1\\r\\n"']);
  assert(wrong > 10 && wrong < 90, `${wrong} wrong`);
});

Deno.test("--fill fails if Redis rejects a line or closes the connection", async () => {
  const table: [answer: Answer, message: RegExp][] = [
    [
      (command) => command === "DBSIZE" ? ":0\r\n" : "-READONLY no\r\n",
      /, -READONLY no\)\. Use an/,
    ],
    [(command) => command === "DBSIZE" ? ":0\r\n" : undefined, / \(early end of stream, /],
  ];
  for (const [answer, message] of table) {
    await using server = new TestServer({ answer, split: splitResp });
    const args = [server.address, "--protocol", "redis", "--fill"];
    const { code, error } = await runLoadOn("a\n", ...args);
    assertEquals([code, error.length], [1, 1]);
    assertMatch(error[0]!, message);
  }
});

sceneTest("fillRedis rejects at once when aborted while Redis is silent", async (scene) => {
  const requested = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  await using server = new TestServer({
    answer: () => undefined,
    split: splitResp,
    before: () => (requested.resolve(), answered.promise),
  });
  using lines = await FileLines.open(await scene.file("one\n"));
  const interrupted = new AbortController();
  const filling = fillRedis(targetOf(server), lines, {
    timeoutMs: 60_000,
    signal: interrupted.signal,
  });
  await requested.promise;
  interrupted.abort(new Error("interrupted"));
  await assertRejects(() => filling, Error, "interrupted");
  answered.resolve();
});

sceneTest("fillRedis rejects if Redis is silent for timeoutMs", async (scene) => {
  const answered = Promise.withResolvers<void>();
  await using server = new TestServer({
    answer: () => undefined,
    split: splitResp,
    before: () => answered.promise,
  });
  using lines = await FileLines.open(await scene.file("one\n"));
  const { signal } = new AbortController();
  await assertRejects(
    () => fillRedis(targetOf(server), lines, { timeoutMs: 1, signal }),
    LoadFailure,
    "no reply in time",
  );
  answered.resolve();
});

sceneTest("fillRedis stores lines of a file that is read in parts", async (scene) => {
  const keys = new Map<string, string>();
  await using server = new TestServer({ answer: redisAnswers(keys), split: splitResp });
  const path = await scene.file(LINES.join("\n"));
  using lines = await FileLines.open(path);
  const { signal } = new AbortController();
  await fillRedis(targetOf(server), lines, { timeoutMs: 10_000, signal });
  assertEquals([...keys.values()], LINES);
});
