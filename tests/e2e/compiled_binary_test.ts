import { assertEquals, assertMatch } from "@std/assert";
import {
  asText,
  getAll,
  latin1,
  naiveLines,
  numberedLines,
  okReplies,
} from "../support/e2e_bytes.ts";
import { assertSameBytes } from "../support/e2e_bytes.ts";
import { COMPILED_BINARY, PROJECT_ROOT, runProgram } from "../support/e2e_process.ts";
import { sceneTest } from "../support/e2e_scene.ts";

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Whether there is a binary. It is built if that takes no network. */
async function hasBinary(): Promise<boolean> {
  if (isThere(COMPILED_BINARY)) return true;
  if (!isThere(Deno.env.get("DENORT_BIN") ?? "")) return false;
  const args = ["task", "compile"];
  const { code } = await new Deno.Command(Deno.execPath(), { args, cwd: PROJECT_ROOT }).output();
  return code === 0 && isThere(COMPILED_BINARY);
}

const ignore = !await hasBinary();
const why = ignore
  ? " (ignored: there is no dist/linesvr, and DENORT_BIN is not set to build it)"
  : "";
const program = { program: [COMPILED_BINARY] };

sceneTest(`the compiled binary indexes, gets and verifies${why}`, async (scene) => {
  const path = await scene.file("one\ntwo\r\n\n");
  const indexed = await runProgram(["index", path], program);
  assertMatch(indexed.stderr, /indexed 3 lines/);
  assertEquals(indexed.code, 0);
  const got = await runProgram(["get", path, "2"], program);
  assertEquals([got.code, asText(got.stdout), got.stderr], [0, "two\n", ""]);
  assertEquals((await runProgram(["verify", path], program)).code, 0);
  assertEquals((await runProgram(["get", path, "4"], program)).code, 1);
  assertEquals((await runProgram(["get", path, "x"], program)).code, 2);
}, { ignore });

sceneTest(`the compiled binary indexes a large file with several threads${why}`, async (scene) => {
  const path = await scene.file("one\n");
  // Most of it takes no space on the disk.
  await Deno.truncate(path, 70 * 1024 * 1024);
  await Deno.writeTextFile(path, "\nlast\n", { append: true });
  const indexed = await runProgram(["index", path], program);
  assertMatch(indexed.stderr, /\nindexed 3 lines/);
  assertEquals(indexed.code, 0);
  const got = await runProgram(["get", path, "3"], program);
  assertEquals([got.code, asText(got.stdout), got.stderr], [0, "last\n", ""]);
}, { ignore });

// The cache holds file and index, or the index, or neither.
for (const [workers, cache] of [["1", "64MiB"], ["2", "64MiB"], ["2", "8KiB"], ["2", "1KiB"]]) {
  const how = ["--workers", workers!, "--cache", cache!];
  sceneTest(`the compiled binary serves with ${how.join(" ")}${why}`, async (scene) => {
    const text = latin1(numberedLines(3_000));
    const server = await scene.serve(await scene.file(text), how, program);
    const expected = okReplies(naiveLines(text));
    for (let i = 0; i < 4; i++) {
      assertSameBytes(await scene.exchange(server, getAll(3_000)), expected);
    }
    const client = await scene.connect(server);
    await client.send("SHUTDOWN\n");
    assertEquals((await client.readAll()).length, 0);
    client.close();
    assertEquals((await server.ended()).code, 0, server.errors);
  }, { ignore });
}

sceneTest(`the compiled binary may read /dev/stdin${why}`, async (scene) => {
  const path = await scene.file("one\ntwo\n");
  const args = ["get", "/dev/stdin", "2", "--index", scene.path("index")];
  const { code, stdout, stderr } = await runProgram(args, {
    program: ["bash", "-c", `exec "$0" "$@" < '${path}'`, COMPILED_BINARY],
  });
  assertEquals([code, asText(stdout)], [0, "two\n"], stderr);
}, { ignore: ignore || Deno.build.os === "windows" });
