import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  MARK,
  NPM_DENO,
  parseProgramTask,
  wrapperScript,
} from "../../tools/install/wrapper_script.ts";
import config from "../../deno.json" with { type: "json" };
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

const CHECKOUT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const isWindows = Deno.build.os === "windows";

interface RunOptions {
  readonly cwd: string;
  readonly env?: Record<string, string>;
}

async function run(command: string, args: readonly string[], options: RunOptions) {
  const output = await new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    ...options,
    // A task that runs this test has set it already.
    env: { NO_COLOR: "1", INIT_CWD: options.cwd, ...options.env },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: output.code, stdout: decode(output.stdout), stderr: decode(output.stderr) };
}

function install(args: readonly string[], options: RunOptions) {
  const task = ["task", "--quiet", "--config", `${CHECKOUT}/deno.json`, "install", ...args];
  return run(Deno.execPath(), task, options);
}

// A folder with `deno` in it, so that a wrapper finds the Deno that runs this test.
async function folderWithDeno(directory: string): Promise<string> {
  await Deno.mkdir(`${directory}/deno-bin`);
  await Deno.symlink(Deno.execPath(), `${directory}/deno-bin/deno`);
  return `${directory}/deno-bin`;
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes("\n")) break;
  }
  return text.split("\n")[0]!;
}

Deno.test("parseProgramTask() takes the environment and the flags, without permissions", () => {
  const command =
    "A=64 B=x deno run --v8-flags=--no-turbofan --allow-read --allow-net main.ts serve";
  assertEquals(parseProgramTask("serve", command), {
    environment: ["A=64", "B=x"],
    flags: ["--v8-flags=--no-turbofan"],
  });
});

Deno.test("parseProgramTask() accepts the tasks in deno.json", () => {
  const { environment, flags } = parseProgramTask("serve", config.tasks.serve.command);
  assertMatch(environment.join(), /^DENO_TOKIO_MAX_IO_EVENTS_PER_TICK=\d+$/);
  assertMatch(flags.join(), /^--v8-flags=/);
  for (const name of ["index", "get", "count", "verify"] as const) {
    assertEquals(parseProgramTask(name, config.tasks[name].command).environment, []);
  }
});

Deno.test("parseProgramTask() rejects a task that it cannot translate", () => {
  const commands = [
    "",
    "deno run main.ts",
    "deno run main.ts get",
    "deno test main.ts serve",
    "echo; deno run main.ts serve",
    "deno run --v8-flags=$(x) main.ts serve",
    "deno run main.ts serve --port 1",
  ];
  for (const command of commands) assertThrows(() => parseProgramTask("serve", command), Error);
});

