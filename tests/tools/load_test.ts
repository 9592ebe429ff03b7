import {
  assert,
  assertEquals,
  assertLess,
  assertMatch,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { Buffer } from "node:buffer";
import { main } from "../../tools/load.ts";
import { parseCommandLine } from "../../tools/load/command_line.ts";
import { adviceFor, ConnectionFailure } from "../../src/client/connection_failure.ts";
import { ExpectedLines } from "../../tools/load/expected_lines.ts";
import { firstDifference } from "../../tools/load/first_difference.ts";
import { LatencyHistogram } from "../../tools/load/latency_histogram.ts";
import { lineWire } from "../../src/client/line_wire.ts";
import { LoadFailure } from "../../tools/load/load_failure.ts";
import type { LoadReport } from "../../tools/load/load_report.ts";
import { RandomLineNumbers } from "../../tools/load/random_line_numbers.ts";
import { redisWire } from "../../tools/load/redis_wire.ts";
import { ReplyChecker } from "../../tools/load/reply_checker.ts";
import { formatServerAddress, parseServerAddress } from "../../src/client/server_address.ts";
import type { WireProtocol } from "../../src/client/wire_protocol.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const linesIn = (text: string) => new ExpectedLines(bytesOf(text));

function allLinesOf(lines: ExpectedLines): string[] {
  return Array.from({ length: lines.lineCount }, (_, i) => {
    const start = lines.startOf(i + 1);
    return textOf(lines.text.subarray(start, start + lines.byteCountOf(i + 1)));
  });
}

/** Feeds a reply cut into chunks of so many bytes; gives the state behind it and what was left over. */
function checkInChunks(checker: ReplyChecker, reply: string, chunkBytes: number) {
  const received = Buffer.from(reply);
  let at = 0;
  while (at < received.length && checker.state === "incomplete") {
    at = checker.check(received, at, Math.min(at + chunkBytes, received.length));
  }
  return { state: checker.state, rest: received.subarray(at).toString() };
}

/** Answers one command, given without its terminator; `undefined` closes the connection. */
type Answer = (command: string) => string | undefined;

interface TestServerOptions {
  answer: Answer;
  /** Splits the bytes of a connection into commands; gives what is left. */
  split?: (received: string, onCommand: (command: string) => void) => string;
  /** How many bytes are written at a time. */
  chunkBytes?: number;
}

function splitLines(received: string, onCommand: (command: string) => void): string {
  const commands = received.split("\n");
  const rest = commands.pop()!;
  commands.forEach(onCommand);
  return rest;
}

/** Gives the commands of whole RESP arrays, their words joined by blanks. */
function splitResp(received: string, onCommand: (command: string) => void): string {
  const array = /^\*(\d+)\r\n/;
  for (let rest = received;;) {
    const head = array.exec(rest);
    if (head === null) return rest;
    let at = head[0].length;
    const words: string[] = [];
    while (words.length < Number(head[1])) {
      const bulk = /^\$(\d+)\r\n/.exec(rest.slice(at));
      if (bulk === null) return rest;
      const start = at + bulk[0].length;
      at = start + Number(bulk[1]) + 2;
      if (at > rest.length) return rest;
      words.push(rest.slice(start, at - 2));
    }
    onCommand(words.join(" "));
    rest = rest.slice(at);
  }
}

/** A server on a free port. Text is latin1, so that any byte can stand in it. */
class TestServer implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #options: TestServerOptions;
  readonly #accepting: Promise<void>;
  connectionCount = 0;
  requestCount = 0;

  constructor(options: TestServerOptions | Answer) {
    this.#options = typeof options === "function" ? { answer: options } : options;
    this.#accepting = this.#accept();
  }

  get address(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    const open: Promise<void>[] = [];
    for await (const conn of this.#listener) {
      this.connectionCount++;
      open.push(this.#serve(conn).catch(() => {}).finally(() => conn.close()));
    }
    await Promise.all(open);
  }

  async #serve(conn: Deno.Conn): Promise<void> {
    const { answer, split = splitLines, chunkBytes = 65_536 } = this.#options;
    const buffer = new Uint8Array(65_536);
    let received = "";
    for (;;) {
      const byteCount = await conn.read(buffer);
      if (byteCount === null) return;
      received += Buffer.from(buffer.subarray(0, byteCount)).toString("latin1");
      const replies: (string | undefined)[] = [];
      received = split(received, (command) => replies.push(answer(command)));
      this.requestCount += replies.length;
      const end = replies.indexOf(undefined);
      await writeInChunks(conn, replies.slice(0, end < 0 ? undefined : end).join(""), chunkBytes);
      if (end >= 0) return;
    }
  }
}

