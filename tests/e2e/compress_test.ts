import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { OUTPUT_DRAFT_SUFFIX } from "../../src/cli/commands/output_draft.ts";
import { zstdCodec } from "../../src/source/compressed/zstd/zstd_codec.ts";
import { LocalText } from "../../src/source/local/local_text.ts";
import { joined } from "../support/compressed_files.ts";
import { latin1 } from "../support/e2e_bytes.ts";
import { PROGRAM, runProgram, startProgram } from "../support/e2e_process.ts";
import { type Scene, sceneTest } from "../support/e2e_scene.ts";
import { namesIn } from "../support/index_files.ts";
import { untilInDirectory } from "../support/index_processes.ts";
import { CAN_MOUNT, NEEDS_MOUNT, withSmallDisk } from "../support/index_small_disk.ts";
import { hasProgram } from "../support/programs.ts";

const HAS_ZSTD = await hasProgram("zstd");
const WITHOUT_ZSTD = HAS_ZSTD ? "" : " (ignored: there is no zstd)";
const HAS_PZSTD = await hasProgram("pzstd");
const WITHOUT_PZSTD = HAS_ZSTD && HAS_PZSTD ? "" : " (ignored: there is no zstd or pzstd)";
const isWindows = Deno.build.os === "windows";
const LINES = latin1("some words in a line, and some more\n".repeat(100_000));

/** The text of a compressed file, as linesvr reads it. */
async function textOf(path: string): Promise<Uint8Array> {
  using stored = LocalText.openSync(path, { mayBlock: true });
  return joined((await Array.fromAsync(zstdCodec.scan(stored))).map(({ text }) => text));
}

