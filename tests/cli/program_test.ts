import { assert, assertEquals, assertMatch } from "@std/assert";
import { run } from "../../src/cli/run.ts";
import config from "../../deno.json" with { type: "json" };
import { assertSameBytes, asText, latin1 } from "../support/e2e_bytes.ts";
import { asOrdinaryUser, hasOrdinaryUser } from "../support/e2e_other_user.ts";
import { type Outcome, runProgram, startProgram } from "../support/e2e_process.ts";
import { type Scene, sceneTest } from "../support/e2e_scene.ts";

/** That a program failed as it should: with one line for people, and nothing on standard output. */
function assertFailed(outcome: Outcome, code: number, message: RegExp): void {
  assertMatch(outcome.stderr, message);
  assertMatch(outcome.stderr, /^linesvr: [^\n]+\n$/, "one line on standard error");
  assertEquals(asText(outcome.stdout), "");
  assertEquals(outcome.code, code, outcome.stderr);
}

/** Runs the program in this process, where it has nothing to print on standard output. */
async function runHere(args: readonly string[]): Promise<Outcome> {
  const original = console.error;
  let stderr = "";
  console.error = (message: string) => void (stderr += `${message}\n`);
  try {
    const code = await run(args);
    return { code, stdout: new Uint8Array(), stderr };
  } finally {
    console.error = original;
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Every subcommand that works on a file, with what it takes beside it. */
const ON_FILES: readonly (readonly string[])[] = [
  ["index"],
  ["serve", "--port", "0"],
  ["get", "1"],
];

function onFile([name, ...rest]: readonly string[], path: string): string[] {
  return name === "get" ? [name, path, ...rest] : [name!, ...rest, path];
}

sceneTest("a wrong command line is exit code 2, and one line that says how", async (scene) => {
  const path = await scene.file("one\n");
  const wrong: readonly (readonly [string[], RegExp])[] = [
    [[], /No subcommand: take one of index, serve, get/],
    [["frobnicate"], /Unknown subcommand: frobnicate: take one of index, serve, get/],
    [["--frobnicate"], /--frobnicate/],
    [["Serve", path], /Unknown subcommand: Serve/],
    [["index"], /Missing argument: FILE\. See "linesvr index --help"\./],
    [["serve"], /Missing argument: FILE\. See "linesvr serve --help"\./],
    [["get"], /Missing argument: FILE/],
    [["get", path], /Missing argument: N/],
    [["verify"], /Missing argument: FILE/],
    [["index", path, "more"], /Unexpected argument: more/],
    [["get", path, "1", "2"], /Unexpected argument: 2/],
    [["serve", path, "more"], /Unexpected argument: more/],
    [["index", path, "--what"], /Unknown flag: --what/],
    [["serve", path, "--what", "x"], /Unknown flag: --what/],
    [["get", path, "1", "-x"], /Unknown flag: -x/],
    [
      ["serve", path, "--cache", "12XB"],
      /--cache must be a size such as 64KiB, 10M or 1GiB, not 12XB\./,
    ],
    [["serve", path, "--port", "abc"], /--port must be an integer from 0 to 65,535, not abc\./],
    [["serve", path, "--port", "70000"], /--port must be .* not 70000\./],
    [["serve", path, "--port", "-1"], /-1/],
    [["serve", path, "--port"], /--port needs a value\./],
    [
      ["serve", path, "--idle-timeout", "5x"],
      /--idle-timeout must be a duration such as 500ms.* not 5x\./,
    ],
    [["serve", path, "--idle-timeout", "5"], /--idle-timeout must be .* not 5\./],
    [["serve", path, "--max-connections", "0"], /--max-connections must be .* not 0\./],
    [["serve", path, "--workers", "0"], /--workers must be .* not 0\./],
    [["serve", path, "--eol", "cr"], /--eol must be lf or crlf, not cr\./],
    [["serve", path, "--shutdown", "me"], /--shutdown must be loopback, any or off, not me\./],
    [["index", path, "--lines-per-page", "0"], /--lines-per-page must be .* not 0\./],
    [["index", path, "--lines-per-page", "65537"], /--lines-per-page must be .* not 65537\./],
    [["index", path, "--lines-per-page", "x"], /--lines-per-page must be .* not x\./],
    [["load"], /Missing argument: HOST:PORT/],
    [["load", "a:1", "--clients", "1..x"], /for --clients: 1\.\.x: write them as/],
    [["get", path, "abc"], /Not a line number: abc/],
    [["get", path, "1.5"], /Not a line number: 1.5/],
    [["get", path, ""], /Not a line number: /],
  ];
  for (const [args, message] of wrong) assertFailed(await runHere(args), 2, message);
  for (const i of [0, 1, 10, 15]) {
    const [args, message] = wrong[i]!;
    assertFailed(await scene.run(...args), 2, message);
  }
  assertEquals(exists(`${path}.lineidx`), false, "nothing was begun");
});

sceneTest(
  "--help of each, and --version, are on standard output with exit code 0",
  async (scene) => {
    const helps: readonly (readonly [string[], RegExp])[] = [
      [["--help"], /^Usage: linesvr SUBCOMMAND[^]*\n {2}index [^]*\n {2}serve [^]*\n {2}get /],
      [["-h"], /^Usage: linesvr SUBCOMMAND/],
      [["help"], /^Usage: linesvr SUBCOMMAND/],
      [["index", "--help"], /^Usage: linesvr index FILE[^]*--index PATH[^]*--lines-per-page N/],
      [["serve", "--help"], /^Usage: linesvr serve FILE[^]*--port P[^]*--shutdown WHO/],
      [["serve", "no-such-file", "--what", "--help"], /^Usage: linesvr serve FILE/],
      [["get", "--help"], /^Usage: linesvr get FILE N[^]*--index PATH/],
      [["verify", "--help"], /^Usage: linesvr verify FILE/],
      [["load", "--help"], /^Usage: linesvr load HOST:PORT[^]*--against LABEL=HOST:PORT/],
      [["--version"], new RegExp(`^linesvr ${config.version.replaceAll(".", "\\.")}\n$`)],
    ];
    for (const [args, text] of helps) {
      const { code, stdout, stderr } = await scene.run(...args);
      assertMatch(asText(stdout), text);
      assertEquals([code, stderr], [0, ""], args.join(" "));
    }
  },
);

sceneTest("a missing file is one line, and exit code 1", async (scene) => {
  const path = scene.path("missing.txt");
  for (const command of ON_FILES) {
    const outcome = await scene.run(...onFile(command, path));
    assertFailed(outcome, 1, /Cannot read text: no such file or directory: .*missing\.txt/);
  }
  assertEquals([...Deno.readDirSync(scene.directory)], []);
});

sceneTest("a directory is one line, and exit code 1", async (scene) => {
  for (const command of ON_FILES) {
    const outcome = await scene.run(...onFile(command, scene.directory));
    assertFailed(outcome, 1, /Cannot read text: is a directory: /);
  }
  assertEquals(exists(`${scene.directory}.lineidx`), false);
});

sceneTest("what is no regular file is one line, and exit code 1", async (scene) => {
  for (const command of ON_FILES) {
    assertFailed(await scene.run(...onFile(command, "/dev/null")), 1, /not a regular file/);
  }
  assertFailed(await scene.run("get", `${await scene.file("a")}/x`, "1"), 1, /Cannot read text: /);
});

sceneTest("a failure is one line even where the name of the file has two", async (scene) => {
  assertFailed(await scene.run("get", scene.path("two\nlines"), "1"), 1, /no such file/);
});

/** A directory that an ordinary user can read in, and how to run the program as one. */
async function ordinary(scene: Scene) {
  const cache = scene.path("deno-cache");
  await Deno.mkdir(cache);
  await Deno.chmod(scene.directory, 0o755);
  await Deno.chmod(cache, 0o777);
  const options = asOrdinaryUser(cache)!;
  return (...args: string[]) => runProgram(args, options);
}

const noOrdinaryUser = !hasOrdinaryUser();
const why = noOrdinaryUser ? " (ignored: root may read all, and cannot become another user)" : "";

sceneTest(`an unreadable file is one line, and exit code 1${why}`, async (scene) => {
  const run = await ordinary(scene);
  const path = await scene.file("one\n");
  await Deno.chmod(path, 0o000);
  for (const command of ON_FILES) {
    assertFailed(await run(...onFile(command, path)), 1, /Cannot read text: permission denied: /);
  }
}, { ignore: noOrdinaryUser });

sceneTest(`a directory that cannot be written to names --index${why}`, async (scene) => {
  const run = await ordinary(scene);
  const directory = scene.path("read-only");
  await Deno.mkdir(directory);
  const path = await scene.file("one\ntwo\n", "read-only/text.txt");
  await Deno.chmod(directory, 0o555);
  for (const command of ON_FILES) {
    const outcome = await run(...onFile(command, path));
    assertFailed(outcome, 1, /Cannot write index: permission denied: .*--index/);
  }
  const elsewhere = `${scene.path("deno-cache")}/index`;
  const outcome = await run("get", path, "2", "--index", elsewhere, "--quiet");
  assertEquals([outcome.code, asText(outcome.stdout), outcome.stderr], [0, "two\n", ""]);
  assertEquals([...Deno.readDirSync(directory)].map((entry) => entry.name), ["text.txt"]);
  await Deno.chmod(directory, 0o755);
}, { ignore: noOrdinaryUser });

sceneTest(`an index that cannot be read is one line, and exit code 1${why}`, async (scene) => {
  const run = await ordinary(scene);
  const path = await scene.file("one\n");
  await scene.run("index", path);
  await Deno.chmod(`${path}.lineidx`, 0o000);
  assertFailed(await run("get", path, "1"), 1, /Cannot read index: permission denied: /);
}, { ignore: noOrdinaryUser });

sceneTest("a fresh index is used, and said to be fresh where it was asked for", async (scene) => {
  const path = await scene.file("one\ntwo\n");
  assertEquals((await scene.run("index", path)).code, 0);
  const built = await Deno.readFile(`${path}.lineidx`);
  const again = await scene.run("index", path);
  assertEquals([again.code, again.stderr], [0, `index is fresh: ${path}.lineidx: 2 lines\n`]);
  const get = await scene.run("get", path, "2");
  assertEquals([get.code, asText(get.stdout), get.stderr], [0, "two\n", ""]);
  const forced = await scene.run("index", path, "--force");
  assertMatch(forced.stderr, /building index .*: it was asked for\n/);
  assertEquals(await Deno.readFile(`${path}.lineidx`), built);
  const quiet = await scene.run("index", path, "--force", "--quiet");
  assertEquals([quiet.code, quiet.stderr, quiet.stdout.length], [0, "", 0]);
});

sceneTest("a stale or damaged index is built anew, and why is said in one line", async (scene) => {
  const path = await scene.file("one\ntwo\n");
  const indexPath = `${path}.lineidx`;
  await scene.run("index", await scene.file("eins\nzwei\n", "other.txt"), "--index", indexPath);
  const foreign = await Deno.readFile(indexPath);
  await scene.run("index", await scene.file("owe\ntno\n", "same-size.txt"), "--index", indexPath);
  const sameSize = await Deno.readFile(indexPath);
  await scene.run("index", path);
  const own = await Deno.readFile(indexPath);
  const flipped = own.slice();
  flipped[20]! ^= 1;
  const stale: readonly (readonly [Uint8Array, string])[] = [
    [foreign, "it is of a text of 10 bytes, and this one has 8"],
    [sameSize, "it is of a text with other content"],
    [own.subarray(0, -1), "it is damaged"],
    [own.subarray(0, 128), "it is damaged"],
    [own.subarray(0, 100), "it is damaged"],
    [flipped, "it is damaged"],
  ];
  for (const [bytes, reason] of stale) {
    await Deno.writeFile(indexPath, bytes);
    const { code, stdout, stderr } = await scene.run("get", path, "2");
    assertEquals([code, asText(stdout)], [0, "two\n"], reason);
    const [first, second, ...rest] = stderr.split("\n");
    assertEquals(first, `building index ${indexPath}: ${reason}`);
    assertMatch(second!, /^indexed 2 lines, 8 B in /);
    assertEquals(rest, [""]);
    assertEquals(await Deno.readFile(indexPath), own);
  }
});

sceneTest("what stands in the index's place and is none is never overwritten", async (scene) => {
  const path = await scene.file("one\n");
  const indexPath = `${path}.lineidx`;
  for (const content of ["", "x", "a diary, the only copy\n", "\x89LIDY".padEnd(200)]) {
    await Deno.writeFile(indexPath, latin1(content));
    for (const command of [...ON_FILES, ["index", "--force"]]) {
      const outcome = await runHere(onFile(command, path));
      assertFailed(
        outcome,
        1,
        /Not an index: .*: move it away, or name another path with --index/,
      );
    }
    assertSameBytes(await Deno.readFile(indexPath), latin1(content));
  }
  assertFailed(await scene.run("get", path, "1", "--index", path), 1, /Not an index: /);
  assertFailed(await scene.run("get", path, "1", "--index", scene.directory), 1, /index/);
  assertEquals(await Deno.readTextFile(path), "one\n");
});

sceneTest("an index in a directory that is not there is one line", async (scene) => {
  const path = await scene.file("one\n");
  const outcome = await scene.run("get", path, "1", "--index", scene.path("no/such/x"));
  assertFailed(outcome, 1, /Cannot write index: no such file or directory: .*--index/);
});

sceneTest("a port in use is one line that says what to do", async (scene) => {
  const path = await scene.file("one\n");
  await scene.run("index", path);
  const server = await scene.serve(path);
  for (const more of [[], ["--workers", "2"]]) {
    const outcome = await scene.run("serve", path, "--port", `${server.port}`, ...more);
    assertFailed(outcome, 1, /Cannot listen: 127\.0\.0\.1:\d+: the port is in use: .*--port/);
  }
});

sceneTest("an address that is none is one line that says what to do", async (scene) => {
  const path = await scene.file("one\n");
  for (const host of ["999.1.1.1", "no such host"]) {
    const outcome = await scene.run("serve", path, "--port", "0", "--host", host);
    assertFailed(outcome, 1, /Cannot listen: .*--host/);
  }
  assertEquals(exists(`${path}.lineidx`), false, "no index was built for it");
});

sceneTest("serve prints one line on standard output, the rest elsewhere", async (scene) => {
  const path = await scene.file("one\n");
  const server = await scene.serve(path, ["--cache", "1MiB", "--idle-timeout", "30s"]);
  const client = await scene.connect(server);
  assertEquals(await client.ask("GET 1", 2), ["OK", "one"]);
  await client.send("GET x\nGET 9\nSHUTDOWN\n");
  await client.readAll();
  client.close();
  assertEquals((await server.ended()).code, 0);
  assertEquals(server.output, `listening on 127.0.0.1:${server.port}\n`);
  assertMatch(
    server.errors,
    /^building index [^\n]+: there is none\nindexed 1 line, [^\n]+\nserving [^\n]+: 1 line, 4 B; workers: \d+, cache: 1.0 MiB\n$/,
  );
});

sceneTest("get prints the exact bytes of a line, and an LF", async (scene) => {
  const every = Uint8Array.from({ length: 255 }, (_, i) => i < 10 ? i : i + 1);
  const long = new Uint8Array(3_000_000).fill(0xc3);
  const text = [...latin1("one\r\n\n"), ...every, 10];
  const path = await scene.file(Uint8Array.from([...text, ...long]));
  const lines: readonly (readonly [string, Uint8Array])[] = [
    ["1", latin1("one")],
    ["2", latin1("")],
    ["3", every],
    ["+3", every],
    ["003", every],
    ["4", long],
  ];
  for (const [number, line] of lines) {
    const { code, stdout, stderr } = await scene.run("get", path, number, "--quiet");
    assertEquals([code, stderr], [0, ""], number);
    assertSameBytes(stdout.subarray(0, -1), line, number);
    assertEquals(stdout.at(-1), 10);
  }
});

sceneTest("get ends without a word where its reader has enough of a long line", async (scene) => {
  const path = await scene.file(new Uint8Array(3_000_000).fill(0x61));
  const child = startProgram(["get", path, "1", "--quiet"]);
  const errors = new Response(child.stderr).text();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  assertEquals([await errors, (await child.status).code], ["", 0]);
});

sceneTest("get of a line that is not there is exit code 1, and one line", async (scene) => {
  const path = await scene.file("one\ntwo\n");
  await scene.run("index", path);
  for (const number of ["0", "-3", "3", "-0", "9".repeat(40)]) {
    const outcome = await scene.run("get", path, number);
    assertEquals([outcome.code, asText(outcome.stdout)], [1, ""], number);
    assertMatch(outcome.stderr, /^(linesvr: )?No such line: [^\n]*text\.txt has 2 lines\n$/);
  }
  const empty = await scene.file("", "empty.txt");
  const outcome = await scene.run("get", empty, "1", "--quiet");
  assertEquals(outcome.code, 1);
  assertMatch(outcome.stderr, /^[^\n]*No such line: 1[^\n]*\n$/);
});

sceneTest(
  "verify agrees with a fresh index, and names what is wrong with another",
  async (scene) => {
    const path = await scene.file("one\ntwo\n");
    assertFailed(await scene.run("verify", path), 1, /No index: .*linesvr index/);
    await scene.run("index", path);
    const right = await scene.run("verify", path);
    assertEquals([right.code, asText(right.stdout)], [0, ""]);
    assertMatch(right.stderr, /^verified 2 lines, 8 B in [^\n]*: all right\n$/);
    await Deno.writeTextFile(path, "on\netwo\n");
    assertFailed(await scene.run("verify", path), 1, /Index does not fit its text: /);
    assert(exists(`${path}.lineidx`));
  },
);
