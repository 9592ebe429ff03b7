import { assert, assertEquals, assertMatch } from "@std/assert";
import { hasCommand, runCommand } from "../../support/commands.ts";
import { asText } from "../../support/e2e_bytes.ts";
import { runProgram } from "../../support/e2e_process.ts";
import { sceneTest } from "../../support/e2e_scene.ts";
import { LOAD_PROGRAM, runLoadHere, runLoadOn } from "../../support/load_program.ts";
import { redisAnswers, splitResp, TestServer } from "../../support/load_server.ts";

/** A password that would be noticed in any output. */
const PASSWORD = "s3cr3t@/:";
const ENCODED = encodeURIComponent(PASSWORD);

/** A Redis with a user, several databases and a line in database 2. */
function guardedRedis(commands: string[] = []): TestServer {
  const keys = new Map([["1", "one"]]);
  const answer = redisAnswers(keys);
  return new TestServer({
    split: splitResp,
    answer(command) {
      if (!command.startsWith("GET ")) commands.push(command);
      if (command.startsWith("AUTH ")) {
        const isRight = command === `AUTH reader ${PASSWORD}` || command === `AUTH ${PASSWORD}`;
        // Some servers repeat the arguments.
        return isRight ? "+OK\r\n" : `-WRONGPASS ${command}\r\n`;
      }
      if (command === "SELECT 2") return "+OK\r\n";
      if (command.startsWith("SELECT ")) return "-ERR DB index is out of range\r\n";
      return answer(command);
    },
  });
}

Deno.test("linesvr-load logs in and selects the database of redis://USER:PASSWORD@HOST:PORT/DB", async () => {
  for (
    const [login, commands] of [
      [`reader:${ENCODED}@`, [`AUTH reader ${PASSWORD}`, "SELECT 2"]],
      [`:${ENCODED}@`, [`AUTH ${PASSWORD}`, "SELECT 2"]],
      [`${ENCODED}@`, [`AUTH ${PASSWORD}`, "SELECT 2"]],
      ["", ["SELECT 2"]],
    ] as const
  ) {
    const received: string[] = [];
    await using server = guardedRedis(received);
    const args = [`redis://${login}${server.address}/2`, "--clients", "2", "--requests", "3"];
    const { code, log, error, report } = await runLoadOn("one\n", ...args);
    assertEquals([code, received], [0, [...commands, ...commands, ...commands]]);
    assertEquals(report().targets[0]!.address, server.address);
    const output = JSON.stringify([log, error, report()]);
    assert(!output.includes(PASSWORD) && !output.includes(ENCODED), output);
  }
});

sceneTest(
  "--redis-password-file gives the password to a Redis whose address has none",
  async (scene) => {
    const path = await scene.file(`${PASSWORD}\nsecond line\n`);
    for (
      const [login, command] of [["", `AUTH ${PASSWORD}`], ["reader:@", `AUTH reader ${PASSWORD}`]]
    ) {
      const received: string[] = [];
      await using server = guardedRedis(received);
      const args = [`redis://${login}${server.address}`, "--clients", "1", "--lines", "1"];
      const { code } = await runLoadHere(...args, "--redis-password-file", path);
      // The login is checked once before the first step.
      assertEquals([code, received], [0, [command, command]]);
    }
    const { code, stderr } = await runProgram([
      "redis://a:1",
      "--redis-password-file",
      `${path}.no`,
    ], {
      program: LOAD_PROGRAM,
    });
    assertEquals(code, 1);
    assertMatch(
      stderr,
      /Cannot read file: .*\.no \(no such file or directory\)\. Check --redis-pass/,
    );
  },
);

Deno.test("linesvr-load ends with one line without the password if Redis refuses it", async () => {
  await using server = guardedRedis();
  const wrong: [url: string, message: RegExp][] = [
    [
      `redis://reader:wrong-${ENCODED}@${server.address}`,
      / \(the reply to AUTH is -WRONGPASS\)\. /,
    ],
    [`redis://:${ENCODED}@${server.address}/3`, / \(the reply to SELECT is -ERR\)\. /],
  ];
  for (const [url, message] of wrong) {
    for (const more of [["--lines", "1"], []]) {
      const { code, stdout, stderr } = await runProgram([url, ...more], { program: LOAD_PROGRAM });
      assertEquals([code, asText(stdout), stderr.split("\n").length], [1, "", 2]);
      assertMatch(stderr, message);
      assert(!stderr.includes("s3cr3t"), stderr);
    }
  }
});

Deno.test("linesvr-load does not repeat a password of a wrong command line", async () => {
  for (
    const args of [
      [`redis://reader:${ENCODED}@host:99999`],
      [`reader:${ENCODED}@host:1`],
      ["redis://reader:s3cr3t%zz@host:1"],
      ["a:1", "--against", `redis://reader:${ENCODED}@host:1`],
      ["a:1", "--against", `b=reader:${ENCODED}@host:1`],
      ["a:1", `redis://reader:${ENCODED}@host:1`],
      ["a:1", "--clients", `redis://reader:${ENCODED}@host:1`],
    ]
  ) {
    const { code, stderr } = await runProgram(args, { program: LOAD_PROGRAM });
    assertEquals(code, 2);
    assert(!stderr.includes("s3cr3t"), stderr);
  }
});

const hasOpenssl = await hasCommand("openssl").catch(() => false);
const why = hasOpenssl ? "" : " (ignored: there is no openssl)";

sceneTest(`linesvr-load measures rediss:// with TLS${why}`, async (scene) => {
  if (!hasOpenssl) return;
  const [key, cert] = [scene.path("key.pem"), scene.path("cert.pem")];
  const made = await runCommand("openssl", [
    ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test".split(
      " ",
    ),
    ..."-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -addext basicConstraints=CA:FALSE".split(
      " ",
    ),
    ...["-keyout", key, "-out", cert],
  ]);
  assertEquals(made.code, 0, made.stderr);
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    key: await Deno.readTextFile(key),
    cert: await Deno.readTextFile(cert),
  });
  await using server = guardedRedis();
  const relaying = relayAll(listener, server.address);
  try {
    const url = `rediss://reader:${ENCODED}@localhost:${listener.addr.port}/2`;
    const args = [url, "--clients", "2", "--lines", "1"];
    const trusted = await runProgram(args, { program: LOAD_PROGRAM, env: { DENO_CERT: cert } });
    assertEquals(trusted.code, 0, trusted.stderr);
    const untrusted = await runLoadHere(...args);
    assertEquals(untrusted.code, 1);
    assertMatch(untrusted.error.join("\n"), /Connection failed: localhost:\d+, .*certificate/);
  } finally {
    listener.close();
    await relaying;
  }
});

/** Passes the bytes of TLS connections to a server without TLS. */
async function relayAll(listener: Deno.TlsListener, address: string): Promise<void> {
  const [hostname, port] = address.split(":");
  const relays: Promise<unknown>[] = [];
  for (;;) {
    let tls: Deno.TlsConn;
    try {
      tls = await listener.accept();
    } catch (error) {
      if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) {
        break;
      }
      continue;
    }
    relays.push((async () => {
      const tcp = await Deno.connect({ hostname: hostname!, port: Number(port) });
      await Promise.allSettled([
        tls.readable.pipeTo(tcp.writable),
        tcp.readable.pipeTo(tls.writable),
      ]);
    })());
  }
  await Promise.all(relays);
}
