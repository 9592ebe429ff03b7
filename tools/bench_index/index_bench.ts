import { readHeader } from "../../src/index/index_reader.ts";
import { ensureText } from "../bench/bench_text.ts";
import { type CommandLine, evict, median, runProcess, warm } from "../bench/measure.ts";
import type { IndexBenchText } from "./index_bench_texts.ts";
import { peakMemoryOf } from "./peak_memory.ts";

export interface IndexBenchOptions {
  /** The directory of the files. */
  readonly directory: string;
  /** How often each process is started, 1 or more. */
  readonly runs: number;
  /** The command line up to the subcommand. */
  readonly program: (name: "index" | "get") => CommandLine;
}

/** The measurements of one file. */
export interface IndexBenchResult {
  readonly bench: IndexBenchText;
  /** The median time of the process `wc -l`. */
  readonly wcMs: number;
  /** The median time of the process `linesvr index`. */
  readonly indexMs: number;
  /** The median ratio of `linesvr index` to the `wc -l` before it. */
  readonly ratio: number;
  /** The peak memory of `linesvr index`; `undefined` if the system does not tell. */
  readonly peakBytes: number | undefined;
  readonly bytesPerLine: number;
  /** The median time of the process `linesvr get`, for the first, middle and last line. */
  readonly getMs: number;
}

/**
 * Indexes a file repeatedly, in turn with `wc -l`.
 *
 * @throws {Error} (as a rejection) if a process fails, or `get` prints a wrong line
 */
export async function benchIndex(
  bench: IndexBenchText,
  options: IndexBenchOptions,
): Promise<IndexBenchResult> {
  const textPath = await ensureText(options.directory, bench);
  const prepare = () => bench.isCached ? warm(textPath) : evict(textPath);
  const indexing: CommandLine = [...options.program("index"), textPath, "--force", "--quiet"];
  const wcMs: number[] = [];
  const indexMs: number[] = [];
  for (let run = 0; run < options.runs; run++) {
    await prepare();
    wcMs.push((await runProcess(["wc", "-l", textPath])).elapsedMs);
    await prepare();
    indexMs.push((await runProcess(indexing)).elapsedMs);
  }
  await prepare();
  const peakBytes = await peakMemoryOf(indexing);
  const { lines, indexBytes } = readHeader(`${textPath}.lineidx`);
  return {
    bench,
    wcMs: median(wcMs),
    indexMs: median(indexMs),
    ratio: median(indexMs.map((ms, run) => ms / wcMs[run]!)),
    peakBytes,
    bytesPerLine: indexBytes / lines,
    getMs: await timeGets(textPath, lines, options),
  };
}

async function timeGets(
  textPath: string,
  lines: number,
  { program, runs }: IndexBenchOptions,
): Promise<number> {
  const times: number[] = [];
  for (const line of [1, Math.ceil(lines / 2), lines]) {
    const expected = await lineByTail(textPath, line);
    for (let run = 0; run < runs; run++) {
      const { elapsedMs, output } = await runProcess([...program("get"), textPath, `${line}`]);
      if (decode(output) !== expected) throw new Error(`Wrong line: ${textPath} (line ${line})`);
      times.push(elapsedMs);
    }
  }
  return median(times);
}

// Finds the line without an index.
async function lineByTail(textPath: string, line: number): Promise<string> {
  const script = 'tail -n "+$1" "$2" | head -n 1';
  return decode((await runProcess(["sh", "-c", script, "sh", `${line}`, textPath])).output);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
