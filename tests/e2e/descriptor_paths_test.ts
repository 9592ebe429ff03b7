import { assertEquals, assertStringIncludes } from "@std/assert";
import { PROGRAM, runProgram } from "../support/e2e_process.ts";
import { type Scene, sceneTest } from "../support/e2e_scene.ts";

const ignore = Deno.build.os !== "linux";

/** The program with all permissions, as "deno task install" and "deno task compile" start it. */
const UNRESTRICTED = [
  ...PROGRAM.slice(0, -1).filter((word) => !word.startsWith("--allow-")),
  "--allow-all",
  PROGRAM.at(-1)!,
];

/** Runs a program in a shell. `redirection` has the word PROGRAM, and what its standard input is. */
function run(program: readonly string[], args: readonly string[], redirection: string) {
  const script = redirection.replace("PROGRAM", '"$0" "$@"');
  return runProgram(args, { program: ["bash", "-c", script, ...program] });
}

async function linesFile(scene: Scene): Promise<string> {
  return await scene.file("one\ntwo\nthree\n");
}

sceneTest("linesvr reads /dev/stdin and /dev/fd/N if a regular file is there", async (scene) => {
  const path = await linesFile(scene);
  for (const [name, redirection] of [["/dev/stdin", "<"], ["/dev/fd/7", "7<"]] as const) {
    const args = ["get", name, "2", "--index", scene.path("index")];
    const outcome = await run(UNRESTRICTED, args, `PROGRAM ${redirection} '${path}'`);
    const { code, stdout, stderr } = outcome;
    assertEquals([code, new TextDecoder().decode(stdout)], [0, "two\n"], stderr);
  }
}, { ignore });

sceneTest("linesvr reads a text in /dev/shm, and writes its index there", async () => {
  const directory = await Deno.makeTempDir({ dir: "/dev/shm" });
  try {
    await Deno.writeTextFile(`${directory}/text`, "one\ntwo\n");
    const args = ["get", `${directory}/text`, "2"];
    const { code, stdout, stderr } = await runProgram(args, { program: UNRESTRICTED });
    assertEquals([code, new TextDecoder().decode(stdout)], [0, "two\n"], stderr);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}, { ignore });

sceneTest("linesvr asks for --index if FILE is /dev/stdin, and creates nothing", async (scene) => {
  const path = await linesFile(scene);
  for (const command of [["index"], ["serve"], ["get"], ["verify"]]) {
    const [name] = command;
    const args = [name!, "/dev/stdin", ...(name === "get" ? ["1"] : [])];
    const { code, stderr } = await run(UNRESTRICTED, args, `PROGRAM < '${path}'`);
    assertEquals([code, stderr], [
      2,
      "linesvr: No default path for the index of /dev/stdin. Choose a path with --index.\n",
    ]);
  }
  assertEquals([...Deno.readDirSync("/dev")].filter(({ name }) => name.includes("lineidx")), []);
}, { ignore });

sceneTest("linesvr refuses /dev/stdin if it is a pipe, with and without --index", async (scene) => {
  for (const more of [[], ["--index", scene.path("index")]]) {
    const args = ["get", "/dev/stdin", "1", ...more];
    const { code, stderr } = await run(UNRESTRICTED, args, "seq 5 | PROGRAM");
    assertEquals([code, stderr], [
      1,
      "linesvr: Cannot read file: /dev/stdin (not a regular file). Choose a regular file.\n",
    ]);
  }
}, { ignore });

sceneTest("linesvr with Deno's permissions says which command reads /dev/stdin", async (scene) => {
  const args = ["get", "/dev/stdin", "1", "--index", scene.path("index")];
  const { code, stderr } = await run(PROGRAM, args, `PROGRAM < '${await linesFile(scene)}'`);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "(not allowed by Deno's permissions). Run the command");
  assertEquals(stderr.trim().split("\n").length, 1, stderr);
}, { ignore });
