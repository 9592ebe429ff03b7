import { assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import packConfig from "../../src/client/pack.json" with { type: "json" };
import { hasCommand, runCommand } from "../support/commands.ts";
import { numberedLines } from "../support/e2e_bytes.ts";
import { PROJECT_ROOT } from "../support/e2e_process.ts";
import { Scene } from "../support/e2e_scene.ts";
import { type StubConnection, StubServer } from "../support/stub_server.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

// The same scenarios run with each runtime: in Deno with the sources, in Node.js and Bun with the package.

interface Scenario {
  /** The subject, the condition and the result. */
  readonly title: string;
  /** Its name in client_scenarios.mjs. */
  readonly name: string;
  readonly expected: unknown;
  /** Serves one connection. */
  readonly serve: (connection: StubConnection, index: number) => Promise<void>;
  readonly connectionCount: number;
}

async function answerAll(connection: StubConnection): Promise<void> {
  for (;;) {
    const [lineNumber] = await connection.requests(1);
    if (lineNumber === undefined) return;
    await connection.send(`OK\nline ${lineNumber}\n`);
  }
}

const BLOCKED_MS = 300;
const ENDLESS_BYTES = 64 * 1024 * 1024;

/** Sends a range to its end or until the client takes nothing; then answers the `GET` with the sent bytes. */
function sendUntilBlocked(): Scenario["serve"] {
  let sentBytes = 0;
  let blocked = Promise.withResolvers<void>();
  return async (connection, index) => {
    if (index === 0) {
      sentBytes = 0;
      blocked = Promise.withResolvers();
      await connection.requests(1);
      await blocked.promise;
      await connection.send(`OK\n${sentBytes}\n`);
      return await connection.closed();
    }
    await connection.command();
    await connection.send("OK 99999999\n");
    const chunk = "x\n".repeat(512 * 1024);
    let timer: ReturnType<typeof setTimeout> | undefined;
    for (; sentBytes < ENDLESS_BYTES; sentBytes += chunk.length) {
      clearTimeout(timer);
      timer = setTimeout(blocked.resolve, BLOCKED_MS);
      // Fails when the client closes the connection.
      if (!await connection.send(chunk).then(() => true, () => false)) break;
    }
    clearTimeout(timer);
    blocked.resolve();
  };
}

const LONG_LINE_BYTES = 5_000_000;

const SCENARIOS: readonly Scenario[] = [
  {
    title: "getText decodes lines without their byte order mark",
    name: "texts",
    async serve(connection) {
      await connection.requests(4);
      await connection.send(
        "OK\r\n\xef\xbb\xbfgr\xc3\xbcn\r\nOK\n\nERR\nServer error: \x1b[2Jno\n",
      );
      await connection.closed();
    },
    connectionCount: 1,
    expected: ["grün", "", "no such line", "ServerError: Server error: \ufffd[2Jno"],
  },
  {
    title: "get receives a line of many chunks",
    name: "bytes",
    async serve(connection) {
      await connection.requests(1);
      await connection.send(`OK\n${"x".repeat(LONG_LINE_BYTES)}\n`);
      await connection.closed();
    },
    connectionCount: 1,
    expected: `${LONG_LINE_BYTES} bytes`,
  },
  {
    title: "getText sends unanswered requests again if the connection ends in a line",
    name: "texts",
    async serve(connection, index) {
      if (index > 0) return await answerAll(connection);
      await connection.requests(4);
      await connection.send("OK\nline 1\nOK\nli");
    },
    connectionCount: 2,
    expected: ["line 1", "line 2", "line 3", "line 4"],
  },
  {
    title: "getText sends unanswered requests again if the server ends only its sending side",
    name: "texts",
    async serve(connection, index) {
      if (index > 0) return await answerAll(connection);
      await connection.requests(4);
      await connection.send("OK\nline 1\n");
      await connection.endSending();
      await connection.closed();
    },
    connectionCount: 2,
    expected: ["line 1", "line 2", "line 3", "line 4"],
  },
  {
    title: "getText does not put a surplus part of a reply before the next reply",
    name: "oneByOne",
    async serve(connection, index) {
      if (index > 0) return await answerAll(connection);
      await connection.requests(1);
      await connection.send("OK\nline 1\nOK\nhalf ");
      await connection.closed();
    },
    connectionCount: 2,
    expected: ["line 1", "line 2"],
  },
  {
    title: "get rejects if the server is silent for timeoutMs on every connection",
    name: "silence",
    serve: (connection) => connection.closed(),
    connectionCount: 2,
    expected: "ConnectionFailure: no reply in time",
  },
  {
    title: "getText rejects an aborted request alone",
    name: "abort",
    serve: answerAll,
    connectionCount: 1,
    expected: ["Error: enough", "line 1", "line 3"],
  },
  {
    title:
      "range throws if the connection breaks after the first lines, and requests nothing again",
    name: "brokenRange",
    async serve(connection, index) {
      if (index === 0) return await answerAll(connection);
      await connection.command();
      await connection.send("OK 5\na\nb\nc");
    },
    connectionCount: 2,
    expected: ["ConnectionFailure: early end of stream", ["a", "b"]],
  },
  {
    title: "range closes its connection when it is left, and other requests do not wait for it",
    name: "leftRange",
    async serve(connection, index) {
      if (index === 0) return await answerAll(connection);
      await connection.command();
      await connection.send("OK 2\na\n");
      await connection.closed();
    },
    connectionCount: 2,
    expected: ["a", "line 7"],
  },
  {
    title: "rangeBytes makes the server wait while nothing is read",
    name: "slowRange",
    serve: sendUntilBlocked(),
    connectionCount: 2,
    expected: "the server waits",
  },
  {
    title: "close rejects pending and later requests, and the program ends",
    name: "close",
    serve: (connection) => connection.closed(),
    connectionCount: 1,
    expected: [
      "ClientClosedError: Cannot get a line: the client is closed",
      "ClientClosedError: Cannot get a line: the client is closed",
    ],
  },
];

interface Runtime {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The client's module; of the package if its folder is given. */
  readonly client: (packageFolder: string) => string;
}

const packed = (folder: string) => `${folder}/package/mod.js`;

const RUNTIMES: readonly Runtime[] = [
  {
    name: "Deno",
    command: Deno.execPath(),
    args: ["run", "--quiet", "--no-prompt", "--no-check", "--allow-read", "--allow-net"],
    client: () => `${PROJECT_ROOT}src/client/mod.ts`,
  },
  { name: "Node.js", command: "node", args: [], client: packed },
  { name: "Bun", command: "bun", args: [], client: packed },
];

/** Packs the client as in a new checkout, which has no folder `dist`, and unpacks it in a folder. */
async function packInto(folder: string): Promise<void> {
  const checkout = `${folder}/checkout`;
  await Deno.mkdir(`${checkout}/src`, { recursive: true });
  await Deno.copyFile(`${PROJECT_ROOT}deno.json`, `${checkout}/deno.json`);
  for (const shared of ["links", "src/client"]) {
    await Deno.symlink(`${PROJECT_ROOT}${shared}`, `${checkout}/${shared}`);
  }
  const task = ["task", "--quiet", "--cwd", checkout, "pack-client"];
  const outcome = await runCommand(Deno.execPath(), task);
  assertEquals(outcome.code, 0, outcome.stderr);
  const tarball = `${checkout}/dist/linesvr-client.tgz`;
  assertEquals(await runCommand("tar", ["-xzf", tarball, "-C", folder]), {
    code: 0,
    stdout: "",
    stderr: "",
  });
}

async function runScenario(runtime: Runtime, folder: string, name: string, port: number) {
  const script = `${PROJECT_ROOT}tests/support/client_scenarios.mjs`;
  const args = [...runtime.args, script, runtime.client(folder), name, String(port)];
  const { code, stdout, stderr } = await runCommand(runtime.command, args);
  assertEquals([code, stderr], [0, ""], name);
  return JSON.parse(stdout);
}

for (const runtime of RUNTIMES) {
  const isThere = await hasCommand(runtime.command);
  const why = isThere ? "" : ` (ignored: there is no ${runtime.command})`;
  Deno.test(`LineClient works in ${runtime.name}${why}`, { ignore: !isThere }, async (t) => {
    await inTemporaryDirectory(async (folder) => {
      await packInto(folder);
      for (const { title, name, expected, serve, connectionCount } of SCENARIOS) {
        await t.step(`LineClient.${title}`, async () => {
          await using server = new StubServer(serve);
          assertEquals(await runScenario(runtime, folder, name, server.port), expected);
          assertEquals(server.connectionCount, connectionCount);
        });
      }
      await t.step("LineClient gets lines, batches and ranges of a server", async () => {
        await using scene = await Scene.open();
        const text = numberedLines(5_000);
        const { port } = await scene.listen(await scene.file(text));
        const bytes = text.length - 5_000;
        const lines = text.trimEnd().split("\n");
        const got = await runScenario(runtime, folder, "many", port);
        assertEquals(got, { lines: 5_000, bytes });
        const batches = await runScenario(runtime, folder, "batches", port);
        assertEquals(batches, [5_000, 5_000, [null, lines[0]]]);
        const range = await runScenario(runtime, folder, "range", port);
        const first = lines.slice(-2);
        assertEquals(range, { lines: 5_000, bytes: text.length, first });
      });
      await t.step("LineClient.connect names what refused it", async () => {
        const refused = await runScenario(runtime, folder, "refused", await closedPort());
        assertEquals(refused, "ConnectionFailure: connection refused");
        const unknown = await runScenario(runtime, folder, "unknownHost", 1);
        assertEquals(unknown, "ConnectionFailure: unknown host");
      });
    });
  });
}

async function closedPort(): Promise<number> {
  await using server = new StubServer(() => Promise.resolve());
  return server.port;
}

Deno.test("src/client/pack.json has the version of deno.json", () => {
  assertEquals(packConfig.version, config.version);
});