Deno.test("the wrapper uses npx if there is no deno, and says so if there is neither", {
  ignore: isWindows,
}, () =>
  inTemporaryDirectory(async (directory) => {
    const checkout = `${directory}/it's a "checkout"`;
    const wrapper = `${directory}/linesvr`;
    const task = { environment: ["A=1"], flags: ["--flag"] };
    await Deno.writeTextFile(wrapper, wrapperScript(checkout, new Map([["serve", task]])));
    const options = { cwd: directory, env: { PATH: `${directory}/bin` } };

    const moved = await run("/bin/sh", [wrapper, "serve", "f"], options);
    assertEquals([moved.code, moved.stdout], [1, ""]);
    assertMatch(moved.stderr, /^linesvr: No checkout: .*it's a "checkout"\. Run .*\n$/);

    await Deno.mkdir(checkout);
    await Deno.writeTextFile(`${checkout}/main.ts`, "");
    const neither = await run("/bin/sh", [wrapper, "serve", "f"], options);
    assertEquals([neither.code, neither.stdout], [1, ""]);
    assertMatch(neither.stderr, /^linesvr: Neither deno nor npx is on the PATH\. .*\n$/);

    await Deno.mkdir(`${directory}/bin`);
    const npx = '#!/bin/sh\necho "A=$A"\nfor word; do echo "$word"; done\n';
    await Deno.writeTextFile(`${directory}/bin/npx`, npx, { mode: 0o755 });
    const { code, stdout } = await run("/bin/sh", [wrapper, "serve", "a b", "*"], options);
    const main = `${checkout}/main.ts`;
    const deno = ["--yes", NPM_DENO, "run", "--quiet", "--allow-all"];
    const words = [
      ...deno,
      "--config",
      `${checkout}/deno.json`,
      "--flag",
      main,
      "serve",
      "a b",
      "*",
    ];
    assertEquals([code, stdout], [0, `A=1\n${words.join("\n")}\n`]);
    const other = await run("/bin/sh", [wrapper, "--help"], options);
    assertMatch(other.stdout, /^A=\n[^]*\/main\.ts\n--help\n$/);
  }));

Deno.test("deno task install writes a command that takes relative paths as typed", {
  ignore: isWindows,
}, () =>
  inTemporaryDirectory(async (directory) => {
    const folder = `${directory}/my data`;
    await Deno.mkdir(folder);
    await Deno.writeTextFile(`${folder}/f.txt`, "one\ntwo\n");
    // The command ignores it.
    await Deno.writeTextFile(`${folder}/deno.json`, '{ "imports": { "@std/cli": "nowhere" } }');
    const path = `${await folderWithDeno(directory)}:${directory}/bin:/usr/bin:/bin`;
    const options = { cwd: folder, env: { PATH: path } };

    const installed = await install(["--dir", "../bin"], options);
    assertEquals([installed.code, installed.stderr], [0, ""]);
    assertMatch(installed.stdout, /^Wrote \S+\/bin\/linesvr\. [^]*\/bin is on the PATH\. .*\n$/);

    const indexed = await run("linesvr", ["index", "f.txt"], options);
    assertMatch(indexed.stderr, /^building index f\.txt\.lineidx: .*\nindexed 2 lines/);
    assertEquals(indexed.code, 0);
    assert((await Deno.stat(`${folder}/f.txt.lineidx`)).isFile);
    const got = await run("linesvr", ["get", "f.txt", "2"], options);
    assertEquals(got, { code: 0, stdout: "two\n", stderr: "" });
    assertEquals((await run("linesvr", ["get", "../my data/f.txt", "3"], options)).code, 1);
    assertEquals((await run("linesvr", ["verify", "./f.txt"], options)).code, 0);
    assertEquals((await run("linesvr", ["frobnicate"], options)).code, 2);

    const server = new Deno.Command("linesvr", {
      args: ["serve", "f.txt", "--port", "0", "--quiet"],
      stdin: "null",
      stdout: "piped",
      ...options,
    }).spawn();
    const port = Number(/\d+$/.exec(await firstLine(server.stdout))![0]);
    const socket = await Deno.connect({ hostname: "127.0.0.1", port });
    await socket.write(new TextEncoder().encode("GET 2\nQUIT\n"));
    assertEquals(await new Response(socket.readable).text(), "OK\ntwo\n");
    // The signal reaches the program: the shell has replaced itself with it.
    server.kill("SIGTERM");
    assertEquals((await server.status).code, 0);
  }));

Deno.test("deno task install creates its folder, and says if that is not on the PATH", {
  ignore: isWindows,
}, () =>
  inTemporaryDirectory(async (directory) => {
    const options = { cwd: directory, env: { HOME: `${directory}/home` } };
    const { code, stdout } = await install([], options);
    assertEquals(code, 0);
    assertMatch(stdout, /home\/\.local\/bin is not on the PATH\. Add it with: export PATH=".*"\n$/);
    const path = `${directory}/home/.local/bin/linesvr`;
    assertEquals((await Deno.stat(path)).mode! & 0o777, 0o755);
    assertEquals(Deno.readTextFileSync(path).split("\n")[1], MARK);
  }));

Deno.test("deno task install replaces its own script, and no other program", {
  ignore: isWindows,
}, () =>
  inTemporaryDirectory(async (directory) => {
    const path = `${directory}/linesvr`;
    const options = { cwd: directory };
    await Deno.writeTextFile(path, `#!/bin/sh\n${MARK}\nold\n`);
    assertEquals((await install(["--dir", "."], options)).code, 0);
    assertMatch(Deno.readTextFileSync(path), /exec deno/);

    await Deno.writeTextFile(path, "mine");
    const refused = await install(["--dir", "."], options);
    assertEquals([refused.code, refused.stdout], [1, ""]);
    assertMatch(refused.stderr, /^deno task install: Cannot write .*another program.*\n$/);
    assertEquals(Deno.readTextFileSync(path), "mine");

    const nowhere = await install(["--dir", "linesvr/x"], options);
    assertEquals(nowhere.code, 1);
    assertMatch(nowhere.stderr, /^deno task install: Cannot write .*\n$/);
    assertEquals([...Deno.readDirSync(directory)].map(({ name }) => name), ["linesvr"]);
  }));

Deno.test("deno task install with a wrong command line exits with 2", async () => {
  const outcome = await install(["more"], { cwd: CHECKOUT });
  assertEquals([outcome.code, outcome.stdout], [2, ""]);
  assertMatch(outcome.stderr, /^deno task install: Unexpected argument: more\. .*\n$/);
});
