import { createChecker } from "../check/create_checker.ts";
import type { ExpectedLines } from "../lines/expected_lines.ts";
import type { LoadCommand, StepReport } from "../load_report.ts";
import type { LineNumbers } from "../pattern/line_numbers.ts";
import { encoderOf, type LoadTarget } from "../target/load_target.ts";
import { LoadClient } from "./load_client.ts";
import { OwnCpu } from "./machine.ts";
import type { ReceiveBuffers } from "./receive_buffers.ts";
import type { RequestLog } from "./request_log.ts";
import { StepSchedule } from "./step_schedule.ts";
import { StepTally } from "./step_tally.ts";

/** A wrong reply that is this much longer than the whole file is considered endless. */
const SKIP_SLACK_BYTES = 1024 * 1024;

/** From this share of one processor on, the load tester may be what limits the figures. */
const SATURATED_FROM_SHARE = 0.9;

/** The settings that all steps of a run share. */
export interface StepSettings {
  /** How many lines a client requests in one write, 1 or more. */
  readonly pipeline: number;
  readonly command: LoadCommand;
  /** How many requests a client sends in a step, 1 or more; `null` if a step has a duration. */
  readonly requests: number | null;
  /** How long a step takes; `null` if it has a number of requests. */
  readonly durationMs: number | null;
  /** Requests per second of all clients together; `null` for a closed loop. */
  readonly ratePerSecond: number | null;
  /** How many requests a client sends on one connection; `Infinity` for all. */
  readonly reconnectAfter: number;
  /** A connection fails after this time without a byte from the server; detected within twice that. */
  readonly timeoutMs: number;
}

export interface StepOptions {
  readonly settings: StepSettings;
  readonly target: LoadTarget;
  /** One for each client. */
  readonly lineNumbers: readonly LineNumbers[];
  /** The correct answers; `undefined` to accept any line. */
  readonly lines: ExpectedLines | undefined;
  readonly buffers: ReceiveBuffers;
  readonly log: RequestLog | undefined;
}

/**
 * Measures one target with a number of clients. The clients start together; each opens its own
 * connection and sends requests as soon as it is open.
 *
 * - At the end of the time, pending replies are awaited; after {@linkcode stop} they are not.
 * - Failures of the server are in the report. {@linkcode run} rejects only if the load tester itself
 *   fails, or the file or the log does.
 */
export class LoadStep {
  readonly target: LoadTarget;
  readonly #settings: StepSettings;
  readonly #clients: readonly LoadClient[];
  readonly #schedule: StepSchedule;
  readonly #tally = new StepTally();

  constructor({ settings, target, lineNumbers, lines, buffers, log }: StepOptions) {
    this.target = target;
    this.#settings = settings;
    this.#schedule = new StepSchedule(settings);
    const encoder = encoderOf(target);
    const clientCount = lineNumbers.length;
    const received = buffers.forClients(clientCount);
    this.#clients = lineNumbers.map((numbers, i) =>
      new LoadClient({
        ...settings,
        target,
        encoder,
        checker: createChecker(target.protocol, lines),
        lineNumbers: numbers,
        clientCount,
        requests: settings.requests ?? Infinity,
        skipMaxBytes: (lines?.textBytes ?? 0) + SKIP_SLACK_BYTES,
        received: received[i]!,
        schedule: this.#schedule,
        tally: this.#tally,
        log,
      })
    );
  }

  get clientCount(): number {
    return this.#clients.length;
  }

  get replyCount(): number {
    return this.#tally.replyCount;
  }

  /** How much of the step is done, 0 to 1. */
  get share(): number {
    const { requests, durationMs } = this.#settings;
    if (requests !== null) return this.replyCount / (requests * this.clientCount);
    const { startedMs } = this.#schedule;
    if (startedMs === undefined || durationMs === null) return 0;
    return Math.min((performance.now() - startedMs) / durationMs, 1);
  }

  /** Must be called once. */
  async run(): Promise<StepReport> {
    const cpu = new OwnCpu();
    const stallCheck = setInterval(
      () => this.#clients.forEach((client) => client.closeIfStalled()),
      this.#settings.timeoutMs,
    );
    try {
      await Promise.all(this.#clients.map((client) => client.run()));
      return this.#report(cpu);
    } catch (error) {
      this.stop();
      throw error;
    } finally {
      clearInterval(stallCheck);
    }
  }

  /** Ends the step at once. */
  stop(): void {
    for (const client of this.#clients) client.stop();
  }

  #report(cpu: OwnCpu): StepReport {
    const tally = this.#tally;
    const { startedMs = 0 } = this.#schedule;
    const elapsedMs = Math.max(tally.lastReplyMs - startedMs, 0);
    const ownCpuShare = cpu.share();
    return {
      clients: this.clientCount,
      connections: tally.connectionCount,
      requests: tally.replyCount,
      elapsedMs,
      requestsPerSecond: elapsedMs > 0 ? tally.replyCount / (elapsedMs / 1_000) : 0,
      errors: tally.errorCount,
      failures: [...tally.failures].map(([kind, failure]) => ({ kind, ...failure })),
      wrong: tally.wrongCount,
      wrongLines: [...tally.wrongLines].sort((a, b) => a - b),
      wrongAnswers: tally.wrongAnswers,
      connect: tally.connect.report(),
      firstByte: tally.firstByte.report(),
      latency: tally.latency.report(),
      uncorrected: tally.uncorrected.report(),
      ownCpuShare,
      ownCpuUsPerRequest: tally.replyCount > 0 ? cpu.usedUs() / tally.replyCount : 0,
      isSaturated: tally.replyCount > 0 && ownCpuShare >= SATURATED_FROM_SHARE,
    };
  }
}
