import { readHeader } from "../../src/index/index_file.ts";
import { ensureText } from "../bench/bench_text.ts";
import { median } from "../bench/median.ts";
import { type CommandLine, runProcess } from "../bench/run_process.ts";
import { evict, warm } from "../bench/system_cache.ts";
import type { IndexBenchText } from "./index_bench_texts.ts";
import { peakMemoryOf } from "./peak_memory.ts";

/** How the benchmark is run. */
export interface IndexBenchOptions {
  /** Where the texts are, or are made. */
  readonly directory: string;
  /** How often each process is run: 1 or more. */
  readonly runs: number;
  /** The words before `FILE` of `index FILE`, or before `FILE N` of `get FILE N`. */
  readonly program: (name: "index" | "get") => CommandLine;
}

/** What was measured of one text. */
export interface IndexBenchResult {
  /** The text. */
  readonly bench: IndexBenchText;
  /** The time of `wc -l`, whole process: the median. */
  readonly wcMs: number;
  /** The time of `linesvr index`, whole process: the median. */
  readonly indexMs: number;
  /** The median of what each `linesvr index` took, by the `wc -l` before it. */
  readonly ratio: number;
  /** The most memory that `linesvr index` held, where the system tells. */
  readonly peakBytes: number | undefined;
  /** The size of the index by the number of lines. */
  readonly bytesPerLine: number;
  /** The time of `linesvr get`, whole process: the median for the first, middle and last line. */
  readonly getMs: number;
}

/**
 * Indexes a text again and again, in turns with `wc -l`.
 *
 * @throws {Error} where a process fails, or a line that `get` gives is not the text's
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
      if (decode(output) !== expected) throw new Error(`Wrong line: ${line} of ${textPath}`);
      times.push(elapsedMs);
    }
  }
  return median(times);
}

// The line as programs find it that know no index.
async function lineByTail(textPath: string, line: number): Promise<string> {
  const script = 'tail -n "+$1" "$2" | head -n 1';
  return decode((await runProcess(["sh", "-c", script, "sh", `${line}`, textPath])).output);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
