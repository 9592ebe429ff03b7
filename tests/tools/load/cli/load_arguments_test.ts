import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { parseLoadArguments } from "../../../../tools/load/cli/load_arguments.ts";
import { UsageError } from "../../../../src/cli/subcommand.ts";

Deno.test("parseLoadArguments has the defaults that --help names", () => {
  const { clients, ...options } = parseLoadArguments(["[::1]:80"]).options;
  assertEquals([clients.length, clients.at(-1)], [61, 601]);
  assertEquals(options, {
    targets: [{ label: "[::1]:80", address: { hostname: "::1", port: 80 }, protocol: "line" }],
    requests: 10,
    durationMs: null,
    pipeline: 1,
    command: "get",
    pattern: "random",
    seed: 1,
    ratePerSecond: null,
    reconnectAfter: Infinity,
    timeoutMs: 10_000,
  });
});

Deno.test("parseLoadArguments parses every flag", () => {
  const words = [
    ..."a:1 --file 007 --lines 9 --pattern zipf --seed 2 --clients 3,4 --duration 1.5s".split(" "),
    ..."--pipeline 16 --rate 500 --reconnect-after 7 --timeout 2s --protocol redis --fill".split(
      " ",
    ),
    ..."--against b=c:2 --label x --against=d=redis://[::1]:3 --json j --report r --log l --log-date original --redis-password-file p"
      .split(
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
      command: "get",
      pattern: "zipf",
      seed: 2,
      ratePerSecond: 500,
      reconnectAfter: 7,
      timeoutMs: 2_000,
    },
    textPath: "007",
    lineCount: 9,
    passwordPath: "p",
    isFillWanted: true,
    jsonPath: "j",
    reportPath: "r",
    logPath: "l",
    logDate: "original",
  });
});

Deno.test("parseLoadArguments takes http://HOST[:PORT][/PREFIX]", () => {
  const a = { hostname: "a", port: 1 };
  const table: [url: string, target: object][] = [
    ["http://a:1", { label: "a:1", address: a, protocol: "http" }],
    ["http://a:1/", { label: "a:1", address: a, protocol: "http" }],
    ["http://a:1/x/y%20/", { label: "a:1", address: a, protocol: "http", pathPrefix: "/x/y%20" }],
    ["http://a", { label: "a:80", address: { hostname: "a", port: 80 }, protocol: "http" }],
    [
      "http://[::1]:7/x",
      {
        label: "[::1]:7",
        address: { hostname: "::1", port: 7 },
        protocol: "http",
        pathPrefix: "/x",
      },
    ],
  ];
  for (const [url, target] of table) {
    assertEquals<object>(parseLoadArguments([url]).options.targets, [target], url);
    const { targets } = parseLoadArguments(["b:1", "--against", `h=${url}`]).options;
    assertEquals<object>(targets[1]!, { ...target, label: "h" });
  }
});

Deno.test("parseLoadArguments takes --batch instead of --pipeline", () => {
  const { pipeline, command } = parseLoadArguments(["a:1", "--batch", "100"]).options;
  assertEquals([pipeline, command], [100, "mget"]);
});

Deno.test("parseLoadArguments throws a one-line message if the command line is wrong", () => {
  const table: [words: string, message: RegExp][] = [
    ["", /HOST:PORT.*"linesvr-load --help"/],
    ["a:1 b:1", /b:1/],
    ["here", /^Not HOST:PORT: here\. Write /],
    ["https://a:1", /^Not HOST:PORT: https:\/\/a:1\. /],
    ["http://u:secret@a:1", /^Not HOST:PORT: http:\/\/…@a:1\. /],
    ["http://a:1/x?y", /^Not HOST:PORT: http:\/\/a:1\/x\?y\. /],
    ["http://a:1/é", /^Not HOST:PORT: /],
    ["http://a:0", /^Not HOST:PORT: /],
    ["http://", /^Not HOST:PORT: /],
    ["http://a:1 --batch 2", /^--batch needs MGET, which the HTTP server a:1 does not have\. /],
    ["b:1 --against h=http://a:1 --batch 2", /^--batch needs MGET, .* server h does/],
    ["a:1 --frob", /^Unknown option: --frob/],
    ["a:1 --clients 0", /^--clients must be .*, not 0\.$/],
    ["a:1 --pipeline 1.5", /--pipeline.* 1\.5/],
    ["a:1 --pipeline 10001", /--pipeline.* 10001/],
    ["a:1 --batch 0", /--batch.* 0/],
    ["a:1 --batch 3001", /--batch.* 3001/],
    ["a:1 --batch 2 --pipeline 1", /^--batch and --pipeline exclude each other\. /],
    ["a:1 --duration 5", /--duration.* 5/],
    ["a:1 --duration 0", /^--duration must be 1ms or more, not 0\.$/],
    ["a:1 --timeout 0", /^--timeout must be 1ms or more, not 0\.$/],
    ["a:1 --duration 1s --requests 1", /^--duration and --requests exclude each other\. /],
    ["a:1 --requests 0", /--requests.* 0/],
    ["a:1 --rate 0", /--rate.* 0/],
    ["a:1 --lines 9007199254740992", /--lines.* 9007199254740992/],
    ["a:1 --lines 0", /--lines.* 0/],
    ["a:1 --seed -1", /--seed.* -1/],
    ["a:1 --reconnect-after 0", /--reconnect-after.* 0/],
    ["a:1 --protocol http", /--protocol.*http/],
    ["a:1 --pattern all", /--pattern.*all/],
    ["a:1 --against b:1", /^--against must be LABEL=HOST:PORT, .*, not b:1\.$/],
    ["a:1 --against =b:1", /^--against must be LABEL=HOST:PORT, .*, not =b:1\.$/],
    ["a:1 --against b=b", /^--against must be LABEL=HOST:PORT, .*, not b=b\.$/],
    ["a:1 --against b=c:1 --against b=d:1", /^Two servers have the label b\. /],
    ["a:1 --against a:1=c:1", /^Two servers have the label a:1\. .*--label/],
    ["a:1 --against", /--against/],
    ["a:1 --fill --file x", /^--fill needs a Redis server\. /],
    ["redis://a:1 --fill", /^--fill needs the lines\. Add --file/],
  ];
  for (const [words, message] of table) {
    const args = words.split(" ").filter((word) => word !== "");
    assertMatch(assertThrows(() => parseLoadArguments(args), UsageError).message, message);
  }
});
