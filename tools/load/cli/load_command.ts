import type { ExpectedLines } from "../expected_lines.ts";
import { findLineCount } from "../find_line_count.ts";
import { LoadFailure } from "../load_failure.ts";
import type { LoadReport } from "../load_report.ts";
import { openExpectedLines } from "../open_expected_lines.ts";
import { fillRedis } from "../redis_fill.ts";
import { RequestLog } from "../request_log.ts";
import { runLoad } from "../run_load.ts";
import { oneLine } from "../../../src/protocol/one_line.ts";
import { warmUp } from "../warm_up.ts";
import { CLIENTS_MAX } from "./client_counts.ts";
import { assertDistinctFiles } from "./distinct_files.ts";
import { EXIT_DONE, EXIT_FAILED } from "../../../src/cli/exit_code.ts";
import { onInterrupt } from "../../../src/cli/interrupt.ts";
import { type LoadArguments, parseLoadArguments } from "./load_arguments.ts";
import { LoadDisplay } from "./load_display.ts";
import { describeProblems } from "./load_problems.ts";
import { formatCount, LoadTable } from "./load_table.ts";
import { OutputFile } from "./output_file.ts";
import { Progress } from "../../../src/cli/progress.ts";
import type { Subcommand } from "../../../src/cli/subcommand.ts";

/** `linesvr load HOST:PORT`: measures servers, and looks at their answers. */
export const loadCommand: Subcommand = {
  help: `Usage: linesvr load HOST:PORT [options]

Asks a server for lines with more and more clients at once, each with a connection of its own, and shows
how long it takes. The address may be redis://HOST:PORT. The exit code is 1 where an answer was wrong,
ERR or "Server error: …", a connection failed, or the run was interrupted; what was measured until then
is shown and written.

What is asked:
  --lines N              lines 1 to N (default: all of FILE, or as many as are found with GET)
  --file FILE            compare every answer with FILE, byte for byte; of any size
  --pattern P            random, sequential or zipf (default: random)
  --seed N               another number asks for other lines (default: 1)

How:
  --clients LIST         50, or 1,10,50, or 1..601:10; ${CLIENTS_MAX} at most (default: 1..601:10)
  --requests N           requests of each client in a step (default: 10)
  --duration D           how long a step takes, instead of --requests
  --pipeline N           requests a client sends at once (default: 1)
  --rate R               requests a second of all clients together, whether answered or not: latency
                         counts from when a request was due; "p99 sent" from when it was sent
  --reconnect-after N    requests after which a client opens another connection (default: never)
  --timeout D            longest wait for a byte from the server (default: 10s)
  --protocol P           line, or redis: GET of the line's number (default: line)
  --fill                 first put all lines of FILE into the empty Redis

With others:
  --against LABEL=HOST:PORT   ask this server too, in turn, step by step; may be given several times
  --label NAME                what the first server is called (default: HOST:PORT)

What is written:
  --json FILE            all that was measured
  --report FILE.html     a page with charts
  --log FILE             a line for each request: <date>  <clients> <milliseconds>
  --help                 show this text

Durations are written as 500ms, 30s or 5m.`,
  run,
};

async function run(args: readonly string[]): Promise<number> {
  const parsed = parseLoadArguments(args);
  assertDistinctFiles([
    { flag: "--file", path: parsed.textPath },
    { flag: "--json", path: parsed.jsonPath },
    { flag: "--report", path: parsed.reportPath },
    { flag: "--log", path: parsed.logPath },
  ]);
  const interrupted = new AbortController();
  using _listening = onInterrupt(() =>
    interrupted.abort(new LoadFailure("Interrupted: nothing was measured"))
  );
  // Before anything else, so that a run is not lost because its result cannot be written.
  using json = await openOutput(parsed.jsonPath);
  using page = await openOutput(parsed.reportPath);
  using log = parsed.logPath === undefined ? undefined : await RequestLog.open(parsed.logPath);
  using lines = await readLines(parsed, interrupted.signal);
  const lineCount = await chooseLineCount(parsed, lines, interrupted.signal);
  if (parsed.isFillWanted) await fill(parsed, lines!, interrupted.signal);
  const report = await measure(parsed, { lineCount, lines, log, signal: interrupted.signal });
  await json?.write(`${JSON.stringify(report, null, 2)}\n`);
  if (page !== undefined) await page.write(await renderPage(report));
  return conclude(report);
}

// Loaded where it is asked for: it holds the whole chart library.
async function renderPage(report: LoadReport): Promise<string> {
  const { renderReport } = await import("../report/render_report.ts");
  return renderReport(report);
}

async function openOutput(path: string | undefined): Promise<OutputFile | undefined> {
  return path === undefined ? undefined : await OutputFile.open(path);
}

async function readLines(
  { textPath }: LoadArguments,
  signal: AbortSignal,
): Promise<ExpectedLines | undefined> {
  if (textPath === undefined) return undefined;
  const progress = new Progress("reading");
  return await openExpectedLines(textPath, {
    signal,
    onProgress: (doneBytes, allBytes) => progress.update(doneBytes, allBytes),
  }).finally(() => progress.clear());
}

async function chooseLineCount(
  { lineCount, textPath, options }: LoadArguments,
  lines: ExpectedLines | undefined,
  signal: AbortSignal,
): Promise<number> {
  if (lines === undefined) {
    return lineCount ??
      await findLineCount(options.targets[0]!, { timeoutMs: options.timeoutMs, signal });
  }
  if (lineCount === undefined) return lines.lineCount;
  if (lineCount <= lines.lineCount) return lineCount;
  throw new LoadFailure(
    `Fewer lines than --lines ${lineCount}: ${textPath} has ${lines.lineCount}: take so many at most`,
  );
}

async function fill(
  { options }: LoadArguments,
  lines: ExpectedLines,
  signal: AbortSignal,
): Promise<void> {
  const { targets, timeoutMs } = options;
  for (const { protocol, address } of targets) {
    if (protocol === "redis") await fillRedis(address, lines, { timeoutMs, signal });
  }
}

interface Measured {
  readonly lineCount: number;
  readonly lines: ExpectedLines | undefined;
  readonly log: RequestLog | undefined;
  readonly signal: AbortSignal;
}

async function measure(
  { options, textPath }: LoadArguments,
  measured: Measured,
): Promise<LoadReport> {
  const labels = options.targets.map(({ label }) => label);
  console.error(oneLine(describeRun(options.pattern, measured.lineCount, textPath, labels)));
  await warmUp();
  const table = new LoadTable({ labels, isOpenLoop: options.ratePerSecond !== null });
  using display = new LoadDisplay(table, options.clients.length, {
    print: (line) => console.log(line),
    warn: (line) => console.error(line),
    progress: Deno.stderr,
  });
  return await runLoad(options, { ...measured, textPath, observer: display });
}

function describeRun(
  pattern: string,
  lineCount: number,
  textPath: string | undefined,
  labels: readonly string[],
): string {
  const compared = textPath === undefined
    ? "not compared with a file"
    : `compared with ${textPath}`;
  return `asking ${labels.join(", ")}: ${pattern} lines of 1 to ${
    formatCount(lineCount)
  }, ${compared}`;
}

// Says what went wrong, and gives the exit code.
function conclude({ targets, isCutShort }: LoadReport): number {
  const problems = targets.flatMap((target) => describeProblems(target, targets.length === 1));
  if (isCutShort) problems.push("Interrupted: what was measured until then is above");
  for (const problem of problems) console.error(oneLine(problem));
  return problems.length === 0 ? EXIT_DONE : EXIT_FAILED;
}
