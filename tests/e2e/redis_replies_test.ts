import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { asText, concatBytes, latin1 } from "../support/e2e_bytes.ts";
import { Scene } from "../support/e2e_scene.ts";
import { hasProgram, testIfThere } from "../support/programs.ts";
import { multibulk } from "../support/redis_conversation.ts";

const LINES = ["one", "", "three \xff", "x".repeat(300), "5", "long ".repeat(60_000)];

/** Commands that a Redis with the same data answers with the same bytes. */
const SAME: readonly string[] = [
  // Line 6 is too long to be held in memory.
  ...[
    "GET 6",
    "STRLEN 6",
    "GETRANGE 6 0 -1",
    "GETRANGE 6 -7 -2",
    "GETRANGE 6 99999 200000",
    "MGET 6 1 6",
  ],
  ...["LRANGE lines 0 -1", "LRANGE lines 4 6", "LINDEX lines -1", "GETRANGE 6 400000 500000"],
  ...[
    "GET 1",
    "GET 2",
    "GET 9",
    "GET lines",
    "GET",
    "GET 1 2",
    "get 5",
    "MGET 1 9 lines 3",
    "MGET",
  ],
  ...[
    "STRLEN 4",
    "STRLEN 9",
    "STRLEN lines",
    "EXISTS 1 1 lines 9",
    "TYPE 1",
    "TYPE lines",
    "TYPE 9",
  ],
  ...[
    "TTL 1",
    "TTL 9",
    "PTTL 1",
    "LLEN lines",
    "LLEN 1",
    "LLEN 9",
    "LINDEX lines 0",
    "LINDEX lines -1",
  ],
  ...[
    "LINDEX lines 9",
    "LINDEX lines x",
    "LINDEX 1 0",
    "LINDEX 9 0",
    "LRANGE 1 0 1",
    "LRANGE 9 0 1",
  ],
  ...[
    "LRANGE lines a 1",
    "LRANGE lines 0",
    "GETRANGE 1 x 1",
    "GETRANGE lines 0 1",
    "GETRANGE 9 0 1",
  ],
  ...["PING", "PING a", "PING a b", "ECHO", "ECHO a", "SELECT 0", "SELECT 99", "SELECT x", "RESET"],
  ...[
    "FOO",
    "foo a b",
    `foo ${"a".repeat(100)} ${"b".repeat(100)} c`,
    "AUTH a",
    "AUTH default a",
    "AUTH a b",
  ],
  ...[
    "HELLO 4",
    "HELLO x",
    "HELLO 3 WHAT",
    "HELLO 2 SETNAME",
    "CLIENT GETNAME",
    "CLIENT SETNAME a",
  ],
  ...[
    "CLIENT NOTHING x",
    "CLIENT",
    "CLIENT SETNAME",
    "CONFIG GET save",
    "CONFIG GET",
    "CONFIG NOTHING",
  ],
  ...[
    "SCAN x",
    "SCAN 0 COUNT 0",
    "SCAN 0 COUNT x",
    "SCAN 0 NOTHING 1",
    "COMMAND INFO nothing",
    "ECHO a\rb",
  ],
  ...[
    "LRANGE lines 0 9223372036854775807",
    "LRANGE lines -9223372036854775808 0",
    "LINDEX lines 01",
  ],
  ...[
    "LRANGE lines 0 9223372036854775808",
    "LINDEX lines +1",
    "LINDEX lines -0",
    "GETRANGE 1 -1 -2",
  ],
];

