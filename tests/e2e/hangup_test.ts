import { assert, assertEquals } from "@std/assert";
import { PROGRAM, startProgram } from "../support/e2e_process.ts";
import { type Scene, sceneTest } from "../support/e2e_scene.ts";
import { CLOSE_TERMINAL, HAS_PYTHON, inTerminal, WITHOUT_PYTHON } from "../support/e2e_terminal.ts";
import { sizeOf, untilInDirectory } from "../support/index_processes.ts";

const needsPython = { ignore: !HAS_PYTHON };

/** The program, with its standard error outside of the terminal, as `nohup` starts it. */
const WITH_LOG = ["bash", "-c", 'exec "$0" "$@" 2>/dev/null', ...PROGRAM];

sceneTest(
  `serve whose standard error is a terminal shuts down when the terminal is closed${WITHOUT_PYTHON}`,
  async (scene) => {
    const program = inTerminal(PROGRAM);
    const server = await scene.serve(await scene.file("one\n"), [], { program });
    server.kill(CLOSE_TERMINAL);
    assertEquals((await server.ended()).code, 0);
  },
  needsPython,
);

sceneTest(
  `serve whose standard error is no terminal continues when its terminal is closed${WITHOUT_PYTHON}`,
  async (scene) => {
    const program = inTerminal(WITH_LOG);
    const server = await scene.serve(await scene.file("one\n"), [], { program });
    server.kill(CLOSE_TERMINAL);
    const client = await scene.connect(server);
    assertEquals(await client.ask("GET 1", 2), ["OK", "one"]);
    await client.send("SHUTDOWN\n");
    await client.readAll();
    client.close();
    assertEquals((await server.ended()).code, 0);
  },
  needsPython,
);

/** Larger than any program reads while a test waits; takes no space on the disk. */
const HUGE_FILE_BYTES = 1024 ** 4;

/** Indexes a huge file, and sends signals once the temporary file exists. */
async function signalIndex(
  scene: Scene,
  program: readonly string[],
  signals: readonly Deno.Signal[],
): Promise<Deno.CommandOutput> {
  const path = await scene.file("");
  await Deno.truncate(path, HUGE_FILE_BYTES);
  const { process, wasSo } = await untilInDirectory(
    scene.directory,
    () => {
      const child = startProgram(["index", path], { program });
      return { child, ended: child.output() };
    },
    () => (sizeOf(`${path}.lineidx.building`) ?? 0) > 0,
  );
  for (const signal of signals) process.child.kill(signal);
  assert(wasSo);
  return await process.ended;
}

sceneTest(
  `index whose standard error is a terminal leaves no file when the terminal is closed, exit code 1${WITHOUT_PYTHON}`,
  async (scene) => {
    const { code } = await signalIndex(scene, inTerminal(PROGRAM), [CLOSE_TERMINAL]);
    assertEquals([...Deno.readDirSync(scene.directory)].map(({ name }) => name), ["text.txt"]);
    assertEquals(code, 1);
  },
  needsPython,
);

sceneTest(
  "index whose standard error is no terminal ignores SIGHUP",
  async (scene) => {
    const { code, signal } = await signalIndex(scene, PROGRAM, ["SIGHUP", "SIGTERM"]);
    assertEquals([...Deno.readDirSync(scene.directory)].map(({ name }) => name), ["text.txt"]);
    assertEquals([code, signal], [1, null], "SIGTERM ended it");
  },
  { ignore: Deno.build.os === "windows" },
);
