/**
 * Measures the server, beside others: `deno task bench:serve [options]`, see `--help`.
 *
 * @module
 */
import { parseCommandLine, parseInteger } from "../src/cli/command_line.ts";
import { parseDuration } from "../src/cli/duration.ts";
import { onInterrupt } from "../src/cli/interrupt.ts";
import { UsageError } from "../src/cli/usage_error.ts";
import { WORKERS_MAX } from "../src/server/workers/worker_pool.ts";
import type { CommandLine } from "./bench/run_process.ts";
import { FULL_SCALE, QUICK_SCALE } from "./bench_serve/bench_scale.ts";
import type { BenchSettings } from "./bench_serve/bench_settings.ts";
import type { BenchReport } from "./bench_serve/bench_report.ts";
import type { BenchRow } from "./bench_serve/bench_row.ts";
import { isReached } from "./bench_serve/figure.ts";
import { markdownReport } from "./bench_serve/markdown_report.ts";
import { ROWS } from "./bench_serve/rows.ts";
import { benchServe } from "./bench_serve/serve_bench.ts";
import { taskCommand } from "./bench/task_command.ts";

const HELP = `Measure the server, side by side with others, and compare every answer with the file.

Usage: deno task bench:serve [options]

  --dir DIR        where the texts are made, and stay: 11 GB in all (default: ./bench-texts); the
                   table is written there too, as bench-serve.md and bench-serve.json
  --only ROW       one row; may be given several times:
${ROWS.map(({ name, what }) => `                     ${name.padEnd(17)}${what}`).join("\n")}
  --runs N         how often each is measured (default: 5)
  --duration D     how long a run takes (default: 2s)
  --workers N      workers that are compared with Redis, beside one (default: one for each processor)
  --program PATH   a compiled linesvr as the server, instead of "deno run main.ts"
  --quick          tiny texts: whether it works at all; the exit code tells nothing about the figures
  --help           show this

It needs grep, dd and uname; redis-server too, or else the rows against Redis are left out. The exit
code is 1 where an answer was wrong, anything failed, or a figure is not what is asked for.`;

const RUNS_MAX = 1000;

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    console.log(HELP);
    return 0;
  }
  const { values, lists, switches } = parseCommandLine(args, {
    command: "bench:serve",
    positionals: [],
    values: ["dir", "runs", "duration", "workers", "program"],
    lists: ["only"],
    switches: ["quick"],
  });
  const settings: BenchSettings = {
    directory: values.dir ?? "bench-texts",
    runs: parseInteger(values.runs ?? (switches.quick ? "1" : "5"), "--runs", 1, RUNS_MAX),
    durationMs: parseDuration(values.duration ?? (switches.quick ? "100ms" : "2s"), "--duration"),
    workers: values.workers === undefined
      ? navigator.hardwareConcurrency
      : parseInteger(values.workers, "--workers", 1, WORKERS_MAX),
    scale: switches.quick ? QUICK_SCALE : FULL_SCALE,
    isQuick: switches.quick,
    program: values.program === undefined ? taskCommand("serve") : binary(values.program),
  };
  const rows = chooseRows(lists.only);
  await Deno.mkdir(settings.directory, { recursive: true });
  const interrupted = new AbortController();
  using _listening = onInterrupt(() =>
    interrupted.abort(new Error("Interrupted: nothing was written"))
  );
  const report = await benchServe(rows, settings, interrupted.signal);
  await write(report, settings.directory);
  return settings.isQuick || isAllReached(report) ? 0 : 1;
}

function chooseRows(names: readonly string[]): readonly BenchRow[] {
  const unknown = names.find((name) => !ROWS.some((row) => row.name === name));
  if (unknown === undefined) {
    return names.length === 0 ? ROWS : ROWS.filter(({ name }) => names.includes(name));
  }
  const all = ROWS.map(({ name }) => name).join(", ");
  throw new UsageError(`No such row: ${unknown}: take one of ${all}`);
}

// The deno command raises its limit of open files itself.
function binary(path: string): CommandLine {
  return ["sh", "-c", 'ulimit -S -n "$(ulimit -H -n)"; exec "$@"', "sh", path];
}

async function write(report: BenchReport, directory: string): Promise<void> {
  const markdown = markdownReport(report);
  await Deno.writeTextFile(`${directory}/bench-serve.md`, markdown);
  const json = `${JSON.stringify(report, null, 2)}\n`;
  await Deno.writeTextFile(`${directory}/bench-serve.json`, json);
  console.log(markdown);
}

function isAllReached({ rows }: BenchReport): boolean {
  return rows.every(({ figures }) => figures.every((figure) => isReached(figure) !== false));
}

if (import.meta.main) {
  try {
    Deno.exitCode = await main(Deno.args);
  } catch (error) {
    console.error(`bench:serve: ${error instanceof Error ? error.message : error}`);
    Deno.exit(error instanceof UsageError ? 2 : 1);
  }
}
