import { EXIT_DONE, EXIT_FAILED } from "../../../src/cli/subcommand.ts";
import { onInterrupt } from "../../../src/cli/terminal/interrupt.ts";
import { Progress } from "../../../src/cli/terminal/progress.ts";
import { oneLine } from "../../../src/protocol/one_line.ts";
import type { ExpectedLines } from "../lines/expected_lines.ts";
import { openExpectedLines } from "../lines/open_expected_lines.ts";
import { LoadFailure } from "../load_failure.ts";
import type { LoadReport } from "../load_report.ts";
import { RequestLog } from "../measure/request_log.ts";
import { runLoad } from "../measure/run_load.ts";
import { warmUp } from "../measure/warm_up.ts";
import { fillRedis } from "../target/fill_redis.ts";
import { findLineCount } from "../target/find_line_count.ts";
import { openTargetInTime } from "../target/open_target.ts";
import { CLIENTS_MAX } from "./client_counts.ts";
import { assertDistinctFiles } from "./distinct_files.ts";
import {
  BATCH_MAX,
  type LoadArguments,
  parseLoadArguments,
  PIPELINE_MAX,
} from "./load_arguments.ts";
import { LoadDisplay, type ProgramOutput } from "./load_display.ts";
import { describeProblems } from "./load_problems.ts";
import { formatCount, LoadTable } from "./load_table.ts";
import { OutputFile } from "./output_file.ts";
import { withPasswordFrom } from "./redis_password.ts";
import { describeVerdict } from "./verdict.ts";

/** What `--help` prints. */
export const HELP = `Usage: linesvr-load HOST:PORT [options]

"deno task load" starts linesvr-load.

Measures how many lines per second a server returns as the number of clients grows, and prints one row per
step. Each step uses one of the numbers of --clients. Each client has its own connection. To measure HTTP,
write http://HOST:PORT[/PREFIX]: line N is then GET /lines/N. To measure Redis, write
redis://[USER:PASSWORD@]HOST:PORT[/DATABASE]; rediss:// uses TLS.

The exit code is 1 if a reply was wrong, the server sent an error, a connection failed, or the run was
interrupted or could not start. If an interrupted run had started, its results so far are printed and written.

Lines to request:
  --lines N              request lines 1 to N (default: all lines of FILE; without FILE, the load tester
                         asks the server)
  --file FILE            compare each reply with FILE, byte for byte
  --pattern P            random, sequential or zipf (default: random)
  --seed N               seed of the random numbers; a different seed selects different lines (default: 1)

Clients and requests:
  --clients LIST         numbers of clients: 50, 1,10,50 or 1..601:10 (from 1 to 601 in steps of 10);
                         up to ${formatCount(CLIENTS_MAX)} (default: 1..601:10)
  --requests N           requests per client in a step (default: 10)
  --duration D           duration of a step, instead of --requests
  --pipeline N           pipeline depth: requests that a client sends in one write; up to
                         ${formatCount(PIPELINE_MAX)} (default: 1)
  --batch N              request N lines with one MGET, instead of --pipeline; each line counts as a request;
                         up to ${formatCount(BATCH_MAX)}; not for HTTP
  --rate R               send R requests per second in total, even if earlier ones are not answered yet;
                         latency is measured from the scheduled time; the column "p99 sent" is measured from
                         the time of sending
  --reconnect-after N    open a new connection after N requests (default: never)
  --timeout D            report an error if the server sends nothing for D (default: 10s)
  --protocol P           line or redis; redis sends GET with the line number as the key (default: line)
  --redis-password-file FILE
                         read the password of Redis from the first line of FILE
  --fill                 first store all lines of FILE in Redis, which must be empty

Comparison:
  --against LABEL=HOST:PORT   also measure this server in each step; can be given several times
  --label NAME                label of the first server (default: HOST:PORT)

Output files:
  --json FILE            write all measurements to FILE
  --report FILE.html     write a page with charts to FILE.html
  --log FILE             write one line per request to FILE: <date>  <clients> <milliseconds>
  --log-date FORMAT      iso: 2026-11-29T12:00:00.000Z; original: 2026/11/29 (default: iso)

Other options:
  --help                 show this text

Examples of durations are 500ms, 30s and 5m.`;

