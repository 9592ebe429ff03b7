import { describeMachine } from "../load/machine.ts";
import { VERSION } from "../../src/cli/version.ts";
import { runProcess } from "../bench/run_process.ts";
import type { BenchReport, RowReport } from "./bench_report.ts";
import type { BenchRow } from "./bench_row.ts";
import type { BenchSettings } from "./bench_settings.ts";
import { describeFigure } from "./markdown_report.ts";
import { Processes } from "./processes.ts";
import { redisVersion } from "./redis_server.ts";

/**
 * Measures rows, one after the other.
 *
 * @param interrupted ends it at once
 * @throws {Error} (as a rejection) where one answer was wrong, or anything failed; names the row
 */
export async function benchServe(
  rows: readonly BenchRow[],
  settings: BenchSettings,
  interrupted: AbortSignal,
): Promise<BenchReport> {
  const startedAt = new Date().toISOString();
  const redis = await redisVersion();
  const reports: RowReport[] = [];
  for (const row of rows) {
    const report = row.needsRedis && redis === undefined
      ? { name: row.name, what: row.what, leftOut: "redis-server is not installed", figures: [] }
      : await runRow(row, settings, interrupted);
    showProgress(report);
    reports.push(report);
  }
  const { directory: _directory, program: _program, scale, ...asked } = settings;
  return {
    version: 1,
    startedAt,
    machine: describeMachine(),
    kernel: await kernel(),
    versions: { linesvr: VERSION, deno: Deno.version.deno, redis: redis ?? null },
    settings: {
      ...asked,
      smallText: scale.smallText.what,
      uncachedText: scale.uncachedText.what,
      largeText: scale.largeText.what,
    },
    rows: reports,
  };
}

async function runRow(
  { name, what, run }: BenchRow,
  settings: BenchSettings,
  interrupted: AbortSignal,
): Promise<RowReport> {
  console.error(`measuring ${name}: ${what}`);
  const scratchDirectory = await Deno.makeTempDir();
  try {
    await using processes = new Processes(interrupted);
    const figures = await run({ settings, processes, scratchDirectory, interrupted });
    return { name, what, leftOut: null, figures };
  } catch (error) {
    interrupted.throwIfAborted();
    throw new Error(`Row ${name} failed: ${error instanceof Error ? error.message : error}`);
  } finally {
    await Deno.remove(scratchDirectory, { recursive: true });
  }
}

function showProgress({ name, leftOut, figures }: RowReport): void {
  if (leftOut !== null) console.error(`${name}: left out: ${leftOut}`);
  for (const figure of figures) console.error(`${name}: ${figure.what}: ${describeFigure(figure)}`);
}

async function kernel(): Promise<string> {
  const { output } = await runProcess(["uname", "-srm"]);
  return new TextDecoder().decode(output).trim();
}
