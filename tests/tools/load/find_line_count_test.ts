import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { parseServerAddress } from "../../../src/client/server_address.ts";
import { findLineCount } from "../../../tools/load/find_line_count.ts";
import { LINE_NUMBER_MAX } from "../../../tools/load/line_numbers.ts";
import { LoadFailure } from "../../../tools/load/load_failure.ts";
import { runLoadHere } from "../../support/load_program.ts";
import { type Answer, TestServer } from "../../support/load_server.ts";

const find = (server: TestServer, timeoutMs = 10_000, signal?: AbortSignal) =>
  findLineCount(
    { label: "a", address: parseServerAddress(server.address)!, protocol: "line" },
    { timeoutMs, signal },
  );

const numberOf = (command: string) => Number(command.slice("GET ".length));

/** Numbers of lines over 2^32, up to where a sum of two is no longer exact. */
const MANY = [2 ** 32, 2 ** 33 + 1, 2 ** 52 + 1, 2 ** 53 - 3, LINE_NUMBER_MAX - 1];

Deno.test("The number of lines is found by doubling and halving", async () => {
  for (const lineCount of [1, 2, 3, 4, 5, 1_000, 65_536, 1_000_003, ...MANY]) {
    await using server = new TestServer((command) =>
      numberOf(command) <= lineCount ? "OK\nx\n" : "ERR\n"
    );
    assertEquals(await find(server), lineCount);
    assertEquals(server.requestCount <= 2 * Math.ceil(Math.log2(lineCount)) + 2, true);
  }
});

Deno.test("More lines than can be asked for are as many as can", async () => {
  await using server = new TestServer(() => "OK\nx\n");
  assertEquals(await find(server), LINE_NUMBER_MAX);
});

Deno.test("A long line may be met on the way, and a server may close behind each reply", async () => {
  const line = "x".repeat(200_000);
  await using server = new TestServer((command) =>
    numberOf(command) <= 3 ? `OK\n${line}\n` : "ERR\n"
  );
  assertEquals(await find(server), 3);
});

Deno.test("What is no answer ends the search, and is told", async () => {
  const table: [answer: Answer, message: RegExp][] = [
    [() => "ERR\n", /: it has no line 1: /],
    [() => "INVALID COMMAND!\n", /: GET 1 was answered with INVALID COMMAND!: /],
    [() => "Server error: no\n", /: GET 1 was answered with Server error: no: /],
    [() => undefined, /: early end of stream: no whole reply: /],
  ];
  for (const [answer, message] of table) {
    await using server = new TestServer(answer);
    const { message: told } = await assertRejects(() => find(server), LoadFailure);
    assertMatch(told, message);
    assertMatch(
      told,
      /^Cannot find the number of lines of 127[^\n]*, or say --lines N or --file FILE$/,
    );
  }
});

Deno.test("A silent server is given up after the timeout, and the search can be ended", async () => {
  await using server = new TestServer(() => "");
  await assertRejects(() => find(server, 20), LoadFailure, ": no reply in time: see");
  const reason = new LoadFailure("stop");
  const ending = new AbortController();
  const finding = find(server, 10_000, ending.signal);
  ending.abort(reason);
  assertEquals(await assertRejects(() => finding, LoadFailure), reason);
});

Deno.test("A run without --lines and --file finds how many there are, and asks for these only", async () => {
  let isRunning = false;
  const asked = new Set<number>();
  await using server = new TestServer((command) => {
    if (isRunning) asked.add(numberOf(command));
    isRunning ||= server.connectionCount > 100;
    return numberOf(command) <= 5 ? "OK\nx\n" : "ERR\n";
  });
  const { code, report } = await runLoadHere(server.address, "--clients", "50,200");
  assertEquals([code, report().settings.lines, report().settings.file], [0, 5, null]);
  assertEquals([...asked].sort(), [1, 2, 3, 4, 5]);
});

Deno.test("Without a file, what is not a line is a wrong answer or an error", async () => {
  await using server = new TestServer((command) =>
    ["OK\nany\n", "OOPS\n", "ERR\n"][numberOf(command) - 1]
  );
  const args = ["--lines", "3", "--pattern", "sequential", "--clients", "1", "--requests", "9"];
  const { code, step } = await runLoadHere(server.address, ...args);
  const { requests, wrong, wrongLines, errors } = step();
  assertEquals([code, requests, wrong, wrongLines, errors], [1, 9, 3, [2], 3]);
});