/**
 * Runs the load tester.
 *
 * @returns the exit code
 * @throws {UsageError} if the command line is wrong
 * @throws {LoadFailure} if nothing could be measured
 */
export async function loadCommand(args: readonly string[], output: ProgramOutput): Promise<number> {
  const parsed = await readPassword(parseLoadArguments(args));
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
  using json = await openOutput(parsed.jsonPath);
  using page = await openOutput(parsed.reportPath);
  using log = parsed.logPath === undefined
    ? undefined
    : await RequestLog.open(parsed.logPath, parsed.logDate);
  using lines = await readLines(parsed, interrupted.signal);
  const lineCount = await chooseLineCount(parsed, lines, interrupted.signal);
  if (parsed.isFillWanted) await fill(parsed, lines!, interrupted.signal);
  const measured = { lineCount, lines, log, signal: interrupted.signal };
  await checkLogins(parsed, interrupted.signal);
  await log?.begin();
  const report = await measure(parsed, measured, output);
  if (report.targets.every(({ steps }) => steps.length === 0)) interrupted.signal.throwIfAborted();
  await json?.write(`${JSON.stringify(report, null, 2)}\n`);
  if (page !== undefined) await page.write(await renderPage(report));
  return conclude(report, output);
}

async function readPassword(parsed: LoadArguments): Promise<LoadArguments> {
  const { passwordPath, options } = parsed;
  if (passwordPath === undefined) return parsed;
  const targets = await withPasswordFrom(passwordPath, options.targets);
  return { ...parsed, options: { ...options, targets } };
}

// Imported only when it is needed, because it contains the chart library.
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
  const count = formatCount(lines.lineCount);
  throw new LoadFailure(`Too few lines: ${textPath} (it has ${count}). Lower --lines.`);
}

async function fill(
  { options }: LoadArguments,
  lines: ExpectedLines,
  signal: AbortSignal,
): Promise<void> {
  const { targets, timeoutMs } = options;
  for (const target of targets) {
    if (target.protocol === "redis") await fillRedis(target, lines, { timeoutMs, signal });
  }
}

// A wrong password ends the run before it starts. The steps count all other failures.
async function checkLogins({ options }: LoadArguments, signal: AbortSignal): Promise<void> {
  const { targets, timeoutMs } = options;
  for (const target of targets.filter(({ session }) => session !== undefined)) {
    try {
      (await openTargetInTime(target, timeoutMs, signal)).close();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof LoadFailure) throw error;
    }
  }
}

interface MeasureOptions {
  readonly lineCount: number;
  readonly lines: ExpectedLines | undefined;
  readonly log: RequestLog | undefined;
  readonly signal: AbortSignal;
}

async function measure(
  { options, textPath }: LoadArguments,
  context: MeasureOptions,
  output: ProgramOutput,
): Promise<LoadReport> {
  const labels = options.targets.map(({ label }) => label);
  output.warn(oneLine(describeRun(options.pattern, context.lineCount, textPath, labels)));
  for (const protocol of new Set(options.targets.map(({ protocol }) => protocol))) {
    await warmUp(protocol);
  }
  const table = new LoadTable({
    labels,
    isOpenLoop: options.ratePerSecond !== null,
    widthMax: output.columns?.("print"),
  });
  using display = new LoadDisplay(table, options.clients.length, output, Deno.stderr);
  return await runLoad(options, { ...context, textPath, observer: display });
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
  return `measuring ${labels.join(", ")}: ${pattern} lines from 1 to ${
    formatCount(lineCount)
  }, ${compared}`;
}

// Prints the verdict and what went wrong, and returns the exit code.
function conclude({ targets, isCutShort, settings }: LoadReport, output: ProgramOutput): number {
  const { print, warn } = output;
  const isOnly = targets.length === 1;
  const { file } = settings;
  for (const target of targets) print(oneLine(describeVerdict(target, { file, isOnly })));
  const problems = targets.flatMap((target) => describeProblems(target, isOnly));
  if (isCutShort) problems.push("Interrupted: the results so far are above");
  for (const problem of problems) warn(oneLine(problem));
  return problems.length === 0 ? EXIT_DONE : EXIT_FAILED;
}
