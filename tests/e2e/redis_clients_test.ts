import { assert, assertEquals, assertRejects } from "@std/assert";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { ServerProcess } from "../support/e2e_process.ts";
import { findPython, hasProgram, runCommand, testIfThere } from "../support/programs.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

const LINES = 3_000;
const NO_COMMAND = "unknown command 'MULTI'";

function lineOf(lineNumber: number): string {
  return `line ${lineNumber} é`;
}

function lines(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => lineOf(from + i));
}

/** Starts a server for a file; `restart` starts another one. */
async function withServer(body: (port: number, restart: () => Promise<void>) => Promise<void>) {
  await inTemporaryDirectory(async (directory) => {
    const path = `${directory}/text.txt`;
    await Deno.writeTextFile(path, `${lines(1, LINES).join("\n")}\n`);
    const start = (port = 0) => ServerProcess.start(path, ["--workers", "1"], { port });
    let server = await start();
    const { port } = server;
    try {
      await body(port, async () => {
        server.kill("SIGTERM");
        await server.ended();
        server = await start(port);
      });
    } finally {
      await server[Symbol.asyncDispose]();
    }
  });
}

const hasCli = await hasProgram("redis-cli");

testIfThere(
  "redis-cli reads lines in RESP2 and RESP3",
  "redis-cli",
  hasCli,
  () =>
    withServer(async (port) => {
      const cli = async (...args: string[]) =>
        (await runCommand("redis-cli", ["-p", String(port), ...args])).stdout;
      assertEquals(await cli("GET", "7"), `${lineOf(7)}\n`);
      for (const version of ["-2", "-3"]) {
        const found = await cli(version, "--no-raw", "MGET", "1", "0");
        assertEquals(found, `1) "line 1 \\xc3\\xa9"\n2) (nil)\n`);
      }
      assertEquals(await cli("LRANGE", "lines", "-3", "-1"), `${lines(2998, 3000).join("\n")}\n`);
      assertEquals(await cli("DBSIZE"), "3000\n");
      assertEquals((await cli("--scan", "--pattern", "29?9")).trim().split("\n").length, 10);
      assert((await cli("SET", "1", "x")).startsWith("READONLY "));
      assert((await cli("MULTI")).includes(NO_COMMAND));
    }),
);

testIfThere(
  "redis-benchmark measures GET and MGET",
  "redis-benchmark",
  hasCli,
  () =>
    withServer(async (port) => {
      for (const command of [["GET", "__rand_int__"], ["MGET", "__rand_int__", "1", "2"]]) {
        const args = ["-p", String(port), "-q", "-n", "2000", "-P", "16", "-r", "3000"];
        const { code, stdout, stderr } = await runCommand("redis-benchmark", [...args, ...command]);
        assertEquals([code, stderr], [0, ""]);
        assert(/requests per second/.test(stdout) && !/WARNING|Error/.test(stdout), stdout);
      }
    }),
);

/** Reads what a program prints, until it has printed a text. */
async function readUntil(output: ReadableStreamDefaultReader<string>, text: string): Promise<void> {
  for (let printed = ""; !printed.includes(text);) {
    const { value } = await output.read();
    assert(value !== undefined, `printed ${printed}, not ${text}`);
    printed += value;
  }
}

const PYTHON = `
import sys, redis
for protocol in ({}, {"protocol": 3}) if redis.VERSION >= (5,) else ({},):
    r = redis.Redis(port=int(sys.argv[1]), decode_responses=True, **protocol)
    assert r.ping() and r.dbsize() == 3000
    assert r.get(5) == "line 5 é" and r.get(3001) is None
    assert r.mget(1, 3001, "x") == ["line 1 é", None, None]
    assert r.lrange("lines", 0, -1) == [f"line {i} é" for i in range(1, 3001)]
    assert r.strlen(5) == 9 and r.getrange(5, 0, 3) == "line"
    assert r.type(5) == "string" and r.type("lines") == "list" and r.exists(5, 3001) == 1
    assert sorted(map(int, r.scan_iter(count=500))) == list(range(1, 3001))
    assert r.info()["lines"] == 3000 and r.client_list()[0]["db"] == "0"
    with r.pipeline(transaction=False) as pipeline:
        for i in range(1, 501):
            pipeline.get(i)
        assert pipeline.execute() == [f"line {i} é" for i in range(1, 501)]
    try:
        r.set("1", "x")
        raise SystemExit("not read-only")
    except redis.exceptions.ReadOnlyError:
        pass
    print("RESP done")
`;

const python = await findPython("redis");

