import { formatServerAddress } from "../../../src/client/server_address.ts";
import type { ExpectedLines } from "../lines/expected_lines.ts";
import type { LoadReport, LoadSettings, StepReport } from "../load_report.ts";
import { lineNumbersForClients, type LinePattern } from "../pattern/line_pattern.ts";
import { Xoshiro128 } from "../pattern/xoshiro128.ts";
import type { LoadTarget } from "../target/load_target.ts";
import { LoadStep, type StepSettings } from "./load_step.ts";
import { describeMachine } from "./machine.ts";
import { ReceiveBuffers } from "./receive_buffers.ts";
import type { RequestLog } from "./request_log.ts";

export interface LoadOptions extends StepSettings {
  /** One or more; the others are compared with the first. */
  readonly targets: readonly LoadTarget[];
  /** The number of clients of each step, 1 or more. */
  readonly clients: readonly number[];
  readonly pattern: LinePattern;
  /** Selects the lines, 0 to 2^53 - 1. */
  readonly seed: number;
}

export interface LoadContext {
  /** Lines 1 to this are requested, 2^53 - 1 at most. */
  readonly lineCount: number;
  /** The correct answers, at least `lineCount`; `undefined` to accept any line. */
  readonly lines?: ExpectedLines | undefined;
  /** The path of the file, for the report. */
  readonly textPath?: string | undefined;
  readonly log?: RequestLog | undefined;
  /** Ends the run and the current step. */
  readonly signal?: AbortSignal | undefined;
  readonly observer?: LoadObserver | undefined;
}

/** Receives the progress of a run. */
export interface LoadObserver {
  /** The step's progress can be read while it runs. */
  onStepStart(step: LoadStep, stepNumber: number): void;
  onStepEnd(step: LoadStep, report: StepReport, stepNumber: number): void;
}

/**
 * Measures servers with one number of clients after the other. Several servers are measured in turn,
 * step by step, so that changes of the machine's speed affect all of them.
 *
 * In one step all servers receive the same requests; the next step requests other lines.
 *
 * @returns the report; after an abort, the report of what was done
 * @throws {LoadFailure} if the file cannot be read any more, or the log cannot be written
 */
export async function runLoad(options: LoadOptions, context: LoadContext): Promise<LoadReport> {
  const startedAt = new Date().toISOString();
  const reports = await runSteps(options, context);
  await context.log?.flush();
  return {
    version: 1,
    startedAt,
    isCutShort: context.signal?.aborted === true,
    machine: describeMachine(),
    settings: settingsOf(options, context),
    targets: options.targets.map(({ label, address, protocol }, i) => ({
      label,
      address: formatServerAddress(address),
      protocol,
      steps: reports[i]!,
    })),
  };
}

// Returns the steps of each target.
async function runSteps(options: LoadOptions, context: LoadContext): Promise<StepReport[][]> {
  const { pattern, clients, targets } = options;
  const { lineCount, lines, log, signal } = context;
  const seeds = Xoshiro128.fromSeed(options.seed);
  const buffers = new ReceiveBuffers();
  const reports: StepReport[][] = targets.map(() => []);
  for (const [i, clientCount] of clients.entries()) {
    const seed = seeds.nextUint32();
    for (const [j, target] of targets.entries()) {
      if (signal?.aborted === true) return reports;
      const lineNumbers = lineNumbersForClients(pattern, clientCount, lineCount, seed);
      const step = new LoadStep({ settings: options, target, lineNumbers, lines, buffers, log });
      reports[j]!.push(await runStep(step, i + 1, context));
    }
  }
  return reports;
}

async function runStep(
  step: LoadStep,
  stepNumber: number,
  { signal, observer }: LoadContext,
): Promise<StepReport> {
  const stop = () => step.stop();
  signal?.addEventListener("abort", stop);
  observer?.onStepStart(step, stepNumber);
  try {
    const report = await step.run();
    observer?.onStepEnd(step, report, stepNumber);
    return report;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

function settingsOf(options: LoadOptions, context: LoadContext): LoadSettings {
  const { clients, requests, durationMs, pipeline, command, pattern, seed, ratePerSecond } =
    options;
  return {
    clients,
    requests,
    durationMs,
    pipeline,
    command,
    pattern,
    seed,
    lines: context.lineCount,
    file: context.textPath ?? null,
    ratePerSecond,
  };
}