/** Bytes that are not commands, or not for certain: each is sent alone. */
const RAW: readonly string[] = [
  ...[
    "*x\r\n",
    "*1\r\nGET",
    "*1\r\n$-1\r\n",
    "*1\r\n$x\r\n",
    "*2\r\n$3\r\nGET\r\n*",
    "*01\r\n",
    "*-0\r\n",
  ],
  ...[
    "*0\r\n*-1\r\n\r\n \r\nPING\r\n",
    "*1\r\n$4\r\nPINGxx",
    "*\r\n",
    "*1\n\n$4\n\nPING\n\n",
    "*1\r\n$\r\n",
  ],
  ...[
    'PING "a b"\r\n',
    "PING 'a\\'b'\r\n",
    'PING "\\x41\\n\\q\\"\\\\"\r\n',
    'PING a"b c"\r\n',
    'PING ""\r\n',
  ],
  ...[
    'PING "a\r\n',
    "PING 'a'b\r\n",
    'PING "a"b\r\n',
    'PING "\\\r\n',
    "PING\ta\n",
  ],
  ...["QUIT\r\nPING\r\n", 'PING "\\x4"\r\n', 'PING "\\X41"\r\n', "PING '\\x41'\r\n", "PING \\\r\n"],
];

const QUIT = multibulk("QUIT");

class RedisServer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly path: string;

  private constructor(child: Deno.ChildProcess, path: string) {
    this.#child = child;
    this.path = path;
  }

  static async start(directory: string): Promise<RedisServer> {
    const path = `${directory}/redis`;
    const child = new Deno.Command("redis-server", {
      args: ["--port", "0", "--unixsocket", path, "--save", "", "--dir", directory],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    let output = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      output += text;
      if (output.includes("eady to accept")) break;
    }
    const server = new RedisServer(child, path);
    const list = [...LINES.keys()].map((i) => multibulk("SET", `${i + 1}`, LINES[i]!));
    await send(
      await server.connect(),
      list.join("") + multibulk("RPUSH", "lines", ...LINES) + QUIT,
    );
    return server;
  }

  connect(): Promise<Deno.Conn> {
    return Deno.connect({ transport: "unix", path: this.path });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
  }
}

/**
 * What a server replies until it closes the connection: after QUIT, a breach of the protocol, or the end of what
 * the client sends. Redis drops what it has not sent by then, so only short replies may end that way.
 */
async function send(connection: Deno.Conn, sent: string): Promise<string> {
  using _connection = connection;
  const chunks: Uint8Array[] = [];
  const writing = (async () => {
    for (let bytes = latin1(sent); bytes.length > 0;) {
      bytes = bytes.subarray(await connection.write(bytes));
    }
    if (!sent.endsWith(QUIT)) await connection.closeWrite();
  })().catch(() => {});
  const buffer = new Uint8Array(64 * 1024);
  for (;;) {
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) break;
    chunks.push(buffer.slice(0, count));
  }
  await writing;
  return asText(concatBytes(chunks));
}

testIfThere(
  "The Redis protocol: replies are the same bytes as those of redis-server",
  "redis-server",
  await hasProgram("redis-server"),
  async () => {
    await using scene = await Scene.open();
    const path = await scene.file(LINES.map((line) => `${line}\n`).join(""));
    const { port } = await scene.listen(path);
    await using redis = await RedisServer.start(scene.directory);
    const compare = async (sent: string) => {
      const wanted = await send(await redis.connect(), sent);
      const found = await send(await Deno.connect({ port }), sent);
      assertEquals(found, wanted, JSON.stringify(sent));
    };
    // Not all of them begin as the protocol does.
    const first = multibulk("PING");
    for (const command of SAME) await compare(multibulk(...command.split(" ")) + QUIT);
    for (const command of SAME) await compare(`${first}${command}\r\n${QUIT}`);
    for (const sent of RAW) await compare(first + sent);
    const number = fc.integer({ min: -9, max: 9 }).map(String);
    const commands = fc.array(
      fc.oneof(
        fc.constantFrom(...SAME).map((command) => command.split(" ")),
        fc.tuple(fc.constant("LRANGE"), fc.constant("lines"), number, number),
        fc.tuple(fc.constant("GETRANGE"), number, number, number),
        fc.constant(["CLIENT", "NO-EVICT", "on"]),
      ),
      { maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(
        commands,
        (commands) => compare(first + commands.map((words) => multibulk(...words)).join("") + QUIT),
      ),
      { numRuns: 100 },
    );
  },
);
