/**
 * Measures the server: `deno task bench:serve [options]`, see `--help`.
 *
 * @module
 */
import { parseCommandLine, parseInteger } from "../src/cli/command_line.ts";
import { parseDuration } from "../src/cli/units.ts";
import { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, UsageError } from "../src/cli/subcommand.ts";
import { onInterrupt } from "../src/cli/terminal/interrupt.ts";
import type { CommandLine } from "./bench/measure.ts";
import { taskCommand } from "./bench/task_command.ts";
import type { BenchReport } from "./bench_serve/bench_report.ts";
import type { BenchRow, BenchSettings } from "./bench_serve/bench_row.ts";
import { FULL_SCALE, QUICK_SCALE } from "./bench_serve/bench_scale.ts";
import { isReached } from "./bench_serve/figure.ts";
import { markdownReport } from "./bench_serve/markdown_report.ts";
import { againstRows } from "./bench_serve/rows/against_rows.ts";
import { ROWS } from "./bench_serve/rows/rows.ts";
import { benchServe } from "./bench_serve/serve_bench.ts";

const HELP = `Usage: deno task bench:serve [options]

Measures the server and compares it with Redis. Each reply is compared with the file.

Options:
  --dir DIR        folder of the files, which need 11 GB and are created if missing; also folder of the
                   results, bench-serve.md and bench-serve.json (default: ./bench-texts)
  --against DIR    compare this checkout with the checkout in DIR instead of Redis; measure both
                   alternately, and print the ratios of their requests per second
  --only ROW       measure only this row; can be given several times:
${rowsHelp(ROWS)}
                   with --against: ${againstRows(["deno"]).map(({ name }) => name).join(", ")}
  --runs N         number of runs of each measurement (default: 5; 7 with --against)
  --duration D     duration of a run (default: 2s)
  --workers N      with Redis: second number of workers to measure, after one worker (default: one per
                   core); with --against: number of workers of both servers (default: 1)
  --program PATH   run the binary PATH instead of "deno run main.ts"
  --quick          use tiny files to test the benchmark; the figures do not affect the exit code
  --help           show this text

The benchmark needs grep, dd and uname. Without redis-server, the rows with Redis are skipped. The exit
code is 1 if a reply was wrong, a program failed, or a figure does not meet its requirement.`;

const RUNS_MAX = 1_000;
const WORKERS_MAX = 256;

function rowsHelp(rows: readonly BenchRow[]): string {
  return rows.map(({ name, what }) => `                     ${name.padEnd(17)}${what}`).join("\n");
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    console.log(HELP);
    return EXIT_DONE;
  }
  const { values, lists, switches } = parseCommandLine(args, {
    command: "deno task bench:serve",
    positionals: [],
    values: ["against", "dir", "runs", "duration", "workers", "program"],
    lists: ["only"],
    switches: ["quick"],
  });
  const { quick } = switches;
  const isAgainst = values.against !== undefined;
  const runsDefault = isAgainst ? "7" : "5";
  const workersDefault = isAgainst ? 1 : navigator.hardwareConcurrency;
  const settings: BenchSettings = {
    directory: values.dir ?? "bench-texts",
    runs: parseInteger(values.runs ?? (quick ? "1" : runsDefault), "--runs", 1, RUNS_MAX),
    durationMs: parseDuration(values.duration ?? (quick ? "100ms" : "2s"), "--duration"),
    workers: values.workers === undefined
      ? workersDefault
      : parseInteger(values.workers, "--workers", 1, WORKERS_MAX),
    scale: quick ? QUICK_SCALE : FULL_SCALE,
    isQuick: quick,
    program: values.program === undefined ? taskCommand("serve") : binary(values.program),
  };
  const allRows = isAgainst ? againstRows(checkout(values.against)) : ROWS;
  const rows = chooseRows(allRows, lists.only);
  await Deno.mkdir(settings.directory, { recursive: true });
  const interrupted = new AbortController();
  using _listening = onInterrupt(() =>
    interrupted.abort(new Error("Interrupted: nothing was written"))
  );
  const report = await benchServe(rows, settings, interrupted.signal);
  await write(report, settings.directory);
  return settings.isQuick || isAllReached(report) ? EXIT_DONE : EXIT_FAILED;
}

function checkout(directory: string): CommandLine {
  const root = `${Deno.realPathSync(directory)}/`;
  return taskCommand("serve", { root });
}

function chooseRows(rows: readonly BenchRow[], names: readonly string[]): readonly BenchRow[] {
  const unknown = names.find((name) => !rows.some((row) => row.name === name));
  if (unknown === undefined) {
    return names.length === 0 ? rows : rows.filter(({ name }) => names.includes(name));
  }
  const all = rows.map(({ name }) => name).join(", ");
  throw new UsageError(`--only must be one of ${all}, not ${unknown}.`);
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
    Deno.exit(error instanceof UsageError ? EXIT_USAGE : EXIT_FAILED);
  }
}