testIfThere(
  "redis-py reads lines",
  "Python with redis",
  python !== undefined,
  () =>
    withServer(async (port, restart) => {
      const { code, stdout, stderr } = await runCommand(python!, ["-c", PYTHON, String(port)]);
      assertEquals([code, stderr], [0, ""]);
      assert(stdout.startsWith("RESP done"), stdout);
      const reconnect = `
import sys, redis
r = redis.Redis(port=int(sys.argv[1]), retry_on_error=[redis.exceptions.ConnectionError])
print(r.get(1)); sys.stdout.flush(); sys.stdin.readline(); print(r.get(2))`;
      const child = new Deno.Command(python!, {
        args: ["-c", reconnect, String(port)],
        stdin: "piped",
        stdout: "piped",
      }).spawn();
      const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
      await readUntil(output, "line 1");
      await restart();
      const stdin = child.stdin.getWriter();
      await stdin.write(new TextEncoder().encode("\n"));
      await stdin.close();
      await readUntil(output, "line 2");
      await output.cancel();
      assertEquals((await child.status).code, 0);
    }),
);

testIfThere(
  "HAProxy checks the server, and passes connections on",
  "HAProxy and redis-cli",
  hasCli && await hasProgram("haproxy", ["-v"]),
  () =>
    withServer(async (port) => {
      await inTemporaryDirectory(async (directory) => {
        const front = `${directory}/front`;
        await Deno.writeTextFile(
          `${directory}/haproxy.cfg`,
          `global
  log stdout format raw local0
defaults
  mode tcp
  log global
  timeout connect 5s
  timeout client 5s
  timeout server 5s
listen lines
  bind unix@${front}
  option redis-check
  option log-health-checks
  server linesvr 127.0.0.1:${port} check inter 100ms
`,
        );
        const child = new Deno.Command("haproxy", {
          args: ["-db", "-f", `${directory}/haproxy.cfg`],
          stdin: "null",
          stdout: "piped",
          stderr: "null",
        }).spawn();
        let log = "";
        for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
          log += text;
          if (!/Health check for server .*\n/.test(log)) continue;
          const found = await runCommand("redis-cli", ["-s", front, "GET", "3"]);
          assertEquals(found.stdout, `${lineOf(3)}\n`);
          child.kill("SIGTERM");
          break;
        }
        await child.status;
        assert(/succeeded, reason: Layer7 check passed/.test(log), log);
      });
    }),
);

for (const RESP of [2, 3] as const) {
  Deno.test(`redis for Node.js reads lines, RESP${RESP}`, () =>
    withServer(async (port, restart) => {
      const client = createClient({ RESP, socket: { port, reconnectStrategy: 20 } });
      // A lost connection is expected.
      client.on("error", () => {});
      await client.connect();
      try {
        assertEquals(await client.get("5"), lineOf(5));
        assertEquals(await client.mGet(["1", "3001", "2"]), [lineOf(1), null, lineOf(2)]);
        assertEquals(await client.lRange("lines", 0, -1), lines(1, LINES));
        assertEquals(await client.dbSize(), LINES);
        assertEquals(await client.type("lines"), "list");
        const many = Array.from({ length: 500 }, (_, i) => client.get(String(i + 1)));
        assertEquals(await Promise.all(many), lines(1, 500));
        await assertRejects(() => client.set("1", "x"), Error, "READONLY");
        await assertRejects(() => client.get("lines"), Error, "WRONGTYPE");
        const keys: string[] = [];
        for await (const found of client.scanIterator({ COUNT: 900 })) keys.push(...found);
        assertEquals(keys.length, LINES);
        const reconnected = new Promise((resolve) => client.once("ready", resolve));
        await restart();
        await reconnected;
        assertEquals(await client.get("6"), lineOf(6));
      } finally {
        client.destroy();
      }
    }));

  Deno.test(`ioredis reads lines, RESP${RESP}`, () =>
    withServer(async (port, restart) => {
      const client = new Redis({ port, protocol: RESP, retryStrategy: () => 20 });
      client.on("error", () => {});
      try {
        assertEquals(await client.get("5"), lineOf(5));
        assertEquals(await client.mget("1", "3001", "2"), [lineOf(1), null, lineOf(2)]);
        assertEquals(await client.lrange("lines", -2, -1), lines(2999, 3000));
        const pipeline = client.pipeline();
        for (let i = 1; i <= 500; i++) pipeline.get(String(i));
        const replies = await pipeline.exec();
        assertEquals(replies, lines(1, 500).map((line) => [null, line]));
        await assertRejects(() => client.set("1", "x"), Error, "READONLY");
        await assertRejects(() => client.call("SUBSCRIBE", "x"), Error, "unknown command");
        const reconnected = new Promise((resolve) => client.once("ready", resolve));
        await restart();
        await reconnected;
        assertEquals(await client.get("6"), lineOf(6));
      } finally {
        client.disconnect();
      }
    }));
}
