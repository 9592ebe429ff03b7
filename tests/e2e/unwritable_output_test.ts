import { assertEquals, assertMatch } from "@std/assert";
import { PROGRAM, runProgram, type ServerProcess, startProgram } from "../support/e2e_process.ts";
import { type Scene, sceneTest } from "../support/e2e_scene.ts";
import { HAS_PYTHON, WITHOUT_PYTHON } from "../support/e2e_terminal.ts";

/** What a pipe holds at most, on Linux. */
const PIPE_BYTES = 65_536;

const isLinux = Deno.build.os === "linux";
/** Starts the program after a redirection of bash. */
function redirected(redirection: string, program = PROGRAM): readonly string[] {
  return ["bash", "-c", `${redirection}\nexec "$0" "$@"`, ...program];
}

/** Starts the program with a descriptor that does not block. */
function nonBlocking(descriptor: 1 | 2): readonly string[] {
  const code = `import os, sys
os.set_blocking(${descriptor}, False)
os.execvp(sys.argv[1], sys.argv[1:])`;
  return ["python3", "-c", code, ...PROGRAM];
}

/** A redirection of standard error to a pipe that is full. */
async function fullPipe(path: string): Promise<string> {
  const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
  assertEquals(success, true);
  return `exec 2<>'${path}'; head -c ${PIPE_BYTES} /dev/zero >&2`;
}

/** Reads a pipe, at least once, until it has held `text`; what filled it is left out. */
async function readPipe(path: string, text: string): Promise<string> {
  using file = await Deno.open(path, { read: true, write: true });
  const bytes = new Uint8Array(PIPE_BYTES);
  let found = "";
  do {
    const count = await file.read(bytes);
    found += new TextDecoder().decode(bytes.subarray(0, count ?? 0)).replaceAll("\0", "");
  } while (!found.includes(text));
  return found;
}

async function assertServes(scene: Scene, server: ServerProcess): Promise<void> {
  const client = await scene.connect(server);
  assertEquals(await client.ask("GET 1", 2), ["OK", "one"]);
  client.close();
}

async function assertStops(server: ServerProcess): Promise<void> {
  server.kill("SIGTERM");
  assertEquals((await server.ended()).code, 0);
}

for (
  const [name, redirection] of [
    ["on a full disk", "exec 2>/dev/full"],
    ["closed", "exec 2>&-"],
    ["a pipe without a reader", "exec 2> >(exec true); wait $!"],
  ]
) {
  sceneTest(
    `serve with a standard error that is ${name} serves, and stops on SIGTERM`,
    async (scene) => {
      const program = redirected(redirection!);
      const server = await scene.serve(await scene.file("one\n"), [], { program });
      await assertServes(scene, server);
      await assertStops(server);
    },
    { ignore: !isLinux },
  );
}

sceneTest(
  "serve with a standard error that is a full pipe serves, and stops on SIGTERM",
  async (scene) => {
    const program = redirected(await fullPipe(scene.path("pipe")));
    const server = await scene.serve(await scene.file("one\n"), [], { program });
    await assertServes(scene, server);
    await assertStops(server);
  },
  { ignore: !isLinux },
);

sceneTest(
  "serve with a standard error that is a full pipe writes its messages when the pipe is read",
  async (scene) => {
    const program = redirected(await fullPipe(scene.path("pipe")));
    const server = await scene.serve(await scene.file("one\n"), [], { program });
    const errors = await readPipe(scene.path("pipe"), "workers:");
    assertMatch(errors, /^building index [^\n]*\nindexed [^\n]*\nserving [^\n]*\n$/);
    await assertStops(server);
  },
  { ignore: !isLinux },
);

sceneTest(
  `serve with a standard error that is a full non-blocking pipe counts its messages, and writes the count when the pipe is read${WITHOUT_PYTHON}`,
  async (scene) => {
    const pipe = scene.path("pipe");
    const program = redirected(await fullPipe(pipe), nonBlocking(2));
    const path = await scene.file("one\n");
    const server = await scene.serve(path, ["--workers", "1"], { program });
    await assertServes(scene, server);
    // One read takes all that the pipe holds.
    await readPipe(pipe, "");
    await Deno.writeTextFile(path, "");
    const client = await scene.connect(server);
    // The server looks at the file at most every 10 ms.
    while ((await client.ask("GET 9", 1))[0] === "ERR");
    client.close();
    assertMatch(
      await readPipe(pipe, "File changed"),
      /^3 messages were dropped because standard error could not be written\.\nFile changed/,
    );
    await assertStops(server);
  },
  { ignore: !(isLinux && HAS_PYTHON) },
);

sceneTest(
  "serve with a standard output on a full disk ends with one line, and exit code 1",
  async (scene) => {
    const path = await scene.file("one\n");
    const { code, stderr } = await runProgram(["serve", path, "--port", "0", "--quiet"], {
      program: redirected("exec >/dev/full"),
    });
    assertEquals(
      [code, stderr],
      [1, "linesvr: Cannot write to standard output (no space left on the device).\n"],
    );
  },
  { ignore: !isLinux },
);

sceneTest(
  `get with a standard output that is a full non-blocking pipe ends with one line, and prints no line twice${WITHOUT_PYTHON}`,
  async (scene) => {
    const lines = Array.from({ length: 300 }, (_, i) => `${i}`.repeat(1_000)).join("\n");
    const path = await scene.file(lines);
    await scene.run("index", path);
    const child = startProgram(["get", path, "1-"], { program: nonBlocking(1) });
    // The pipe is read when the program has ended.
    const errors = await new Response(child.stderr).text();
    assertEquals(
      errors,
      "linesvr: Cannot write to standard output (a non-blocking pipe that is full). " +
        'Append "| cat" to the command.\n',
    );
    assertEquals((await child.status).code, 1);
    const printed = await new Response(child.stdout).text();
    assertEquals(printed, `${lines}\n`.slice(0, printed.length));
  },
  { ignore: !(isLinux && HAS_PYTHON) },
);
