import { assert, assertEquals, assertMatch } from "@std/assert";
import { sceneTest } from "../../support/e2e_scene.ts";
import { runLoadHere, runLoadOn } from "../../support/load_program.ts";
import {
  answersOf,
  httpAnswers,
  httpReply,
  HUNDRED,
  HUNDRED_TEXT,
  splitHttp,
  TestServer,
  type TestServerOptions,
} from "../../support/load_server.ts";

const ONE_CLIENT = ["--clients", "1"];

const httpServer = (answer: TestServerOptions["answer"], more: Partial<TestServerOptions> = {}) =>
  new TestServer({ answer, split: splitHttp, ...more });

Deno.test("linesvr-load requests lines of http://HOST:PORT on one connection per client", async () => {
  for (const more of [{}, { chunkBytes: 1 }]) {
    await using server = httpServer(httpAnswers(HUNDRED), more);
    for (const pipeline of ["1", "7"]) {
      const args = ["--clients", "1,3", "--requests", "21", "--pipeline", pipeline];
      const run = await runLoadOn(HUNDRED_TEXT, `http://${server.address}`, ...args);
      const { label, address, protocol, steps } = run.report().targets[0]!;
      assertEquals([run.code, label, address, protocol], [
        0,
        server.address,
        server.address,
        "http",
      ]);
      assertEquals(steps.map(({ requests, connections }) => [requests, connections]), [
        [21, 1],
        [63, 3],
      ]);
      const { connect, firstByte, latency } = steps[1]!;
      assertEquals([connect?.count, firstByte?.count, latency?.count], [3, 63, 63]);
      assertMatch(run.log.at(-1)!, /^84 replies, all correct; highest rate /);
    }
    assertEquals([server.connectionCount, server.requestCount], [8, 168]);
  }
});

Deno.test("linesvr-load sends the prefix of http://HOST:PORT/PREFIX before /lines and /info", async () => {
  const paths = new Set<string>();
  const answer = httpAnswers(HUNDRED.slice(0, 2));
  await using server = httpServer((command) => {
    paths.add(command);
    return answer(command.replace(" /a/b/", " /"));
  });
  const { code, report } = await runLoadHere(`http://${server.address}/a/b/`, ...ONE_CLIENT);
  assertEquals([code, report().settings.lines], [0, 2]);
  assertEquals([...paths].sort(), ["GET /a/b/info", "GET /a/b/lines/1", "GET /a/b/lines/2"]);
});

