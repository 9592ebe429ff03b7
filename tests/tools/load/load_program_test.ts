import { assert, assertEquals, assertMatch } from "@std/assert";
import { runLoadHere, runLoadOn } from "../../support/load_program.ts";
import { answersOf, HUNDRED, HUNDRED_TEXT, TestServer } from "../../support/load_server.ts";

const ONE_CLIENT = ["--clients", "1"];

Deno.test("linesvr-load exits with 0 after correct answers, and prints a row for each step", async () => {
  await using server = new TestServer(answersOf(HUNDRED));
  const { code, log, error, report } = await runLoadOn(
    HUNDRED_TEXT,
    server.address,
    ...["--clients", "1..21:10", "--requests", "7", "--pipeline", "3"],
  );
  assertEquals([code, server.requestCount, server.connectionCount], [0, 33 * 7, 33]);
  assertEquals(error.filter((line) => !/^(measuring|The load tester used)/.test(line)), []);
  assertEquals(log.length, 5);
  assertMatch(
    log[4]!,
    /^231 replies, all correct; highest rate [\d,.]+ requests\/s with [\d,]+ clients? \(average .*\)\.$/,
  );
  assertMatch(log[0]!, /^step {2}clients {2}requests\/s .* max ms .* errors {3}wrong {3}own CPU$/);
  assertMatch(log[3]!, /^ {3}3 {7}21 +[\d,]+ +[\d.]+ .* 0 +0 +\d+%[* ]$/);
  const { version, isCutShort, settings, targets } = report();
  assertEquals([version, isCutShort, settings.lines, settings.requests], [1, false, 100, 7]);
  assertEquals(targets[0]!.label, server.address);
  assertEquals(
    targets[0]!.steps.map(({ clients, connections, requests }) => [clients, connections, requests]),
    [[1, 1, 7], [11, 11, 77], [21, 21, 147]],
  );
});

Deno.test("--json has the times of connect, first byte and last byte", async () => {
  await using server = new TestServer(answersOf(HUNDRED));
  const args = [server.address, "--clients", "3", "--requests", "10"];
  const { step } = await runLoadOn(HUNDRED_TEXT, ...args);
  const { connect, firstByte, latency, uncorrected, elapsedMs, requestsPerSecond } = step();
  assertEquals([connect?.count, firstByte?.count, latency?.count], [3, 30, 30]);
  assertEquals(uncorrected, null);
  assert(0 < latency!.minMs && latency!.minMs <= latency!.averageMs);
  assert(latency!.averageMs <= latency!.maxMs && latency!.maxMs <= elapsedMs);
  assert(firstByte!.averageMs <= latency!.averageMs);
  assertEquals(Math.round(requestsPerSecond * elapsedMs / 1_000), 30);
});

Deno.test("--json has a shorter time for the first byte than for the last", async () => {
  const gate = Promise.withResolvers<void>();
  await using server = new TestServer({
    answer: () => "OK\na\n",
    chunkBytes: 1,
    gate: gate.promise,
  });
  const running = runLoadOn("a\n", server.address, ...ONE_CLIENT, "--requests", "1");
  await server.firstByteSent;
  setTimeout(gate.resolve, 100);
  const { firstByte, latency } = (await running).step();
  assert(firstByte!.maxMs < latency!.minMs, `${firstByte!.maxMs} and ${latency!.minMs}`);
});

Deno.test("--duration ends a step after that time", async () => {
  await using server = new TestServer(answersOf(HUNDRED));
  const args = [server.address, "--duration", "50ms", "--clients", "3"];
  const { code, report, step } = await runLoadOn(HUNDRED_TEXT, ...args);
  const { requests, elapsedMs, connections } = step();
  assertEquals([code, connections, requests], [0, 3, server.requestCount]);
  // A timer rounds to milliseconds, so it can fire a fraction of one early.
  assert(elapsedMs >= 49, `${elapsedMs} ms`);
  const { requests: perClient, durationMs } = report().settings;
  assertEquals([perClient, durationMs], [null, 50]);
});

