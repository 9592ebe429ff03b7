import { formatServerAddress } from "../../src/client/server_address.ts";
import type { ExpectedLines } from "./expected_lines.ts";
import { lineNumbersForClients, type LinePattern } from "./line_pattern.ts";
import type { LoadReport, LoadSettings, StepReport } from "./load_report.ts";
import { LoadStep, type StepSettings } from "./load_step.ts";
import type { LoadTarget } from "./load_target.ts";
import { describeMachine } from "./machine.ts";
import { ReceiveBuffers } from "./receive_buffers.ts";
import type { RequestLog } from "./request_log.ts";
import { Xoshiro128 } from "./xoshiro128.ts";

/** What a run is to do. */
export interface LoadOptions extends StepSettings {
  /** Whom to ask, one or more; the others are compared with the first. */
  readonly targets: readonly LoadTarget[];
  /** The numbers of clients of the steps, 1 or more each. */
  readonly clients: readonly number[];
  /** Which lines to ask for. */
  readonly pattern: LinePattern;
  /** Chooses the lines, 0 to 2^53 - 1. */
  readonly seed: number;
}

/** What a run works with. */
export interface LoadContext {
  /** Lines are asked for from 1 to this, 2^53 - 1 at most. */
  readonly lineCount: number;
  /** What the answers must be, `lineCount` lines or more; `undefined` where any line will do. */
  readonly lines?: ExpectedLines | undefined;
  /** The path of the text they came from, for the report. */
  readonly textPath?: string | undefined;
  /** Where each request is noted, if anywhere. */
  readonly log?: RequestLog | undefined;
  /** Ends the run, and the step that is under way. */
  readonly signal?: AbortSignal | undefined;
  /** Is told how far the run is. */
  readonly observer?: LoadObserver | undefined;
}

/** Is told how far a run is. */
export interface LoadObserver {
  /** A step begins: it can be looked at while it runs. */
  onStepBegin(step: LoadStep, stepNumber: number): void;
  /** A step has ended. */
  onStepEnd(step: LoadStep, report: StepReport, stepNumber: number): void;
}

/**
 * Asks servers for lines, with one number of clients after the other. Where there are several servers,
 * each step is done with all of them in turn, before the next: so what changes in the machine
 * meanwhile changes for all.
 *
 * In a step every server is asked for the same lines, and in every step for others.
 *
 * @returns what came of it; after an interrupt, of what was done
 * @throws {TextError} where the text can no longer be read
 * @throws {LoadFailure} where the log cannot be written
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

// Gives the steps of each target.
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
  observer?.onStepBegin(step, stepNumber);
  try {
    const report = await step.run();
    observer?.onStepEnd(step, report, stepNumber);
    return report;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

function settingsOf(options: LoadOptions, context: LoadContext): LoadSettings {
  const { clients, requests, durationMs, pipeline, pattern, seed, ratePerSecond } = options;
  return {
    clients,
    requests,
    durationMs,
    pipeline,
    pattern,
    seed,
    lines: context.lineCount,
    file: context.textPath ?? null,
    ratePerSecond,
  };
}