async function zstd(...args: string[]): Promise<Uint8Array> {
  const { code, stdout, stderr } = await new Deno.Command("zstd", { args }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return stdout;
}

/** Runs a line of a shell in which `linesvr` is the program. */
async function shell(scene: Scene, line: string): Promise<{ code: number; stderr: string }> {
  const program = PROGRAM.map((word) => `'${word}'`).join(" ");
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-c", `linesvr() { ${program} "$@"; }; ${line}`],
    cwd: scene.directory,
    env: { NO_COLOR: "1" },
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

const TEXTS: Readonly<Record<string, Uint8Array>> = {
  "an empty file": latin1(""),
  "a file without a final LF": latin1("one\ntwo"),
  "CRLF, CR and NUL": latin1("one\r\ntwo\r\0\n\n".repeat(20_000)),
  "a line longer than a frame": latin1(`one\n${"x".repeat(200_000)}\nthree\n`),
  "a file of several MiB": LINES,
  "random bytes": crypto.getRandomValues(new Uint8Array(65_536)),
};

for (const [name, text] of Object.entries(TEXTS)) {
  sceneTest(
    `linesvr compress: zstd reads what it writes of ${name}${WITHOUT_ZSTD}`,
    async (scene) => {
      const path = await scene.file(text);
      const { code, stderr, stdout } = await scene.run("compress", path);
      assertEquals([code, stdout.length], [0, 0], stderr);
      await zstd("-t", `${path}.zst`);
      assert(latin1Equal(await zstd("-dc", `${path}.zst`), text));
      assert(latin1Equal(await textOf(`${path}.zst`), text));
      assert(latin1Equal(await Deno.readFile(path), text), "the file is not changed");
    },
    { ignore: !HAS_ZSTD },
  );
}

function latin1Equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

sceneTest("linesvr compress prints a summary, unless --quiet is given", async (scene) => {
  const path = await scene.file("one\ntwo");
  const { stderr } = await scene.run("compress", path);
  assertMatch(stderr, /^compressed 2 lines, 7 B to \d+ B in \d+ ms\n$/);
  const quiet = await scene.run("compress", path, "--force", "--quiet");
  assertEquals([quiet.code, quiet.stderr], [0, ""]);
});

sceneTest("linesvr compress --level and --frame change the file, not its text", async (scene) => {
  const path = await scene.file(LINES);
  const sizes: number[] = [];
  for (const args of [["--frame", "1K"], [], ["--frame", "1M", "--level", "19"]]) {
    assertEquals((await scene.run("compress", path, "--force", ...args)).code, 0);
    assert(latin1Equal(await textOf(`${path}.zst`), LINES));
    sizes.push((await Deno.stat(`${path}.zst`)).size);
  }
  assertEquals(sizes, sizes.toSorted((a, b) => b - a));
});

sceneTest(
  `the command that the error for a plain .zst names makes a file that can be read${WITHOUT_ZSTD}`,
  async (scene) => {
    const path = await scene.file(LINES, "it's plain.txt");
    await zstd("-q", path);
    let message = "";
    await textOf(`${path}.zst`).catch((error) => message = error.message);
    assertMatch(message, /^Cannot read lines: .* \(it is one zstd frame, /);
    const [, command] = /"(.*)"/.exec(message)!;
    assertEquals((await shell(scene, command!)).code, 0);
    assert(latin1Equal(await textOf(`${path}.seekable.zst`), LINES));
  },
  { ignore: !HAS_ZSTD || isWindows },
);

sceneTest(
  `zstdCodec.scan() reads what pzstd, zstd --no-content-size and cat make${WITHOUT_PZSTD}`,
  async (scene) => {
    const large = joined([LINES, LINES, LINES, LINES]);
    const path = await scene.file(large);
    const pzstd = new Deno.Command("pzstd", { args: ["-q", "-1", "-k", "-p", "4", path] });
    assertEquals((await pzstd.output()).code, 0);
    assert(latin1Equal(await textOf(`${path}.zst`), large), "pzstd");
    const parts = [LINES, latin1("last\n")];
    const frames = await Promise.all(parts.map(async (part, i) => {
      return await zstd("-qc", "--no-content-size", await scene.file(part, `part-${i}`));
    }));
    const joinedPath = await scene.file(joined(frames), "joined.zst");
    assert(latin1Equal(await textOf(joinedPath), joined(parts)), "zstd and cat");
  },
  { ignore: !HAS_ZSTD || !HAS_PZSTD },
);

sceneTest("linesvr compress reads standard input, and a named pipe", async (scene) => {
  await scene.file(LINES, "text");
  const fromInput = await shell(scene, "cat text | linesvr compress - -o input.zst");
  assertEquals(fromInput.code, 0, fromInput.stderr);
  const fromPipe = await shell(scene, "mkfifo pipe; cat text > pipe & linesvr compress pipe");
  assertEquals(fromPipe.code, 0, fromPipe.stderr);
  for (const name of ["input.zst", "pipe.zst"]) {
    assert(latin1Equal(await textOf(scene.path(name)), LINES), name);
  }
  assertMatch(fromPipe.stderr, /^compressed 100,000 lines, /);
}, { ignore: isWindows });

sceneTest(
  "linesvr compress replaces a file only with --force, and never its input",
  async (scene) => {
    const path = await scene.file("one\n");
    const output = await scene.file("precious", "text.txt.zst");
    const refused = await scene.run("compress", path);
    assertEquals([refused.code, refused.stderr], [
      1,
      `linesvr: File exists: ${output}. Replace it with --force, or choose another -o.\n`,
    ]);
    assertEquals(await Deno.readTextFile(output), "precious");
    const itself = await scene.run("compress", path, "-o", path, "--force");
    assertMatch(
      itself.stderr,
      /^linesvr: Cannot write file: .* \(it is the input\)\. Choose another/,
    );
    await Deno.link(path, scene.path("link"));
    const linked = await scene.run("compress", path, "-o", scene.path("link"), "--force");
    assertStringIncludes(linked.stderr, "(it is the input)");
    const directory = await scene.run("compress", path, "-o", scene.directory, "--force");
    assertStringIncludes(directory.stderr, "(not a regular file)");
    assertEquals(await Deno.readTextFile(path), "one\n");
    assertEquals((await scene.run("compress", path, "--force")).code, 0);
    assertEquals(await textOf(output), latin1("one\n"));
    assertEquals(namesIn(scene.directory), [
      "link",
      "text.txt",
      "text.txt.zst",
      "text.txt.zst.lineidx",
    ]);
  },
);

sceneTest("linesvr compress refuses a compressed file, unless --raw is given", async (scene) => {
  const path = await scene.file("\x1f\x8b\x08 and so on");
  const refused = await scene.run("compress", path);
  assertEquals(
    refused.stderr,
    `linesvr: Cannot compress file: ${path} (compressed with gzip). ` +
      'Decompress it with "gunzip", or compress its bytes as they are with --raw.\n',
  );
  assertEquals(namesIn(scene.directory), ["text.txt"]);
  assertEquals((await scene.run("compress", path, "--raw")).code, 0);
  assertEquals(await textOf(`${path}.zst`), await Deno.readFile(path));
});

sceneTest(
  "linesvr compress gives a new file the mode of its input, and keeps that of a replaced one",
  async (scene) => {
    const path = await scene.file("one\n");
    const modeOf = async () => (await Deno.stat(`${path}.zst`)).mode! & 0o777;
    await Deno.chmod(path, 0o740);
    await scene.run("compress", path);
    assertEquals(await modeOf(), 0o640);
    await Deno.chmod(`${path}.zst`, 0o604);
    await scene.run("compress", path, "--force");
    assertEquals(await modeOf(), 0o604);
  },
  { ignore: isWindows },
);

/** Starts to compress a pipe that never ends, and waits until the temporary file is there. */
async function startCompressing(scene: Scene): Promise<Deno.ChildProcess> {
  const path = scene.path("pipe");
  await new Deno.Command("mkfifo", { args: [path] }).output();
  const isOpen = Deno.open(path, { write: true });
  const start = () => {
    const child = startProgram(["compress", path]);
    return { child, ended: child.status };
  };
  const { process, wasSo } = await untilInDirectory(
    scene.directory,
    start,
    () => namesIn(scene.directory).includes(`pipe.zst${OUTPUT_DRAFT_SUFFIX}`),
  );
  assert(wasSo);
  const { child } = process;
  const pipe = await isOpen;
  child.status.then(() => pipe.close());
  return child;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  sceneTest(`linesvr compress leaves nothing after ${signal}`, async (scene) => {
    const child = await startCompressing(scene);
    child.kill(signal);
    const { code, stderr } = await child.output();
    assertEquals(
      [code, new TextDecoder().decode(stderr)],
      [1, "linesvr: Interrupted. No compressed file was written.\n"],
    );
    assertEquals(namesIn(scene.directory), ["pipe"]);
  }, { ignore: isWindows });
}

sceneTest(
  "linesvr compress takes over what a killed one left, but no other file",
  async (scene) => {
    const child = await startCompressing(scene);
    child.kill("SIGKILL");
    await child.output();
    const draft = `pipe.zst${OUTPUT_DRAFT_SUFFIX}`;
    // The unfinished index may have been there already.
    const left = namesIn(scene.directory).filter((name) => name !== "pipe.zst.lineidx.building");
    assertEquals(left, ["pipe", draft]);
    const path = await scene.file("one\n");
    const args = ["compress", path, "-o", scene.path("pipe.zst")];
    await scene.file("precious", draft);
    const refused = await runProgram(args);
    assertEquals(
      refused.stderr,
      `linesvr: Not an unfinished file: ${scene.path(draft)}. Move it away.\n`,
    );
    assertEquals(await Deno.readTextFile(scene.path(draft)), "precious");
    await scene.file("\x28\xb5\x2f\xfd and so on", draft);
    assertEquals((await runProgram(args)).code, 0);
    assertEquals(await textOf(scene.path("pipe.zst")), latin1("one\n"));
    assertEquals(namesIn(scene.directory), ["pipe", "pipe.zst", "pipe.zst.lineidx", "text.txt"]);
  },
  { ignore: isWindows },
);

sceneTest(`linesvr compress leaves nothing if the disk is full${NEEDS_MOUNT}`, async (scene) => {
  const path = await scene.file(crypto.getRandomValues(new Uint8Array(65_536)));
  await withSmallDisk(32 * 1024, async (disk) => {
    const { code, stderr } = await scene.run("compress", path, "-o", `${disk}/out.zst`);
    assertEquals([code, stderr], [
      1,
      `linesvr: Cannot write file: ${disk}/out.zst (no space left on the device). ` +
      "Choose another path with -o.\n",
    ]);
    assertEquals(namesIn(disk), []);
  });
}, { ignore: !CAN_MOUNT });