Deno.test("linesvr-load finds one wrong line of an HTTP server", async () => {
  await using server = httpServer(httpAnswers(HUNDRED.with(41, "no line 42")));
  const args = ["--pattern", "sequential", "--requests", "100", ...ONE_CLIENT];
  const { code, step, error } = await runLoadOn(HUNDRED_TEXT, `http://${server.address}`, ...args);
  const { wrong, wrongLines, errors, connections, wrongAnswers } = step();
  assertEquals([code, wrong, wrongLines, errors, connections], [1, 1, [42], 0, 1]);
  assertEquals(wrongAnswers[0]!.differsAtByte, 0);
  assertMatch(error.at(-2)!, /^Wrong answer: line 42 \(from byte 0 of .*: "no line 42" instead/);
});

Deno.test("linesvr-load counts a status other than 200 as an error", async () => {
  await using server = httpServer(httpAnswers(HUNDRED.slice(0, 99)));
  const args = ["--pattern", "sequential", "--requests", "200", ...ONE_CLIENT];
  for (const more of [[], ["--pipeline", "9"]]) {
    const run = await runLoadOn(HUNDRED_TEXT, `http://${server.address}`, ...args, ...more);
    const { wrong, errors, connections, requests } = run.step();
    assertEquals([run.code, wrong, errors, connections, requests], [1, 0, 2, 1, 200]);
    assertMatch(run.error.at(-1)!, /^Server error reply: line 100, "HTTP\/1\.1 404 Not Found" \(2/);
  }
});

Deno.test("linesvr-load counts a Content-Length that is too large as wrong", async () => {
  const reply = httpReply("one", "200 OK", "Content-Length: 4");
  const first = (...replies: (string | undefined)[]) => () => replies.shift();
  const table: [answer: TestServerOptions["answer"], kind: string][] = [
    // The server closes the connection at the second request, or it is silent.
    [first(reply, undefined), "early end of stream"],
    [first(reply, "", ""), "no reply in time"],
  ];
  for (const [answer, kind] of table) {
    await using server = httpServer(answer);
    const args = ["--timeout", "50ms", "--requests", "2", "--pipeline", "2", ...ONE_CLIENT];
    const { code, step } = await runLoadOn("one\n", `http://${server.address}`, ...args);
    const { requests, wrong, failures, wrongAnswers } = step();
    assertEquals([code, requests, wrong, failures.map(({ kind }) => kind)], [1, 1, 1, [kind]]);
    const { received, expected } = wrongAnswers[0]!;
    assertEquals([received, expected], ["Content-Length: 4", "Content-Length: 3"]);
  }
});

Deno.test("linesvr-load counts a Content-Length that is too small as wrong", async () => {
  await using server = httpServer(() => httpReply("one", "200 OK", "Content-Length: 2"));
  const args = ["--requests", "1", ...ONE_CLIENT];
  const { code, step } = await runLoadOn("one\n", `http://${server.address}`, ...args);
  const { wrong, failures } = step();
  assertEquals([code, wrong, failures.map(({ kind }) => kind)], [1, 1, ["surplus bytes"]]);
});

Deno.test("linesvr-load opens another connection after Connection: close, without an error", async () => {
  await using server = httpServer(() =>
    httpReply("one", "200 OK", "Content-Length: 3", "Connection: close")
  );
  const args = ["--requests", "5", ...ONE_CLIENT];
  const { code, step } = await runLoadOn("one\n", `http://${server.address}`, ...args);
  assertEquals([code, step().requests, step().connections, step().errors], [0, 5, 5, 0]);
});

Deno.test("linesvr-load counts replies that are missing, or sent, after Connection: close", async () => {
  const reply = httpReply("one", "200 OK", "Content-Length: 3", "Connection: close");
  const table: [replies: (string | undefined)[], kind: string, example: RegExp][] = [
    [[reply, "", ""], "early end of stream", /^2 replies are missing$/],
    [[reply, reply, reply], "surplus bytes", /^\d+ bytes after the last reply$/],
  ];
  for (const [replies, kind, example] of table) {
    await using server = httpServer(() => replies.shift());
    const args = ["--requests", "3", "--pipeline", "3", ...ONE_CLIENT];
    const { code, step } = await runLoadOn("one\n", `http://${server.address}`, ...args);
    const { failures, requests, wrong } = step();
    assertEquals([code, requests, wrong, failures[0]?.kind], [1, 1, 0, kind]);
    assertMatch(failures[0]!.example, example);
  }
});

Deno.test("linesvr-load reports a server that does not speak HTTP", async () => {
  await using server = new TestServer(answersOf(HUNDRED));
  const url = `http://${server.address}`;
  const { code, step } = await runLoadOn(HUNDRED_TEXT, url, "--clients", "2");
  assertEquals([code, step().requests, step().wrong], [1, 20, 20]);
});

Deno.test("linesvr-load without --file says why an HTTP server tells no number of lines", async () => {
  const table: [reply: string | undefined, cause: RegExp][] = [
    [httpReply("no", "404 Not Found"), /the reply to GET \/info is HTTP\/1\.1 404 Not Found/],
    ["OOPS\n", /the reply to GET \/info is OOPS/],
    [httpReply("<html>"), /the reply to GET \/info has no number of lines/],
    [httpReply("null"), /the reply to GET \/info has no number of lines/],
    [httpReply('{"lines":-1}'), /the reply to GET \/info has no number of lines/],
    [httpReply("x".repeat(100_000)), /the reply to GET \/info has no number of lines/],
    [httpReply('{"lines":0}'), /there is no line 1/],
    [undefined, /early end of stream/],
  ];
  for (const [reply, cause] of table) {
    await using server = httpServer(() => reply);
    const { code, error } = await runLoadHere(`http://${server.address}`);
    assertEquals([code, error.length], [1, 1]);
    assertMatch(error[0]!, /^linesvr-load: Cannot find the number of lines: 127[^\n]* \(.*\)\. /);
    assertMatch(error[0]!, cause);
  }
});

sceneTest("linesvr-load compares serve --http with the same server by TCP", async (scene) => {
  const lines = ["one", "", "x\r", "ä\0", "z".repeat(70_000), "y".repeat(300_000), ...HUNDRED];
  const path = await scene.file(lines.map((line) => `${line}\n`).join(""));
  const server = await scene.serve(path, ["--http", "0", "--workers", "1"]);
  const url = await server.httpAddress();
  const tcp = `127.0.0.1:${server.port}`;
  const logPath = `${path}.log`;
  const output = ["--log", logPath, "--report", `${path}.html`];
  const args = ["--clients", "3", "--requests", "200", "--pipeline", "4", "--against"];
  const { code, report, error, log } = await runLoadHere(
    ...[tcp, ...args, `http=${url}`, "--file", path, ...output],
  );
  assertEquals(code, 0, error.join());
  assertEquals(
    report().targets.map(({ label, protocol, steps }) => [label, protocol, steps[0]!.requests]),
    [[tcp, "line", 600], ["http", "http", 600]],
  );
  assertMatch(log.at(-1)!, /^http: 600 replies, all correct; /);
  assertEquals((await Deno.readTextFile(logPath)).split("\n").length, 1_201);
  assert((await Deno.readTextFile(`${path}.html`)).includes("<strong>http</strong> at"));
  const other = await runLoadOn("other\n", url, ...ONE_CLIENT);
  assertEquals([other.code, other.step().wrong], [1, 10]);
  const counted = await runLoadHere(url, ...ONE_CLIENT);
  assertEquals([counted.code, counted.report().settings.lines], [0, lines.length]);
});
