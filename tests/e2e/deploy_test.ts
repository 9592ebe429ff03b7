import { assertEquals } from "@std/assert";
import { PROJECT_ROOT, ServerProcess } from "../support/e2e_process.ts";
import { type Scene, sceneTest } from "../support/e2e_scene.ts";
import { hasProgram, runCommand, testIfThere } from "../support/programs.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

function deployFile(name: string): Promise<string> {
  return Deno.readTextFile(`${PROJECT_ROOT}deploy/${name}`);
}

/** Starts a server with arguments from a file, without those that a test replaces, and asks for a line. */
async function assertServes(scene: Scene, args: readonly string[]): Promise<void> {
  const path = await scene.file("one\ntwo\n");
  await using server = await ServerProcess.start(path, [
    ...args.filter((arg) => !/^--(?:port|http|host)=/.test(arg)),
    ...["--index", scene.path("index"), "--http", "0"],
  ]);
  using client = await scene.connect(server);
  assertEquals(await client.ask("GET 2", 2), ["OK", "two"]);
}

sceneTest("serve takes the options of deploy/linesvr.service", async (scene) => {
  const unit = await deployFile("linesvr.service");
  const words = /^ExecStart=\S+\/linesvr serve \S+ --index \S+ (.+)$/m.exec(unit)![1]!.split(" ");
  assertEquals(words, ["--shutdown", "off"]);
  await assertServes(scene, words);
});

sceneTest("serve takes the options of deploy/kubernetes.yaml", async (scene) => {
  const options = (await deployFile("kubernetes.yaml")).matchAll(/^ +- (--\S+)$/gm);
  const args = Array.from(options, ([, option]) => option!);
  for (const name of ["host", "port", "http", "shutdown", "drain-timeout"]) {
    assertEquals(args.filter((arg) => arg.startsWith(`--${name}=`)).length, 1, name);
  }
  await assertServes(scene, args);
});

Deno.test("deploy/kubernetes.yaml gives a server enough time for its drain timeout", async () => {
  const text = await deployFile("kubernetes.yaml");
  const seconds = (pattern: RegExp) => Number(pattern.exec(text)![1]);
  const grace = seconds(/terminationGracePeriodSeconds: (\d+)$/m);
  const drain = seconds(/--drain-timeout=(\d+)s$/m);
  const wait = seconds(/command: \["sleep", "(\d+)"\]$/m);
  assertEquals(grace > drain + wait, true);
});

testIfThere(
  "systemd-analyze verify accepts deploy/linesvr.service",
  "systemd-analyze",
  await hasProgram("systemd-analyze"),
  () =>
    inTemporaryDirectory(async (directory) => {
      const path = `${directory}/linesvr.service`;
      const unit = await deployFile("linesvr.service");
      // The program must exist.
      await Deno.writeTextFile(path, unit.replace("/usr/local/bin/linesvr ", "/bin/true "));
      const { code, stdout, stderr } = await runCommand("systemd-analyze", [
        "verify",
        "--man=no",
        path,
      ]);
      assertEquals([code, stdout, stderr], [0, "", ""]);
    }),
);
