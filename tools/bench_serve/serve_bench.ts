import config from "../../deno.json" with { type: "json" };
import { runProcess } from "../bench/measure.ts";
import { describeMachine } from "../load/measure/machine.ts";
import type { BenchReport, RowReport } from "./bench_report.ts";
import type { BenchRow, BenchSettings } from "./bench_row.ts";
import { describeFigure } from "./markdown_report.ts";
import { sumRow } from "./rows/against_rows.ts";
import { Processes } from "./servers/processes.ts";
import { redisVersion } from "./servers/redis_server.ts";

/**
 * Measures rows, one after the other.
 *
 * @param interrupted aborts with its reason
 * @throws {Error} (as a rejection) if an answer was wrong, or anything else failed; names the row
 */
export async function benchServe(
  rows: readonly BenchRow[],
  settings: BenchSettings,
  interrupted: AbortSignal,
): Promise<BenchReport> {
  const startedAt = new Date().toISOString();
  const redis = await redisVersion();
  const reports: RowReport[] = [];
  const add = (report: RowReport) => {
    printProgress(report);
    reports.push(report);
  };
  for (const row of rows) {
    const { name, what } = row;
    add(
      row.needsRedis && redis === undefined
        ? { name, what, skipped: "redis-server is not installed", figures: [] }
        : await runRow(row, settings, interrupted),
    );
  }
  const sum = sumRow(reports);
  if (sum !== undefined) add(sum);
  const { runs, durationMs, workers, isQuick, scale } = settings;
  return {
    version: 2,
    startedAt,
    machine: describeMachine(),
    kernel: await kernel(),
    versions: { linesvr: config.version, deno: Deno.version.deno, redis: redis ?? null },
    settings: {
      ...{ runs, durationMs, workers, isQuick },
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
    return { name, what, skipped: null, figures };
  } catch (error) {
    interrupted.throwIfAborted();
    throw new Error(`Row failed: ${name}. ${error instanceof Error ? error.message : error}`);
  } finally {
    await Deno.remove(scratchDirectory, { recursive: true });
  }
}

function printProgress({ name, skipped, figures }: RowReport): void {
  if (skipped !== null) console.error(`${name}: skipped (${skipped})`);
  for (const figure of figures) console.error(`${name}: ${figure.what}: ${describeFigure(figure)}`);
}

async function kernel(): Promise<string> {
  const { output } = await runProcess(["uname", "-srm"]);
  return new TextDecoder().decode(output).trim();
}
