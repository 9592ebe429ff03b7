import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { BenchReport } from "../../tools/bench_serve/bench_report.ts";
import { ROWS } from "../../tools/bench_serve/rows.ts";
import { redisVersion } from "../../tools/bench_serve/redis_server.ts";
import { numberedLines } from "../support/e2e_bytes.ts";
import { PROGRAM } from "../support/e2e_process.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

const BENCH = new URL("../../tools/bench_serve.ts", import.meta.url).pathname;
const PERMISSIONS = ["--allow-read", "--allow-write", "--allow-run", "--allow-net=127.0.0.1"];

// What is measured takes signals and programs that only such systems have.
const ignore = Deno.build.os !== "linux";

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function bench(args: readonly string[]): Promise<Outcome> {
  const all = ["run", "--no-check", ...PERMISSIONS, BENCH, ...args];
  const output = await new Deno.Command(Deno.execPath(), { args: all, stdin: "null" }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: output.code, stdout: decode(output.stdout), stderr: decode(output.stderr) };
}

Deno.test("bench:serve --quick measures every row and writes it as Markdown and JSON", {
  ignore,
}, () =>
  inTemporaryDirectory(async (directory) => {
    const { code, stdout, stderr } = await bench(["--quick", "--dir", directory]);
    assertEquals(code, 0, stderr);
    assertEquals(stdout, await Deno.readTextFile(`${directory}/bench-serve.md`) + "\n");
    const json = await Deno.readTextFile(`${directory}/bench-serve.json`);
    const report: BenchReport = JSON.parse(json);
    assertEquals(report.rows.map(({ name }) => name), ROWS.map(({ name }) => name));
    const hasRedis = await redisVersion() !== undefined;
    for (const { name, leftOut, figures } of report.rows) {
      const isLeftOut = !hasRedis && ROWS.find((row) => row.name === name)!.needsRedis === true;
      assertEquals(leftOut !== null, isLeftOut, name);
      assertEquals(figures.length > 0, !isLeftOut, name);
      for (const { what, value } of figures) assert(Number.isFinite(value), `${name}: ${what}`);
      assertStringIncludes(stdout, `| ${name} | `);
    }
  }));

/** A program that serves another text than it is told to, after some other commands. */
async function writeProgram(directory: string, before: string): Promise<string> {
  const path = `${directory}/program.sh`;
  await Deno.writeTextFile(`${directory}/other.txt`, numberedLines(1_000));
  const script = `#!/bin/sh
${before}
shift 2
exec ${PROGRAM.join(" ")} serve ${directory}/other.txt "$@"
`;
  await Deno.writeTextFile(path, script, { mode: 0o755 });
  return path;
}

Deno.test("bench:serve fails, writes no table and names the row where an answer is wrong", {
  ignore,
}, () =>
  inTemporaryDirectory(async (directory) => {
    const program = await writeProgram(directory, "");
    const args = ["--quick", "--dir", directory, "--only", "workers", "--program", program];
    const { code, stdout, stderr } = await bench(args);
    assertEquals([code, stdout], [1, ""], stderr);
    assertStringIncludes(stderr, "bench:serve: Row workers failed: Ended with exit code 1: ");
    assertMatch(stderr, /^two workers, 50 MB: Wrong answer: line \d+: after \d+ right bytes/m);
    assertEquals(
      [...Deno.readDirSync(directory)].filter(({ name }) => /bench-serve/.test(name)),
      [],
    );
  }));

Deno.test(
  "bench:serve ends its processes when it is interrupted",
  { ignore },
  () =>
    inTemporaryDirectory(async (directory) => {
      // The server interrupts the benchmark, whose child it is.
      const program = await writeProgram(directory, `echo $$ > ${directory}/pid; kill -INT $PPID`);
      const args = ["--quick", "--duration", "1m", "--dir", directory, "--only", "workers"];
      const { code, stderr } = await bench([...args, "--program", program]);
      assertEquals(code, 1, stderr);
      assertMatch(stderr, /^bench:serve: Interrupted: nothing was written$/m);
      const pid = Number(await Deno.readTextFile(`${directory}/pid`));
      const signal = new Deno.Command("kill", { args: ["-0", `${pid}`], stderr: "null" });
      assertEquals((await signal.output()).success, false, `still running: ${pid}`);
    }),
);

Deno.test("bench:serve says in one line what is wrong with a command line", async () => {
  const { code, stderr } = await bench(["--only", "none"]);
  assertEquals(code, 2);
  assertMatch(stderr, /^bench:serve: No such row: none: take one of one, batch, .*idle\n$/);
});
