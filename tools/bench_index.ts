/**
 * Compares `linesvr index` with `wc -l`: `deno task bench:index [options]`, see `--help`.
 *
 * @module
 */
import { parseCommandLine, parseInteger } from "../src/cli/command_line.ts";
import { UsageError } from "../src/cli/usage_error.ts";
import type { CommandLine } from "./bench/run_process.ts";
import { type ProgramTask, taskCommand } from "./bench/task_command.ts";
import { benchIndex, type IndexBenchOptions } from "./bench_index/index_bench.ts";
import { INDEX_BENCH_TEXTS } from "./bench_index/index_bench_texts.ts";
import { resultsTable } from "./bench_index/results_table.ts";

const HELP = `Compare "linesvr index" with "wc -l", in turns, whole process with whole process.

Usage: deno task bench:index [options]

  --dir DIR        where the texts are made, and stay: 16 GB in all (default: ./bench-texts)
  --only NAME      one text:
${
  INDEX_BENCH_TEXTS.map(({ name, what }) => `                     ${name.padEnd(7)}${what}`).join(
    "\n",
  )
}
  --runs N         how often each process is run (default: 7)
  --program PATH   a compiled linesvr, instead of the tasks
  --help           show this

It needs wc, dd, grep, sh, tail and head. The table has medians; in brackets stands the most that a
figure may be.`;

const RUNS_MAX = 1000;

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) return console.log(HELP);
  const { values } = parseCommandLine(args, {
    command: "bench:index",
    positionals: [],
    values: ["dir", "only", "runs", "program"],
    switches: [],
  });
  const options: IndexBenchOptions = {
    directory: values.dir ?? "bench-texts",
    runs: values.runs === undefined ? 7 : parseInteger(values.runs, "--runs", 1, RUNS_MAX),
    program: (name) => [...programOf(name, values.program), name],
  };
  const texts = INDEX_BENCH_TEXTS.filter(({ name }) => name === (values.only ?? name));
  if (texts.length === 0) {
    throw new UsageError(
      `No such text: ${values.only}: take one of ${
        INDEX_BENCH_TEXTS.map(({ name }) => name).join(", ")
      }`,
    );
  }
  await Deno.mkdir(options.directory, { recursive: true });
  const results = [];
  for (const text of texts) results.push(await benchIndex(text, options));
  console.log(resultsTable(results));
}

function programOf(task: ProgramTask, compiledPath: string | undefined): CommandLine {
  return compiledPath === undefined ? taskCommand(task) : [compiledPath];
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    console.error(`bench:index: ${error instanceof Error ? error.message : error}`);
    Deno.exit(error instanceof UsageError ? 2 : 1);
  }
}
