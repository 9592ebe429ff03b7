import { assertEquals } from "@std/assert";
import { PROGRAM, runProgram } from "../support/e2e_process.ts";
import { type Scene, sceneTest } from "../support/e2e_scene.ts";

const ignore = Deno.build.os !== "linux";

/** Runs the program in the scene's directory; `args` are in the syntax of bash. */
function runInShell(scene: Scene, args: string) {
  const script = [
    `cd '${scene.directory}'`,
    "printf 'one\\ntwo\\n' > $'caf\\xe9'",
    "ln -s $'caf\\xe9' link",
    `exec "$0" "$@" ${args}`,
  ].join("; ");
  return runProgram([], { program: ["bash", "-c", script, ...PROGRAM] });
}

const REFUSED = "linesvr: Not a UTF-8 path: caf\uFFFD. " +
  "Rename the file, or create a symbolic link to it with a UTF-8 name.\n";

for (const args of ["index $F", "get $F 1", "serve $F", "verify $F", "index $F --raw"]) {
  sceneTest(`linesvr ${args} refuses a path that is not UTF-8, in one line`, async (scene) => {
    const { code, stderr } = await runInShell(scene, args.replace("$F", () => "$'caf\\xe9'"));
    assertEquals([code, stderr], [2, REFUSED]);
  }, { ignore });
}

sceneTest(
  "linesvr index --index refuses a path that is not UTF-8, and creates nothing",
  async (scene) => {
    const path = await scene.file("one\n");
    const { code, stderr } = await runInShell(scene, `index '${path}' --index $'caf\\xe8'`);
    assertEquals([code, stderr], [2, REFUSED]);
    assertEquals([...Deno.readDirSync(scene.directory)].length, 3);
  },
  { ignore },
);

sceneTest(
  "linesvr get reads a file whose name is not UTF-8 through a symbolic link",
  async (scene) => {
    const { code, stdout, stderr } = await runInShell(scene, "get link 2");
    assertEquals([code, new TextDecoder().decode(stdout)], [0, "two\n"], stderr);
  },
  { ignore },
);

sceneTest("linesvr get reads a file whose name has the replacement character", async (scene) => {
  const path = await scene.file("one\ntwo\n", "caf\uFFFD");
  const { code, stdout, stderr } = await scene.run("get", path, "2");
  assertEquals([code, new TextDecoder().decode(stdout)], [0, "two\n"], stderr);
}, { ignore });