async function writeInChunks(conn: Deno.Conn, text: string, chunkBytes: number): Promise<void> {
  const bytes = Buffer.from(text, "latin1");
  for (let at = 0; at < bytes.length;) {
    at += await conn.write(bytes.subarray(at, at + chunkBytes));
  }
}

/** Answers as the line protocol has it. */
function answersOf(lines: readonly string[]): (command: string) => string {
  return (command) => `OK\n${lines[Number(command.slice("GET ".length)) - 1]}\n`;
}

/** Runs the load program on a file with that text, in this process. */
async function load(text: string, ...args: string[]) {
  const path = await Deno.makeTempFile();
  const log: string[] = [];
  const error: string[] = [];
  try {
    await Deno.writeFile(path, Buffer.from(text, "latin1"));
    const code = await main([...args, "--file", path], {
      log: (line) => log.push(line),
      error: (line) => error.push(line),
    });
    return { code, log, error, report: () => JSON.parse(log[0]!) as LoadReport };
  } finally {
    await Deno.remove(path);
  }
}

const HUNDRED = Array.from({ length: 100 }, (_, i) => `line ${i + 1} ${"x".repeat(i)}`);
const HUNDRED_TEXT = HUNDRED.map((line) => `${line}\n`).join("");

Deno.test("firstDifference finds the first byte that differs, whichever buffer is longer", () => {
  const line = "0123456789".repeat(20);
  for (const [before, behind] of [["", "longer"], ["OK", ""]] as const) {
    for (const byteCount of [0, 1, 47, 48, 200]) {
      for (const differsAt of [0, 46, 47, 199]) {
        const received = Buffer.from(`${before}${line}${behind}`);
        received[before.length + differsAt] = 0;
        const same = firstDifference(Buffer.from(line), 0, received, before.length, byteCount);
        assertEquals(same, Math.min(byteCount, differsAt));
      }
    }
  }
});

Deno.test("ExpectedLines finds the lines of every kind of text", () => {
  const table: [text: string, lines: string[]][] = [
    ["", []],
    ["a", ["a"]],
    ["a\n", ["a"]],
    ["\n", [""]],
    ["\n\n", ["", ""]],
    ["a\nb", ["a", "b"]],
    ["a\r\nb\r\n", ["a", "b"]],
    ["\r\n", [""]],
    ["a\rb\n", ["a\rb"]],
    ["a\r\r\n", ["a\r"]],
    ["a\r", ["a\r"]],
    ["\r", ["\r"]],
    ["a\0b\n", ["a\0b"]],
    [HUNDRED_TEXT, HUNDRED],
    ["\n".repeat(1_000), Array(1_000).fill("")],
  ];
  for (const [text, lines] of table) assertEquals(allLinesOf(linesIn(text)), lines);
});

