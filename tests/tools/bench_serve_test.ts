import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { BenchReport } from "../../tools/bench_serve/bench_report.ts";
import { ROWS } from "../../tools/bench_serve/rows/rows.ts";
import { redisVersion } from "../../tools/bench_serve/servers/redis_server.ts";
import { numberedLines } from "../support/e2e_bytes.ts";
import { PROGRAM, PROJECT_ROOT } from "../support/e2e_process.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

const BENCH = new URL("../../tools/bench_serve.ts", import.meta.url).pathname;
const PERMISSIONS = ["--allow-read", "--allow-write", "--allow-run", "--allow-net=127.0.0.1"];

// The benchmark uses signals and programs of Linux.
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

Deno.test("bench:serve --quick measures all rows and writes Markdown and JSON", {
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
    for (const { name, skipped, figures } of report.rows) {
      const isSkipped = !hasRedis && ROWS.find((row) => row.name === name)!.needsRedis === true;
      assertEquals(skipped !== null, isSkipped, name);
      assertEquals(figures.length > 0, !isSkipped, name);
      for (const { what, value } of figures) assert(Number.isFinite(value), `${name}: ${what}`);
      assertStringIncludes(stdout, `| ${name} | `);
    }
  }));

Deno.test(
  "bench:serve --against compares each row with another checkout",
  { ignore },
  () =>
    inTemporaryDirectory(async (directory) => {
      const args = ["--quick", "--dir", directory, "--against", PROJECT_ROOT, "--runs", "2"];
      const { code, stdout, stderr } = await bench(args);
      assertEquals(code, 0, stderr);
      const json = await Deno.readTextFile(`${directory}/bench-serve.json`);
      const { rows }: BenchReport = JSON.parse(json);
      const ratios = ["depth-1", "depth-16", "clients-500", "reconnect", "large-warm"];
      assertEquals(rows.map(({ name }) => name), [...ratios, "cold-neighbours", "sum"]);
      for (const { name, figures: [figure] } of rows.slice(0, 5)) {
        assertEquals(figure!.runs.length, 2, name);
        assertEquals(figure!.servers.map(({ label }) => label), ["new", "old"]);
      }
      const sum = rows.at(-1)!.figures[0]!;
      const sumOf = (server: number) =>
        rows.slice(0, 5).reduce(
          (sum, { figures }) => sum + figures[0]!.servers[server]!.requestsPerSecond,
          0,
        );
      assertEquals(sum.value, sumOf(0) / sumOf(1));
      assertStringIncludes(stdout, "| sum | ");
    }),
);

/** Creates a program that runs other commands, then serves another file than it should. */
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

Deno.test("bench:serve fails, writes nothing and names the row if an answer is wrong", {
  ignore,
}, () =>
  inTemporaryDirectory(async (directory) => {
    const program = await writeProgram(directory, "");
    const args = ["--quick", "--dir", directory, "--only", "workers", "--program", program];
    const { code, stdout, stderr } = await bench(args);
    assertEquals([code, stdout], [1, ""], stderr);
    assertStringIncludes(stderr, "bench:serve: Row failed: workers. Exit code 1: ");
    assertMatch(
      stderr,
      /^two workers, 50 MB: Wrong answer: line \d+ \(from byte \d+ of the reply/m,
    );
    assertEquals(
      [...Deno.readDirSync(directory)].filter(({ name }) => /bench-serve/.test(name)),
      [],
    );
  }));

Deno.test(
  "bench:serve kills its processes at SIGINT",
  { ignore },
  () =>
    inTemporaryDirectory(async (directory) => {
      // The server interrupts the benchmark, which is its parent.
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

Deno.test("bench:serve prints one line and exits with 2 if the command line is wrong", async () => {
  const { code, stderr } = await bench(["--only", "none"]);
  assertEquals(code, 2);
  assertMatch(
    stderr,
    /^bench:serve: --only must be one of depth-1, depth-16, .*idle, not none\.\n$/,
  );
});