Deno.test("linesvr-load finds one wrong line in a thousand and prints its number", async () => {
  const lines = Array.from({ length: 3_000 }, (_, i) => `line ${i + 1}`);
  const served = lines.map((line, i) => (i + 1) % 1_000 === 42 ? `${line}.` : line);
  await using server = new TestServer(answersOf(served));
  const args = ["--pattern", "sequential", "--clients", "4", "--requests", "1500"];
  const { code, error, step } = await runLoadOn(lines.join("\n"), server.address, ...args);
  assertEquals(code, 1);
  const { wrong, wrongLines, wrongAnswers, errors } = step();
  assertEquals([wrong, wrongLines, errors, wrongAnswers.length], [6, [42, 1042, 2042], 0, 6]);
  assertEquals(wrongAnswers[0], {
    line: 42,
    differsAtByte: 10,
    received: '"OK\\nline 42.\\n"',
    expected: '"OK\\nline 42\\n"',
  });
  const printed = error.filter((line) => line.startsWith("Wrong answer"));
  assertEquals(printed.length, 7);
  assertMatch(
    printed[0]!,
    /^Wrong answer: line 42 \(from byte 10 of the reply: "OK\\nline 42\./,
  );
  assertEquals(printed[6], "Wrong answers: 6 (lines 42, 1042, 2042)");
});

Deno.test("linesvr-load prints ten wrong answers, and reports a thousand wrong lines", async () => {
  const lines = Array.from({ length: 1_200 }, (_, i) => `line ${i + 1}`);
  await using server = new TestServer(() => "OK\nwrong\n");
  const args = ["--pattern", "sequential", "--clients", "2", "--requests", "600"];
  const { code, error, step } = await runLoadOn(lines.join("\n"), server.address, ...args);
  const { wrong, wrongLines, wrongAnswers } = step();
  assertEquals([code, wrong, wrongLines.length, wrongAnswers.length], [1, 1_200, 1_000, 10]);
  assertEquals(error.filter((line) => line.startsWith("Wrong answer: ")).length, 10);
  assertMatch(
    error.at(-1)!,
    /^Wrong answers: 1,200 \(lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and more; --json lists up to 1,000/,
  );
});

Deno.test("linesvr-load accepts replies that arrive byte by byte", async () => {
  await using server = new TestServer({ answer: answersOf(HUNDRED), chunkBytes: 1 });
  const args = [server.address, "--requests", "30", "--pipeline", "7", "--clients", "2"];
  assertEquals((await runLoadOn(HUNDRED_TEXT, ...args)).code, 0);
});

Deno.test("--batch requests lines with MGET, and finds one wrong line", async () => {
  const commands: string[] = [];
  const answer = answersOf(HUNDRED.with(41, "wrong"));
  await using server = new TestServer((command) => {
    commands.push(command);
    return answer(command);
  });
  const args = ["--batch", "30", "--requests", "100", "--pattern", "sequential", ...ONE_CLIENT];
  const { code, step, report } = await runLoadOn(HUNDRED_TEXT, server.address, ...args);
  const { requests, wrong, wrongLines, latency } = step();
  assertEquals([code, requests, wrong, wrongLines, latency?.count], [1, 100, 1, [42], 100]);
  assertEquals(commands.map((command) => command.split(" ").length - 1), [30, 30, 30, 10]);
  assertMatch(commands[0]!, /^MGET 1 2 3 .* 30$/);
  assertEquals([report().settings.command, report().settings.pipeline], ["mget", 30]);
});

Deno.test("linesvr-load compares lines longer than its receive buffer, to the last byte", async () => {
  const lines = ["a".repeat(300_000), "", "b".repeat(65_536)];
  const text = lines.join("\n");
  const args = ["--requests", "20", "--pipeline", "5", "--clients", "2"];
  await using server = new TestServer(answersOf(lines));
  assertEquals((await runLoadOn(text, server.address, ...args)).code, 0);
  await using wrong = new TestServer(answersOf(lines.with(0, `${"a".repeat(299_999)}x`)));
  const { code, step } = await runLoadOn(text, wrong.address, ...args);
  const { line, differsAtByte } = step().wrongAnswers[0]!;
  assertEquals([code, line, differsAtByte], [1, 1, 300_002]);
});

Deno.test("--pipeline can exceed what the sockets buffer", async () => {
  await using server = new TestServer(answersOf(HUNDRED));
  const args = [server.address, "--requests", "30000", "--pipeline", "10000", "--clients", "2"];
  const { code, step } = await runLoadOn(HUNDRED_TEXT, ...args);
  assertEquals([code, step().requests], [0, 60_000]);
});

Deno.test("--file accepts CRLF and a last line without a terminator", async () => {
  const lines = ["one", "", "two\rthree", "\xff\0", "last"];
  await using server = new TestServer(answersOf(lines));
  const args = [server.address, "--requests", "100", "--clients", "2"];
  assertEquals((await runLoadOn(lines.join("\r\n"), ...args)).code, 0);
});

Deno.test("linesvr-load counts early ends of connections, and reconnects while the server answers", async () => {
  let count = 0;
  const answer = answersOf(HUNDRED);
  await using server = new TestServer((command) =>
    ++count % 50 === 0 ? undefined : answer(command)
  );
  const args = [server.address, "--requests", "501", ...ONE_CLIENT];
  const { code, error, step } = await runLoadOn(HUNDRED_TEXT, ...args);
  const { requests, errors, wrong } = step();
  assertEquals([code, server.connectionCount, requests, errors, wrong], [1, 11, 491, 10, 0]);
  assertEquals(
    error.at(-1),
    "Early end of stream: 1 reply is missing (10 times, this was the first). Check the server's messages.",
  );
});

Deno.test("linesvr-load counts a reply as wrong if its connection ends after a wrong byte of the line", async () => {
  const table: [reply: string, wrong: number][] = [
    ["OK\nx", 1],
    ["OK\n", 0],
    ["OK\na", 0],
    ["Server err", 0],
  ];
  for (const [reply, wrong] of table) {
    const replies = [reply, undefined];
    await using server = new TestServer(() => replies.shift());
    const args = [server.address, ...ONE_CLIENT, "--requests", "2", "--pipeline", "2"];
    const { code, step } = await runLoadOn("a\n", ...args);
    const { requests, failures } = step();
    assertEquals([code, step().wrong, requests], [1, wrong, wrong], reply);
    assertEquals(failures.map(({ kind }) => kind), ["early end of stream"]);
  }
});

Deno.test("linesvr-load does not reconnect to a server that has not answered", async () => {
  await using server = new TestServer(() => undefined);
  const { code, step } = await runLoadOn(HUNDRED_TEXT, server.address, "--clients", "5");
  const { connections, requests, elapsedMs, failures, latency, firstByte } = step();
  assertEquals([code, connections, requests, elapsedMs], [1, 5, 0, 0]);
  assertEquals([latency, firstByte], [null, null]);
  assertEquals(failures.map(({ kind, count }) => [kind, count]), [["early end of stream", 5]]);
});

Deno.test("linesvr-load counts refused connections and prints the address", async () => {
  const server = new TestServer(() => undefined);
  const { address } = server;
  await server[Symbol.asyncDispose]();
  const { code, error, step } = await runLoadOn("a\n", address, "--clients", "4,2");
  assertEquals([code, step().errors, step().connect], [1, 4, null]);
  // Nothing was measured, so nothing was limited.
  assertEquals(step().isSaturated, false);
  assertEquals(
    error.at(-1),
    `Connection refused: ${address} (6 times, this was the first). Start the server, or correct HOST:PORT.`,
  );
});

Deno.test("linesvr-load counts error messages of the server, and continues on the connection", async () => {
  const answer = answersOf(HUNDRED);
  await using server = new TestServer((command) =>
    command === "GET 7" ? "Server error: index damaged\n" : answer(command)
  );
  const args = ["--requests", "500", "--clients", "2", "--pipeline", "9"];
  const { code, step } = await runLoadOn(HUNDRED_TEXT, server.address, ...args);
  const { requests, wrong, connections, failures } = step();
  assertEquals([code, requests, wrong, connections], [1, 1_000, 0, 2]);
  const { kind, count, example } = failures[0]!;
  assertEquals(kind, "server error reply");
  assert(count > 1);
  assertEquals(example, 'line 7, "Server error: index damaged\\n"');
});

Deno.test("--timeout ends the connection to a silent server", async () => {
  await using server = new TestServer(() => "");
  const args = [server.address, "--clients", "2", "--timeout", "20ms"];
  const { code, error } = await runLoadOn("a\n", ...args);
  assertEquals([code, error.at(-1)], [
    1,
    `No reply in time: ${server.address} (2 times, this was the first). Check whether the server hangs, or raise --timeout.`,
  ]);
});

Deno.test("linesvr-load counts bytes after the last reply as an error", async () => {
  await using server = new TestServer(() => "OK\na\nmore");
  const args = [server.address, ...ONE_CLIENT, "--requests", "1"];
  const { code, error } = await runLoadOn("a\n", ...args);
  assertEquals(code, 1);
  assertMatch(error.at(-1)!, /^Surplus bytes: 4 bytes after the last reply \(once\)\. /);
});

Deno.test("linesvr-load counts an endless reply as an error", async () => {
  await using server = new TestServer(() => `OK\n${"x".repeat(3_000_000)}`);
  const { code, error } = await runLoadOn("a\n", server.address, ...ONE_CLIENT);
  assertEquals(code, 1);
  assertMatch(error.at(-1)!, /^Reply without end: line 1 \(once\)\. /);
});

Deno.test("--reconnect-after opens a new connection after that many requests", async () => {
  await using server = new TestServer(answersOf(HUNDRED));
  const args = ["--clients", "2", "--pipeline", "3", "--reconnect-after", "10"];
  const { code, step } = await runLoadOn(HUNDRED_TEXT, server.address, "--requests", "50", ...args);
  assertEquals([code, server.requestCount, server.connectionCount], [0, 100, 10]);
  assertEquals(step().connect?.count, 10);
});

/** Returns the commands that a run sends, in order. */
async function commandsOf(...args: string[]): Promise<string> {
  const commands: string[] = [];
  const answer = answersOf(HUNDRED);
  await using server = new TestServer((command) => {
    commands.push(command);
    return answer(command);
  });
  await runLoadOn(HUNDRED_TEXT, server.address, "--requests", "50", ...args);
  return commands.join();
}

Deno.test("--seed selects the lines", async () => {
  const first = await commandsOf(...ONE_CLIENT, "--seed", "7");
  assertEquals(await commandsOf(...ONE_CLIENT, "--seed", "7"), first);
  assertEquals(await commandsOf(...ONE_CLIENT, "--seed", "8") === first, false);
});

Deno.test("linesvr-load requests other lines in each step", async () => {
  const commands = (await commandsOf("--clients", "1,1")).split(",");
  assertEquals(commands.length, 100);
  assertEquals(commands.slice(50).join() === commands.slice(0, 50).join(), false);
});

Deno.test("--lines accepts 2^53 - 1, and wrong lines are reported exactly", async () => {
  const requested: number[] = [];
  await using server = new TestServer((command) => {
    requested.push(Number(command.slice("GET ".length)));
    return "OOPS\n";
  });
  const args = ["--lines", String(Number.MAX_SAFE_INTEGER), "--requests", "20", ...ONE_CLIENT];
  const { step } = await runLoadHere(server.address, ...args);
  assertEquals(step().wrongLines, requested.sort((a, b) => a - b));
  assert(requested.at(-1)! > 2 ** 52, `${requested}`);
});

Deno.test("--lines limits the line numbers, and must not exceed the lines of --file", async () => {
  const commands = (await commandsOf(...ONE_CLIENT, "--lines", "3")).split(",");
  assertEquals([...new Set(commands)].sort(), ["GET 1", "GET 2", "GET 3"]);
  await using server = new TestServer(answersOf(HUNDRED));
  const { code, error } = await runLoadOn(HUNDRED_TEXT, server.address, "--lines", "101");
  assertEquals([code, server.connectionCount], [1, 0]);
  assertMatch(
    error[0]!,
    /^linesvr-load: Too few lines: .* \(it has 100\)\. Lower --lines\.$/,
  );
});