Deno.test("ExpectedLines names the file it cannot take", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const [empty, large] = [`${directory}/empty`, `${directory}/large`];
    await Deno.writeFile(empty, new Uint8Array());
    await Deno.writeFile(large, new Uint8Array());
    await Deno.truncate(large, 2 ** 30 + 1);
    const table: [path: string, message: RegExp][] = [
      [directory, /^Not a file: .*: name a text file$/],
      [empty, /^File without a line: .*empty: /],
      [large, /^File too large: .*large: 1073741825 bytes.*1 GiB/],
      [`${directory}/none`, /^No such file: .*none: correct --file$/],
      [`${empty}/none`, /^Cannot read file: .*: /],
    ];
    for (const [path, message] of table) {
      const failure = await assertRejects(() => ExpectedLines.read(path), LoadFailure);
      assertMatch(failure.message, message);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("Requests and reply heads are the protocol's bytes", () => {
  const table: [wire: WireProtocol, request: string, head: string, tail: string][] = [
    [lineWire, "GET 120\n", "OK\n", "\n"],
    [redisWire, "*2\r\n$3\r\nGET\r\n$3\r\n120\r\n", "$57\r\n", "\r\n"],
  ];
  for (const [wire, request, head, tail] of table) {
    const into = new Uint8Array(64);
    assertEquals(textOf(into.subarray(5, wire.encodeRequest(120, into, 5))), request);
    assertEquals(textOf(into.subarray(0, wire.encodeReplyHead(57, into))), head);
    assertEquals(textOf(wire.replyTail), tail);
    assertEquals(wire.encodeRequest(Number.MAX_SAFE_INTEGER, into, 0), wire.requestMaxBytes);
    assertEquals(wire.encodeReplyHead(2 ** 31 - 1, into) <= wire.replyHeadMaxBytes, true);
  }
});

Deno.test("A framer finds the end of any reply, fed whole or byte by byte", () => {
  const table: [wire: WireProtocol, reply: string, isError: boolean][] = [
    [lineWire, "OK\nx\n", false],
    [lineWire, "OK\n\n", false],
    [lineWire, "OK\r\nx\r\n", false],
    [lineWire, "OK\nERR\n", false],
    [lineWire, "ERR\n", true],
    [lineWire, "INVALID COMMAND!\n", true],
    [lineWire, "Server error: index damaged, and much more of it\n", true],
    [lineWire, "\n", false],
    [lineWire, "nonsense\n", false],
    [redisWire, "$0\r\n\r\n", false],
    [redisWire, "$5\r\na\r\nbc\r\n", false],
    [redisWire, "$-1\r\n", false],
    [redisWire, "-ERR unknown command, with a long text behind it\r\n", true],
    [redisWire, "+OK\r\n", false],
    [redisWire, "nonsense\n", false],
  ];
  for (const [wire, reply, isError] of table) {
    const framer = wire.createFramer();
    const received = bytesOf(`${reply}more`);
    assertEquals(framer.feed(received, 0, received.length), reply.length, reply);
    assertEquals([framer.isComplete, framer.isError], [true, isError], reply);
    framer.reset();
    for (let i = 0; i < reply.length; i++) {
      assertEquals(framer.isComplete, false, reply);
      assertEquals(framer.feed(received, i, i + 1), i + 1);
    }
    assertEquals([framer.isComplete, framer.isError], [true, isError], reply);
  }
});

Deno.test("ReplyChecker tells right, wrong and error replies apart, however they are cut", () => {
  const long = "long ".repeat(40);
  const lines = linesIn(`one\n\n${long}\n`);
  const table: [wire: WireProtocol, lineNumber: number, reply: string, state: string][] = [
    [lineWire, 1, "OK\none\n", "right"],
    [lineWire, 1, "OK\nonE\n", "wrong"],
    [lineWire, 1, "OK\non\n", "wrong"],
    [lineWire, 1, "OK\none more\n", "wrong"],
    [lineWire, 1, "OK\n\n", "wrong"],
    [lineWire, 1, "OOPS\n", "wrong"],
    [lineWire, 1, "ERR\n", "error"],
    [lineWire, 2, "OK\n\n", "right"],
    [lineWire, 2, "OK\nx\n", "wrong"],
    [lineWire, 3, `OK\n${long}\n`, "right"],
    [lineWire, 3, `OK\n${long.slice(0, -1)}\n`, "wrong"],
    [lineWire, 3, `OK\n${long.slice(0, -1)}\0\n`, "wrong"],
    [lineWire, 3, `OK\n${long}\r\n`, "wrong"],
    [redisWire, 1, "$3\r\none\r\n", "right"],
    [redisWire, 1, "$3\r\nonE\r\n", "wrong"],
    [redisWire, 1, "$3\r\none\rx", "wrong"],
    [redisWire, 1, "$-1\r\n", "wrong"],
    [redisWire, 1, "$30\r\nx23456789o123456789o1234567890\r\n", "wrong"],
    [redisWire, 1, "-ERR no\r\n", "error"],
    [redisWire, 2, "$0\r\n\r\n", "right"],
    [redisWire, 3, `$200\r\n${long}\r\n`, "right"],
  ];
  for (const [wire, lineNumber, reply, state] of table) {
    const checker = new ReplyChecker(wire, lines);
    for (const chunkBytes of [1, 2, 3, 64, 1_000]) {
      checker.expect(lineNumber);
      assertEquals(
        checkInChunks(checker, `${reply}next`, chunkBytes),
        { state, rest: "next" },
        reply,
      );
    }
  }
});

Deno.test("ReplyChecker shows what came around the first wrong byte", () => {
  const checker = new ReplyChecker(lineWire, linesIn(`one\n${"0123456789".repeat(9)}\n`));
  checker.expect(1);
  checkInChunks(checker, 'OK\no"\\\r\x01é\n', 1);
  assertEquals(checker.difference(), {
    lineNumber: 1,
    differsAtByte: 4,
    received: '"OK\\no\\"\\\\\\r\\x01\\xc3\\xa9\\n"',
    expected: '"OK\\none\\n"',
  });
  checker.expect(2);
  checkInChunks(checker, `OK\n${"0123456789".repeat(8)}012x456789\n`, 7);
  assertEquals(checker.difference(), {
    lineNumber: 2,
    differsAtByte: 86,
    received: '"7890123456789012x456789\\n"',
    expected: '"78901234567890123456789\\n"',
  });
});

Deno.test("LatencyHistogram agrees with the sorted list to within 1.6%", () => {
  const histogram = new LatencyHistogram();
  assertEquals(histogram.summarize(), undefined);
  const durationsMs = Array.from(
    { length: 10_000 },
    (_, i) => 0.05 + (i * 7_919 % 10_000) ** 2 / 1e4,
  );
  for (const ms of durationsMs) histogram.record(ms);
  const sorted = durationsMs.toSorted((a, b) => a - b);
  const { minMs, avgMs, p50Ms, p99Ms, maxMs } = histogram.summarize()!;
  assertEquals([minMs, maxMs], [sorted[0], sorted.at(-1)]);
  assertLess(Math.abs(avgMs * 10_000 / durationsMs.reduce((sum, ms) => sum + ms) - 1), 1e-9);
  assertLess(Math.abs(p50Ms / sorted[4_999]! - 1), 0.016);
  assertLess(Math.abs(p99Ms / sorted[9_899]! - 1), 0.016);
});

Deno.test("LatencyHistogram takes durations from nothing to hours", () => {
  for (const ms of [0, 0.063, 0.064, 1, 3.6e6]) {
    const histogram = new LatencyHistogram();
    histogram.record(ms);
    assertEquals(histogram.summarize(), { minMs: ms, avgMs: ms, p50Ms: ms, p99Ms: ms, maxMs: ms });
  }
});

Deno.test("RandomLineNumbers draws every line about equally often, and nothing else", () => {
  const [lineNumbers] = RandomLineNumbers.forClients(1, 10, 3);
  const counts = new Map<number, number>();
  for (let i = 0; i < 100_000; i++) {
    const lineNumber = lineNumbers!.next();
    counts.set(lineNumber, (counts.get(lineNumber) ?? 0) + 1);
  }
  assertEquals([...counts.keys()].sort((a, b) => a - b), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  for (const count of counts.values()) assertLess(Math.abs(count - 10_000), 500);
});

Deno.test("A server address is HOST:PORT, with brackets around IPv6", () => {
  for (const text of ["127.0.0.1:1", "localhost:65535", "[::1]:80"]) {
    assertEquals(formatServerAddress(parseServerAddress(text)!), text);
  }
  for (const text of ["", "a", "a:", ":1", "a:0", "a:65536", "::1:80", "a:b", "a:1:2"]) {
    assertEquals(parseServerAddress(text), undefined, text);
  }
});

Deno.test("A wrong command line is told in one line and gives 2", async () => {
  const table: [args: string[], message: RegExp][] = [
    [[], /^No server named: HOST:PORT: /],
    [["a:1", "b:1"], /^One word too many: b:1: /],
    [["here"], /^Not HOST:PORT: here: /],
    [["a:1", "--frob"], /^Unknown flag: --frob: /],
    [["a:1", "--clients", "0"], /--clients: 0$/],
    [["a:1", "--clients", "many"], /--clients: many$/],
    [["a:1", "--pipeline", "1.5"], /--pipeline: 1\.5$/],
    [["a:1", "--duration", "5"], /--duration: 5: /],
    [["a:1", "--duration", "0"], /--duration: 0: take 1ms/],
    [["a:1", "--duration", "1s", "--requests", "1"], /^Both --duration and --requests: 1s and 1: /],
    [["a:1", "--requests", "0"], /--requests: 0$/],
    [["a:1", "--reconnect-after", "0"], /--reconnect-after: 0$/],
    [["a:1", "--protocol", "http"], /--protocol: http: take one of line, redis$/],
    [["a:1", "--fill"], /^--fill is for redis only: /],
  ];
  for (const [args, message] of table) {
    const { code, log, error } = await load("a\n", ...args);
    assertEquals([code, log, error.length], [2, [], 1], args.join(" "));
    assertMatch(error[0]!, message);
  }
  assertThrows(() => parseCommandLine(["a:1"]), Error, "No file named: --file: ");
});

Deno.test("What the command line leaves out is as --help says", () => {
  assertEquals(parseCommandLine(["[::1]:80", "--file", "007"]), {
    kind: "load",
    path: "007",
    isFillWanted: false,
    isJsonWanted: false,
    run: {
      address: { hostname: "::1", port: 80 },
      wire: lineWire,
      limit: { kind: "duration", durationMs: 5_000 },
      clientCount: 50,
      pipeline: 1,
      reconnectAfter: Infinity,
      seed: 1,
      timeoutMs: 10_000,
    },
  });
});

Deno.test("--help is printed and gives 0", async () => {
  const { code, log } = await load("", "--help");
  assertEquals(code, 0);
  assertMatch(log[0]!, /--reconnect-after N/);
});

Deno.test("A file that is not there gives 1", async () => {
  const error: string[] = [];
  const output = { log: () => {}, error: (line: string) => error.push(line) };
  assertEquals(await main(["127.0.0.1:1", "--file", "no-such-file"], output), 1);
  assertEquals(error, ["No such file: no-such-file: correct --file"]);
});

Deno.test("Right answers give 0 and one line of result", async () => {
  await using server = new TestServer(answersOf(HUNDRED));
  const { code, log, error } = await load(HUNDRED_TEXT, server.address, "--requests", "1001");
  assertEquals([code, error, server.requestCount], [0, [], 1_001]);
  assertEquals(log.length, 1);
  assertMatch(
    log[0]!,
    /^clients 50, pipeline 1: [\d,]+ requests\/s, 0 wrong, 0 errors, min .* ms, own CPU .* µs/,
  );
});

Deno.test("A run ends when its time is over", async () => {
  await using server = new TestServer(answersOf(HUNDRED));
  const args = [server.address, "--duration", "50ms", "--clients", "3", "--json"];
  const { code, report } = await load(HUNDRED_TEXT, ...args);
  const { requests, elapsedMs, connections, clients } = report();
  assertEquals([code, connections, clients, requests], [0, 3, 3, server.requestCount]);
  assert(elapsedMs >= 50, `${elapsedMs} ms`);
});

Deno.test("One wrong line in a hundred is found and named", async () => {
  const served = HUNDRED.with(41, "line 42 of another file");
  await using server = new TestServer(answersOf(served));
  const args = [server.address, "--requests", "3000", "--pipeline", "16", "--clients", "4"];
  const { code, error, log } = await load(HUNDRED_TEXT, ...args);
  assertEquals(code, 1);
  assertEquals(error.length, 11);
  for (const line of error.slice(0, 10)) {
    assertMatch(
      line,
      /^Wrong answer: line 42: after 11 right bytes of the reply "OK\\nline 42 of /,
    );
  }
  assertMatch(error[10]!, /^More wrong answers: \d+: only the first are shown$/);
  assertMatch(log[0]!, /, [1-9]\d wrong, 0 errors, /);
});

Deno.test("Replies may come byte by byte", async () => {
  await using server = new TestServer({ answer: answersOf(HUNDRED), chunkBytes: 1 });
  const args = [server.address, "--requests", "60", "--pipeline", "7", "--clients", "2"];
  assertEquals((await load(HUNDRED_TEXT, ...args)).code, 0);
});

Deno.test("A line may be longer than what is read at a time, and differ at its end", async () => {
  const lines = ["a".repeat(300_000), "", "b".repeat(65_536)];
  const text = lines.join("\n");
  const args = ["--requests", "40", "--pipeline", "5", "--clients", "2", "--json"];
  await using server = new TestServer(answersOf(lines));
  assertEquals((await load(text, server.address, ...args)).code, 0);
  await using wrong = new TestServer(answersOf(lines.with(0, `${"a".repeat(299_999)}x`)));
  const { code, report } = await load(text, wrong.address, ...args);
  const { lineNumber, differsAtByte } = report().wrongAnswers[0]!;
  assertEquals([code, lineNumber, differsAtByte], [1, 1, 300_002]);
});

Deno.test("More requests may be in flight than the sockets take", async () => {
  await using server = new TestServer(answersOf(HUNDRED));
  const args = [server.address, "--requests", "60000", "--pipeline", "10000", "--clients", "2"];
  assertEquals((await load(HUNDRED_TEXT, ...args)).code, 0);
});

Deno.test("A CRLF file, and a last line without a terminator, are compared without them", async () => {
  const lines = ["one", "", "two\rthree", "\xff\0", "last"];
  await using server = new TestServer(answersOf(lines));
  const args = [server.address, "--requests", "200", "--clients", "2"];
  assertEquals((await load(lines.join("\r\n"), ...args)).code, 0);
});

Deno.test("A server that closes early is counted, and asked again while it answers", async () => {
  let count = 0;
  const answer = answersOf(HUNDRED);
  await using server = new TestServer((command) =>
    ++count % 50 === 0 ? undefined : answer(command)
  );
  const args = [server.address, "--requests", "500", "--clients", "1"];
  const { code, error, log } = await load(HUNDRED_TEXT, ...args);
  assertEquals([code, server.connectionCount, error], [1, 11, [
    "Early end of stream: 10 times, first: 1 reply still owed: see what the server says about it",
  ]]);
  assertMatch(log[0]!, /, 0 wrong, 10 errors, /);
});

Deno.test("A server that never answers is not asked again", async () => {
  await using server = new TestServer(() => undefined);
  const { code, report } = await load(HUNDRED_TEXT, server.address, "--clients", "5", "--json");
  const { connections, requests, errorsByKind, latency } = report();
  assertEquals([code, connections, requests, latency], [1, 5, 0, null]);
  assertEquals(errorsByKind["early end of stream"]?.count, 5);
});

Deno.test("A refused connection is counted and its address named", async () => {
  const server = new TestServer(() => undefined);
  const { address } = server;
  await server[Symbol.asyncDispose]();
  const { code, error, log } = await load("a\n", address, "--clients", "4");
  assertEquals([code, error], [1, [
    `Connection refused: 4 times, first: ${address}: start the server, or correct HOST:PORT`,
  ]]);
  assertMatch(log[0]!, /: 0 requests\/s, 0 wrong, 4 errors, no whole batch, /);
});

Deno.test("A server's error replies are counted, and the connection goes on", async () => {
  const answer = answersOf(HUNDRED);
  await using server = new TestServer((command) =>
    command === "GET 7" ? "Server error: index damaged\n" : answer(command)
  );
  const args = [
    server.address,
    "--requests",
    "1000",
    "--clients",
    "2",
    "--pipeline",
    "9",
    "--json",
  ];
  const { code, report } = await load(HUNDRED_TEXT, ...args);
  const { requests, wrong, connections, errorsByKind } = report();
  assertEquals([code, requests, wrong, connections], [1, 1_000, 0, 2]);
  const { count, example } = errorsByKind["server error reply"]!;
  assert(count > 1);
  assertEquals(example, 'line 7: "Server error: index damaged\\n"');
});

Deno.test("A server that falls silent is given up after the timeout", async () => {
  await using server = new TestServer(() => "");
  const args = [server.address, "--clients", "2", "--timeout", "20ms"];
  const { code, error } = await load("a\n", ...args);
  assertEquals([code, error], [1, [
    `No reply in time: 2 times, first: ${server.address}: see whether the server hangs, or raise --timeout`,
  ]]);
});

Deno.test("Bytes behind the last reply are an error", async () => {
  await using server = new TestServer(() => "OK\na\nmore");
  const { code, error } = await load("a\n", server.address, "--clients", "1", "--requests", "1");
  assertEquals(code, 1);
  assertMatch(error[0]!, /^Surplus bytes: once: 4 bytes after the last reply: /);
});

Deno.test("A reply without end is an error", async () => {
  await using server = new TestServer(() => `OK\n${"x".repeat(3_000_000)}`);
  const { code, error } = await load("a\n", server.address, "--clients", "1");
  assertEquals(code, 1);
  assertMatch(error[0]!, /^Reply without end: once: line 1: /);
});

Deno.test("--reconnect-after opens a new connection after so many requests", async () => {
  await using server = new TestServer(answersOf(HUNDRED));
  const args = ["--clients", "2", "--pipeline", "3", "--reconnect-after", "10"];
  const { code } = await load(HUNDRED_TEXT, server.address, "--requests", "100", ...args);
  assertEquals([code, server.requestCount], [0, 100]);
  assert(server.connectionCount >= 10, `${server.connectionCount} connections`);
});

Deno.test("The same seed asks for the same lines", async () => {
  const asked = async (seed: string) => {
    const commands: string[] = [];
    const answer = answersOf(HUNDRED);
    await using server = new TestServer((command) => {
      commands.push(command);
      return answer(command);
    });
    await load(HUNDRED_TEXT, server.address, "--clients", "1", "--requests", "50", "--seed", seed);
    return commands.join();
  };
  const first = await asked("7");
  assertEquals(await asked("7"), first);
  assertEquals(await asked("8") === first, false);
});

/** What Redis does with the three commands that are used. */
function redisAnswers(keys: Map<string, string>): Answer {
  return (command) => {
    const [verb, key = ""] = command.split(" ", 2);
    if (verb === "DBSIZE") return `:${keys.size}\r\n`;
    if (verb === "SET") {
      keys.set(key, command.slice("SET ".length + key.length + 1));
      return "+OK\r\n";
    }
    const value = keys.get(key);
    return value === undefined ? "$-1\r\n" : `$${value.length}\r\n${value}\r\n`;
  };
}

Deno.test("--fill puts all lines into an empty Redis, which then answers with them", async () => {
  const keys = new Map<string, string>();
  const lines = ["one", "", "\xff\r\0", "x".repeat(200_000), ...Array(2_500).fill("y")];
  await using server = new TestServer({ answer: redisAnswers(keys), split: splitResp });
  const args = [server.address, "--protocol", "redis", "--requests", "500", "--pipeline", "16"];
  const { code, error } = await load(lines.join("\n"), ...args, "--fill");
  assertEquals([code, error], [0, []]);
  assertEquals([...keys], lines.map((line, i) => [String(i + 1), line]));

  const again = await load(lines.join("\n"), ...args, "--fill");
  assertEquals(again.code, 1);
  assertMatch(again.error[0]!, /^Cannot fill Redis at 127.*: it answers DBSIZE with :2504: /);
});

Deno.test("A key that is missing in Redis is a wrong answer", async () => {
  const answer = redisAnswers(new Map([["1", "one"]]));
  await using server = new TestServer({ answer, split: splitResp });
  const args = [server.address, "--protocol", "redis", "--requests", "100", "--json"];
  const { code, report } = await load("one\ntwo\n", ...args);
  const { wrong, errors, wrongAnswers } = report();
  assertEquals([code, errors, wrongAnswers[0]?.received], [1, 0, '"$-1\\r\\n"']);
  assert(wrong > 10 && wrong < 90, `${wrong} wrong`);
});

Deno.test("--fill stops where Redis refuses a line or goes away", async () => {
  const table: [answer: Answer, message: RegExp][] = [
    [(command) => command === "DBSIZE" ? ":0\r\n" : "-READONLY no\r\n", /: -READONLY no: name an/],
    [(command) => command === "DBSIZE" ? ":0\r\n" : undefined, /: early end of stream: /],
  ];
  for (const [answer, message] of table) {
    await using server = new TestServer({ answer, split: splitResp });
    const { code, error } = await load("a\n", server.address, "--protocol", "redis", "--fill");
    assertEquals([code, error.length], [1, 1]);
    assertMatch(error[0]!, message);
  }
});

Deno.test("What a socket throws is sorted by kind", () => {
  const coded = (code: string) => Object.assign(new Error(code), { code });
  const table: [error: unknown, kind: string, example: string][] = [
    [new Deno.errors.ConnectionReset("reset"), "connection reset", "a:1"],
    [new Deno.errors.BrokenPipe("pipe"), "connection reset", "a:1"],
    [coded("EMFILE"), "too many open files", "a:1"],
    [coded("EADDRNOTAVAIL"), "no free local port", "a:1"],
    [new Error("failed to lookup address information: x"), "unknown host", "a:1"],
    [new Error("something else\nwith more"), "connection failed", "a:1: something else"],
    ["not even an error", "connection failed", "a:1: not even an error"],
  ];
  for (const [error, kind, example] of table) {
    const failure = ConnectionFailure.from(error, "a:1");
    assertEquals([failure.kind, failure.message], [kind, example]);
    assert(adviceFor(failure.kind).length > 0);
  }
});
