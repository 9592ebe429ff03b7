import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { assertSameBytes, asText, latin1 } from "../support/e2e_bytes.ts";
import { asOrdinaryUser, hasOrdinaryUser } from "../support/e2e_other_user.ts";
import { type Outcome, PROGRAM, runProgram, startProgram } from "../support/e2e_process.ts";
import { type Scene, sceneTest } from "../support/e2e_scene.ts";
import { until } from "../support/text_threads.ts";

/** Asserts that a program failed with one line on standard error, and nothing on standard output. */
function assertFailed(outcome: Outcome, code: number, message: RegExp): void {
  assertMatch(outcome.stderr, message);
  assertMatch(outcome.stderr, /^linesvr: [^\n]+\n$/, "one line on standard error");
  assertEquals(asText(outcome.stdout), "");
  assertEquals(outcome.code, code, outcome.stderr);
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Every subcommand that builds an index, with its other arguments. */
const ON_FILES: readonly (readonly string[])[] = [
  ["index"],
  ["serve", "--port", "0"],
  ["get", "1"],
  ["count"],
];

function onFile([name, ...rest]: readonly string[], path: string): string[] {
  return name === "get" ? [name, path, ...rest] : [name!, ...rest, path];
}

sceneTest(
  "linesvr: a wrong command line is one line that says what to do, and exit code 2",
  async (scene) => {
    const path = await scene.file("one\n");
    const names = "Use one of: index, serve, get, count, verify, compress\\.";
    const wrong: readonly (readonly [string[], string])[] = [
      [[], `No subcommand\\. ${names}`],
      [["frobnicate"], `Unknown subcommand: frobnicate\\. ${names}`],
      [["--frobnicate"], `Unknown subcommand: --frobnicate\\. ${names}`],
      [["Serve", path], `Unknown subcommand: Serve\\. ${names}`],
      [["get", path], 'Missing argument: N\\. See "linesvr get --help"\\.'],
      [["serve", path, "--cache", "12XB"], "--cache must be a size such as .*, not 12XB\\."],
    ];
    for (const [args, message] of wrong) {
      assertFailed(await scene.run(...args), 2, new RegExp(`^linesvr: ${message}\n$`));
    }
    assertEquals(exists(`${path}.lineidx`), false, "nothing was begun");
  },
);

sceneTest("linesvr --help and --version print to standard output, exit code 0", async (scene) => {
  const helps: readonly (readonly [string[], RegExp])[] = [
    [
      ["--help"],
      /^Usage: linesvr SUBCOMMAND[^]*\n {2}index [^]*\n {2}serve [^]*\n {2}get [^]*\n {2}count [^]*\n {2}verify /,
    ],
    [["-h"], /^Usage: linesvr SUBCOMMAND/],
    [["help"], /^Usage: linesvr SUBCOMMAND/],
    [["index", "--help"], /^Usage: linesvr index FILE/],
    [["serve", "no-such-file", "--what", "--help"], /^Usage: linesvr serve FILE/],
    [["help", "--help"], /^Usage: linesvr SUBCOMMAND/],
    [["help", "serve"], /^Usage: linesvr serve FILE/],
    [["get", "-h"], /^Usage: linesvr get FILE N/],
    [["verify", "--help"], /^Usage: linesvr verify FILE/],
    [["--version"], new RegExp(`^linesvr ${config.version.replaceAll(".", "\\.")}\n$`)],
  ];
  for (const [args, text] of helps) {
    const { code, stdout, stderr } = await scene.run(...args);
    assertMatch(asText(stdout), text);
    assertEquals([code, stderr], [0, ""], args.join(" "));
  }
});

const CANNOT_READ = (what: string, remedy = "Check its path and permissions") =>
  new RegExp(`^linesvr: Cannot read file: [^ ]+ \\(${what}\\)\\. ${remedy}\\.\n$`);

sceneTest("index, serve, get: a missing file is one line, and exit code 1", async (scene) => {
  for (const command of ON_FILES) {
    const outcome = await scene.run(...onFile(command, scene.path("missing.txt")));
    assertFailed(outcome, 1, CANNOT_READ("no such file or directory"));
  }
  assertEquals([...Deno.readDirSync(scene.directory)], []);
});

sceneTest("index, serve, get: a directory is one line, and exit code 1", async (scene) => {
  for (const command of ON_FILES) {
    const outcome = await scene.run(...onFile(command, scene.directory));
    assertFailed(outcome, 1, CANNOT_READ("is a directory", "Choose a regular file"));
  }
  assertEquals(exists(`${scene.directory}.lineidx`), false);
});

sceneTest(
  "index, serve, get: a file that is not regular is one line, and exit code 1",
  async (scene) => {
    for (const command of ON_FILES) {
      const outcome = await scene.run(...onFile(command, "/dev/null"));
      assertFailed(outcome, 1, CANNOT_READ("not a regular file", "Choose a regular file"));
    }
    const below = await scene.run("get", `${await scene.file("a")}/x`, "1");
    assertFailed(below, 1, CANNOT_READ("a part of the path is not a directory"));
  },
);

sceneTest("linesvr: an error is one line, even if the file's name has two", async (scene) => {
  const outcome = await scene.run("get", scene.path("two\nlines"), "1");
  assertFailed(outcome, 1, /two\?lines \(no such file or directory\)/);
});

/** Prepares a directory that an ordinary user can read; returns how to run the program as that user. */
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

sceneTest(
  `index, serve, get: an unreadable file is one line, and exit code 1${why}`,
  async (scene) => {
    const run = await ordinary(scene);
    const path = await scene.file("one\n");
    await Deno.chmod(path, 0o000);
    for (const command of ON_FILES) {
      assertFailed(await run(...onFile(command, path)), 1, CANNOT_READ("permission denied"));
    }
  },
  { ignore: noOrdinaryUser },
);

sceneTest(
  `index, serve, get: a directory that cannot be written to is one line that names --index${why}`,
  async (scene) => {
    const run = await ordinary(scene);
    const directory = scene.path("read-only");
    await Deno.mkdir(directory);
    const path = await scene.file("one\ntwo\n", "read-only/text.txt");
    await Deno.chmod(directory, 0o555);
    for (const command of ON_FILES) {
      const outcome = await run(...onFile(command, path));
      assertFailed(outcome, 1, /Cannot write index: .* \(permission denied\)\. .*--index/);
    }
    const elsewhere = `${scene.path("deno-cache")}/index`;
    const outcome = await run("get", path, "2", "--index", elsewhere, "--quiet");
    assertEquals([outcome.code, asText(outcome.stdout), outcome.stderr], [0, "two\n", ""]);
    assertEquals([...Deno.readDirSync(directory)].map((entry) => entry.name), ["text.txt"]);
    await Deno.chmod(directory, 0o755);
  },
  { ignore: noOrdinaryUser },
);

sceneTest(
  `serve and get of a file that has grown return the lines of an index that cannot be written${why}`,
  async (scene) => {
    const run = await ordinary(scene);
    const path = await scene.file("one\ntwo\nthr");
    await scene.run("index", path);
    await Deno.writeTextFile(path, "ee\nfour\n", { append: true });
    const { code, stdout, stderr } = await run("get", path, "1-2");
    assertEquals([code, asText(stdout), stderr], [0, "one\ntwo\n", ""]);
    const unwritable = /Cannot write index: .*\.lineidx \(permission denied\)\. .*--index\./;
    for (const word of ["3", "4", "2-", "-1"]) {
      assertFailed(await run("get", path, word), 1, unwritable);
    }
    assertFailed(await run("count", path), 1, unwritable);
    const user = asOrdinaryUser(scene.path("deno-cache"))!;
    const server = await scene.serve(path, ["--quiet"], user);
    const client = await scene.connect(server);
    assertEquals(await client.ask("GET 2", 2), ["OK", "two"]);
    assertEquals(await client.ask("GET 3", 2), ["OK", "thr"]);
    assertEquals(await client.ask("GET 4", 1), ["ERR"]);
    await until(() =>
      /--index\. Until then, only the 3 lines of the index are served\.\n$/.test(server.errors)
    );
  },
  { ignore: noOrdinaryUser },
);

sceneTest(`get: an unreadable index is one line, and exit code 1${why}`, async (scene) => {
  const run = await ordinary(scene);
  const path = await scene.file("one\n");
  await scene.run("index", path);
  await Deno.chmod(`${path}.lineidx`, 0o000);
  assertFailed(
    await run("get", path, "1"),
    1,
    /Cannot read index: .*\.lineidx \(permission denied\)\. Check its permissions/,
  );
}, { ignore: noOrdinaryUser });

sceneTest("index: an index that is up to date is used, and reported", async (scene) => {
  const path = await scene.file("one\ntwo\n");
  assertEquals((await scene.run("index", path)).code, 0);
  const built = await Deno.readFile(`${path}.lineidx`);
  const again = await scene.run("index", path);
  assertEquals(
    [again.code, again.stderr],
    [0, `index is up to date: ${path}.lineidx (2 lines)\n`],
  );
  const get = await scene.run("get", path, "2");
  assertEquals([get.code, asText(get.stdout), get.stderr], [0, "two\n", ""]);
  const forced = await scene.run("index", path, "--force");
  assertMatch(forced.stderr, /building index .*: --force was given\n/);
  assertEquals(await Deno.readFile(`${path}.lineidx`), built);
  const quiet = await scene.run("index", path, "--force", "--quiet");
  assertEquals([quiet.code, quiet.stderr, quiet.stdout.length], [0, "", 0]);
});

sceneTest(
  "get: a stale or damaged index is built again, and the reason is reported",
  async (scene) => {
    const path = await scene.file("one\ntwo\n");
    const indexPath = `${path}.lineidx`;
    await scene.run("index", await scene.file("eins\nzwei\n", "other.txt"), "--index", indexPath);
    const otherSize = await Deno.readFile(indexPath);
    await scene.run("index", await scene.file("owe\ntno\n", "same-size.txt"), "--index", indexPath);
    const sameSize = await Deno.readFile(indexPath);
    await scene.run("index", path);
    const own = await Deno.readFile(indexPath);
    const flipped = own.slice();
    flipped[20]! ^= 1;
    const stale: readonly (readonly [Uint8Array, string])[] = [
      [otherSize, "it was built from 10 bytes, the file has 8"],
      [sameSize, "it was built from other content"],
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
  },
);

sceneTest(
  "index, serve, get: a file at the index's path that is no index is never overwritten",
  async (scene) => {
    const path = await scene.file("one\n");
    const indexPath = `${path}.lineidx`;
    const notAnIndex = /Not an index: .*\. Move it away, or choose another path with --index\.\n$/;
    for (const content of ["", "a diary, the only copy\n", "\x89LIDY".padEnd(200)]) {
      await Deno.writeFile(indexPath, latin1(content));
      for (const command of [...ON_FILES, ["index", "--force"]]) {
        assertFailed(await scene.run(...onFile(command, path)), 1, notAnIndex);
      }
      assertSameBytes(await Deno.readFile(indexPath), latin1(content));
    }
    assertFailed(await scene.run("get", path, "1", "--index", path), 1, notAnIndex);
    assertFailed(await scene.run("get", path, "1", "--index", scene.directory), 1, /index/);
    assertEquals(await Deno.readTextFile(path), "one\n");
  },
);

sceneTest("get: an index in a directory that does not exist is one line", async (scene) => {
  const path = await scene.file("one\n");
  const outcome = await scene.run("get", path, "1", "--index", scene.path("no/such/x"));
  assertFailed(outcome, 1, /Cannot write index: .* \(no such file or directory\)\. .*--index/);
});

sceneTest("serve: a port in use is one line that says what to do", async (scene) => {
  const path = await scene.file("one\n");
  await scene.run("index", path);
  const server = await scene.serve(path);
  for (const more of [[], ["--workers", "1"], ["--workers", "2"]]) {
    const outcome = await scene.run("serve", path, "--port", `${server.port}`, ...more);
    assertFailed(
      outcome,
      1,
      /: Cannot listen on 127\.0\.0\.1:\d+ \(the port is in use\)\. Choose another one with --port/,
    );
  }
});

sceneTest(
  "serve: an address that does not exist is one line that says what to do",
  async (scene) => {
    const path = await scene.file("one\n");
    for (const host of ["999.1.1.1", "no such host"]) {
      const outcome = await scene.run("serve", path, "--port", "0", "--host", host);
      assertFailed(outcome, 1, /Cannot listen on .*:0 \(.*\)\. Choose another address with --host/);
    }
    assertEquals(exists(`${path}.lineidx`), false, "no index was built for it");
  },
);

sceneTest(
  "serve prints one line on standard output, and everything else on standard error",
  async (scene) => {
    const path = await scene.file("one\n");
    const server = await scene.serve(path, ["--cache", "1MiB", "--idle-timeout", "30s"]);
    const client = await scene.connect(server);
    assertEquals(await client.ask("GET 1", 2), ["OK", "one"]);
    await client.send("GET 9\nSHUTDOWN\n");
    await client.readAll();
    client.close();
    assertEquals((await server.ended()).code, 0);
    assertEquals(server.output, `listening on 127.0.0.1:${server.port}\n`);
    assertMatch(
      server.errors,
      /^building index [^\n]+: there is none\nindexed 1 line, [^\n]+\nserving [^\n]+: 1 line, 4 B; workers: \d+, cache: 1.0 MiB\n$/,
    );
  },
);

sceneTest("serve --quiet prints its address only", async (scene) => {
  const server = await scene.serve(await scene.file("one\n"), ["--quiet"]);
  server.kill("SIGTERM");
  assertEquals((await server.ended()).code, 0);
  assertEquals([server.output, server.errors], [`listening on 127.0.0.1:${server.port}\n`, ""]);
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

sceneTest("get ends quietly if its reader stops in the middle of a long line", async (scene) => {
  const path = await scene.file(new Uint8Array(3_000_000).fill(0x61));
  const child = startProgram(["get", path, "1", "--quiet"]);
  const errors = new Response(child.stderr).text();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  assertEquals([await errors, (await child.status).code], ["", 0]);
});

sceneTest(
  "get: standard output that cannot be written to is one line, and exit code 1",
  async (scene) => {
    const path = await scene.file("one\n");
    await scene.run("index", path);
    const { code, stderr } = await runProgram(["get", path, "1"], {
      program: ["bash", "-c", 'exec "$0" "$@" >/dev/full', ...PROGRAM],
    });
    assertEquals(
      [code, stderr],
      [1, "linesvr: Cannot write to standard output (no space left on the device).\n"],
    );
  },
  { ignore: Deno.build.os !== "linux" },
);

sceneTest("get prints ranges, last lines and several numbers in order", async (scene) => {
  const path = await scene.file("1\n2\n3\n4\n5\n6\n7");
  const table: readonly (readonly [string[], string])[] = [
    [["2-4"], "2\n3\n4\n"],
    [["6-"], "6\n7\n"],
    [["-2"], "6\n7\n"],
    [["3", "1-2", "-1", "3"], "3\n1\n2\n7\n3\n"],
    [["8-9"], ""],
    [["4-3", "0-1", "7-100"], "1\n7\n"],
    [["--", "-1"], "7\n"],
  ];
  for (const [words, lines] of table) {
    const { code, stdout, stderr } = await scene.run("get", "--quiet", path, ...words);
    assertEquals([code, asText(stdout), stderr], [0, lines, ""], words.join(" "));
  }
  const { code, stdout, stderr } = await scene.run("get", path, "1", "9", "2");
  assertEquals(
    [code, asText(stdout), stderr],
    [1, "1\n", `linesvr: No such line: 9 (${path} has 7 lines).\n`],
  );
});

sceneTest("get and count take --help after -- as a file", async (scene) => {
  for (const args of [["get", "--", "--help", "1"], ["count", "--", "--help"]]) {
    assertFailed(await scene.run(...args), 1, /Cannot read file: --help \(no such file/);
  }
});

sceneTest(
  "count prints the number of lines, and builds the index if there is none",
  async (scene) => {
    for (const [text, count] of [["", "0"], ["\n", "1"], ["1\n2\n3", "3"]] as const) {
      const path = await scene.file(text, `${count}.txt`);
      for (let i = 0; i < 2; i++) {
        const { code, stdout, stderr } = await scene.run("count", "--quiet", path);
        assertEquals([code, asText(stdout), stderr], [0, `${count}\n`, ""]);
      }
    }
  },
);

sceneTest("get of a line that does not exist is one line, and exit code 1", async (scene) => {
  const path = await scene.file("one\ntwo\n");
  await scene.run("index", path);
  for (const number of ["0", "3", "+3", "9".repeat(40)]) {
    const { code, stdout, stderr } = await scene.run("get", path, number);
    assertEquals(
      [code, asText(stdout), stderr],
      [1, "", `linesvr: No such line: ${number} (${path} has 2 lines).\n`],
    );
  }
  const empty = await scene.file("", "empty.txt");
  const outcome = await scene.run("get", empty, "1", "--quiet");
  assertFailed(outcome, 1, /^linesvr: No such line: 1 \(\S*empty\.txt has 0 lines\)\.\n$/);
});

sceneTest(
  "verify reports a matching index, and the first difference of another one",
  async (scene) => {
    const path = await scene.file("one\ntwo\n");
    assertFailed(
      await scene.run("verify", path),
      1,
      /No index: .*\. Create it with "linesvr index"\./,
    );
    await scene.run("index", path);
    const right = await scene.run("verify", path);
    assertEquals([right.code, asText(right.stdout)], [0, ""]);
    assertMatch(right.stderr, /^verified 2 lines, 8 B in [^\n]*: no differences\n$/);
    await Deno.writeTextFile(path, "on\netwo\n");
    assertFailed(
      await scene.run("verify", path),
      1,
      /Index does not match its file: .*lineidx \(.*\)\. Rebuild it with "linesvr index --force"\./,
    );
    assert(exists(`${path}.lineidx`));
  },
);
