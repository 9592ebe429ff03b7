/**
 * Measures indexing: `deno task bench:index [options]`, see `--help`.
 *
 * @module
 */
import { parseCommandLine, parseInteger } from "../src/cli/command_line.ts";
import { UsageError } from "../src/cli/subcommand.ts";
import type { CommandLine } from "./bench/measure.ts";
import { type ProgramTask, taskCommand } from "./bench/task_command.ts";
import { benchIndex, type IndexBenchOptions } from "./bench_index/index_bench.ts";
import { INDEX_BENCH_TEXTS } from "./bench_index/index_bench_texts.ts";
import { resultsTable } from "./bench_index/results_table.ts";

const HELP = `Usage: deno task bench:index [options]

Runs "linesvr index" and "wc -l" alternately and compares their times.

Options:
  --dir DIR        folder of the files, which need 16 GB and are created if missing
                   (default: ./bench-texts)
  --only NAME      use only this file:
${
  INDEX_BENCH_TEXTS.map(({ name, what }) => `                     ${name.padEnd(7)}${what}`).join(
    "\n",
  )
}
  --runs N         number of runs of each program (default: 7)
  --program PATH   run the binary PATH instead of "deno run main.ts"
  --help           show this text

The benchmark needs wc, dd, grep, sh, tail and head. The table shows medians, with the allowed maximum in
parentheses.`;

const RUNS_MAX = 1000;

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) return console.log(HELP);
  const { values } = parseCommandLine(args, {
    command: "deno task bench:index",
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
      `--only must be one of ${
        INDEX_BENCH_TEXTS.map(({ name }) => name).join(", ")
      }, not ${values.only}.`,
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
