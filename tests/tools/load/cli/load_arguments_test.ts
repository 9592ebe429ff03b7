import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { parseLoadArguments } from "../../../../tools/load/cli/load_arguments.ts";
import { UsageError } from "../../../../src/cli/usage_error.ts";

Deno.test("What the command line leaves out is as --help says", () => {
  const { clients, ...options } = parseLoadArguments(["[::1]:80"]).options;
  assertEquals([clients.length, clients.at(-1)], [61, 601]);
  assertEquals(options, {
    targets: [{ label: "[::1]:80", address: { hostname: "::1", port: 80 }, protocol: "line" }],
    requests: 10,
    durationMs: null,
    pipeline: 1,
    pattern: "random",
    seed: 1,
    ratePerSecond: null,
    reconnectAfter: Infinity,
    timeoutMs: 10_000,
  });
});

Deno.test("Every flag is where it belongs", () => {
  const words = [
    ..."a:1 --file 007 --lines 9 --pattern zipf --seed 2 --clients 3,4 --duration 1.5s".split(" "),
    ..."--pipeline 16 --rate 500 --reconnect-after 7 --timeout 2s --protocol redis --fill".split(
      " ",
    ),
    ..."--against b=c:2 --label x --against=d=redis://[::1]:3 --json j --report r --log l".split(
      " ",
    ),
  ];
  assertEquals(parseLoadArguments(words), {
    options: {
      targets: [
        { label: "x", address: { hostname: "a", port: 1 }, protocol: "redis" },
        { label: "b", address: { hostname: "c", port: 2 }, protocol: "line" },
        { label: "d", address: { hostname: "::1", port: 3 }, protocol: "redis" },
      ],
      clients: [3, 4],
      requests: null,
      durationMs: 1_500,
      pipeline: 16,
      pattern: "zipf",
      seed: 2,
      ratePerSecond: 500,
      reconnectAfter: 7,
      timeoutMs: 2_000,
    },
    textPath: "007",
    lineCount: 9,
    isFillWanted: true,
    jsonPath: "j",
    reportPath: "r",
    logPath: "l",
  });
});

Deno.test("A wrong command line is told in one line", () => {
  const table: [words: string, message: RegExp][] = [
    ["", /^Missing: HOST:PORT: see "linesvr load --help"$/],
    ["a:1 b:1", /^One word too many: b:1: /],
    ["here", /^Not HOST:PORT: here: write it as /],
    ["http://a:1", /^Not HOST:PORT: http:\/\/a:1: /],
    ["a:1 --frob", /^Unknown flag: --frob: /],
    ["a:1 --clients 0", /for --clients: 0: write them as 50, /],
    ["a:1 --pipeline 1.5", /for --pipeline: 1\.5$/],
    ["a:1 --pipeline 10001", /^Not an integer of 1 to 10000 for --pipeline: 10001$/],
    ["a:1 --duration 5", /for --duration: 5: /],
    ["a:1 --duration 0", /^Too short for --duration: 0: take 1ms/],
    ["a:1 --timeout 0", /^Too short for --timeout: 0: take 1ms/],
    ["a:1 --duration 1s --requests 1", /^Both --duration and --requests: 1s and 1: /],
    ["a:1 --requests 0", /for --requests: 0$/],
    ["a:1 --rate 0", /for --rate: 0$/],
    ["a:1 --lines 9007199254740992", /for --lines: 9007199254740992$/],
    ["a:1 --lines 0", /for --lines: 0$/],
    ["a:1 --seed -1", /for --seed: -1$/],
    ["a:1 --reconnect-after 0", /for --reconnect-after: 0$/],
    ["a:1 --protocol http", /for --protocol: http: take one of line, redis$/],
    ["a:1 --pattern all", /for --pattern: all: take one of random, sequential, zipf$/],
    ["a:1 --against b:1", /^Not LABEL=HOST:PORT for --against: b:1: /],
    ["a:1 --against =b:1", /^Not LABEL=HOST:PORT for --against: =b:1: /],
    ["a:1 --against b=b", /^Not LABEL=HOST:PORT for --against: b=b: /],
    ["a:1 --against b=c:1 --against b=d:1", /^Two servers with one label: b: /],
    ["a:1 --against a:1=c:1", /^Two servers with one label: a:1: .*--label$/],
    ["a:1 --against", /^Missing value: --against: /],
    ["a:1 --fill --file x", /^--fill is for redis only: /],
    ["redis://a:1 --fill", /^--fill needs the lines: .*--file/],
  ];
  for (const [words, message] of table) {
    const args = words.split(" ").filter((word) => word !== "");
    assertMatch(assertThrows(() => parseLoadArguments(args), UsageError).message, message);
  }
});
