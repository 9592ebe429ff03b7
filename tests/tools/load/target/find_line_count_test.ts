import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { parseServerAddress } from "../../../../src/client/server_address.ts";
import { findLineCount } from "../../../../tools/load/target/find_line_count.ts";
import { LINE_NUMBER_MAX } from "../../../../tools/load/pattern/line_numbers.ts";
import { LoadFailure } from "../../../../tools/load/load_failure.ts";
import { runLoadHere } from "../../../support/load_program.ts";
import { type Answer, TestServer } from "../../../support/load_server.ts";

const find = (server: TestServer, timeoutMs = 10_000, signal?: AbortSignal) =>
  findLineCount(
    { label: "a", address: parseServerAddress(server.address)!, protocol: "line" },
    { timeoutMs, signal },
  );

const numberOf = (command: string) => Number(command.slice("GET ".length));

/** Line counts above 2^32, up to where the sum of two line numbers is not exact. */
const MANY = [2 ** 32, 2 ** 33 + 1, 2 ** 52 + 1, 2 ** 53 - 3, LINE_NUMBER_MAX - 1];

Deno.test("findLineCount finds any number of lines in at most 2 log2(n) + 2 requests", async () => {
  for (const lineCount of [1, 2, 3, 4, 5, 1_000, 65_536, 1_000_003, ...MANY]) {
    await using server = new TestServer((command) =>
      numberOf(command) <= lineCount ? "OK\nx\n" : "ERR\n"
    );
    assertEquals(await find(server), lineCount);
    assertEquals(server.requestCount <= 2 * Math.ceil(Math.log2(lineCount)) + 2, true);
  }
});

Deno.test("findLineCount returns LINE_NUMBER_MAX if all of these lines exist", async () => {
  await using server = new TestServer(() => "OK\nx\n");
  assertEquals(await find(server), LINE_NUMBER_MAX);
});

Deno.test("findLineCount accepts long lines", async () => {
  const line = "x".repeat(200_000);
  await using server = new TestServer((command) =>
    numberOf(command) <= 3 ? `OK\n${line}\n` : "ERR\n"
  );
  assertEquals(await find(server), 3);
});

Deno.test('findLineCount throws at any reply that is neither a line nor "no such line"', async () => {
  const table: [answer: Answer, message: RegExp][] = [
    [() => "ERR\n", / \(there is no line 1\)\. /],
    [() => "INVALID COMMAND!\n", / \(the reply to GET 1 is INVALID COMMAND!\)\. /],
    [() => "Server error: no\n", / \(the reply to GET 1 is Server error: no\)\. /],
    [() => undefined, / \(early end of stream, no complete reply\)\. /],
  ];
  for (const [answer, message] of table) {
    await using server = new TestServer(answer);
    const { message: actual } = await assertRejects(() => find(server), LoadFailure);
    assertMatch(actual, message);
    assertMatch(
      actual,
      /^Cannot find the number of lines: 127[^\n]*, or pass --lines N or --file FILE\.$/,
    );
  }
});

Deno.test("findLineCount throws after the timeout, and when it is aborted", async () => {
  await using server = new TestServer(() => "");
  await assertRejects(() => find(server, 20), LoadFailure, " (no reply in time). ");
  const reason = new LoadFailure("stop");
  const ending = new AbortController();
  const finding = find(server, 10_000, ending.signal);
  ending.abort(reason);
  assertEquals(await assertRejects(() => finding, LoadFailure), reason);
});

Deno.test("linesvr-load without --lines and --file finds the number of lines and requests only existing ones", async () => {
  let isRunning = false;
  const requested = new Set<number>();
  await using server = new TestServer((command) => {
    if (isRunning) requested.add(numberOf(command));
    isRunning ||= server.connectionCount > 100;
    return numberOf(command) <= 5 ? "OK\nx\n" : "ERR\n";
  });
  const { code, report } = await runLoadHere(server.address, "--clients", "50,200");
  assertEquals([code, report().settings.lines, report().settings.file], [0, 5, null]);
  assertEquals([...requested].sort(), [1, 2, 3, 4, 5]);
});

Deno.test("linesvr-load without --file counts a reply that is not a line as wrong or as an error", async () => {
  await using server = new TestServer((command) =>
    ["OK\nany\n", "OOPS\n", "ERR\n"][numberOf(command) - 1]
  );
  const args = ["--lines", "3", "--pattern", "sequential", "--clients", "1", "--requests", "9"];
  const { code, step } = await runLoadHere(server.address, ...args);
  const { requests, wrong, wrongLines, errors } = step();
  assertEquals([code, requests, wrong, wrongLines, errors], [1, 9, 3, [2], 3]);
});
