import { ComparingChecker } from "./comparing_checker.ts";
import type { ExpectedLines } from "./expected_lines.ts";
import { FramingChecker } from "./framing_checker.ts";
import type { LineNumbers } from "./line_numbers.ts";
import { LoadClient } from "./load_client.ts";
import type { StepReport } from "./load_report.ts";
import { type LoadTarget, WIRES } from "./load_target.ts";
import { OwnCpu, SATURATED_FROM_SHARE } from "./own_cpu.ts";
import { Pacer } from "./pacer.ts";
import type { ReceiveBuffers } from "./receive_buffers.ts";
import type { RequestLog } from "./request_log.ts";
import { StepSchedule } from "./step_schedule.ts";
import { StepTally } from "./step_tally.ts";

/** A wrong reply that is so much longer than the whole text is taken to have no end. */
const SKIP_SLACK_BYTES = 1024 * 1024;

/** What is the same in all steps of a run. */
export interface StepSettings {
  /** How many requests a client sends at once, 1 or more. */
  readonly pipeline: number;
  /** How many requests a client sends in a step, 1 or more; `null` where it takes a time. */
  readonly requests: number | null;
  /** How long a step takes; `null` where it has a number of requests. */
  readonly durationMs: number | null;
  /** Requests a second of all clients together; `null` in a closed loop. */
  readonly ratePerSecond: number | null;
  /** After how many requests a client opens another connection; `Infinity` for never. */
  readonly reconnectAfter: number;
  /** After how long without a byte from the server a connection has failed; found within twice that. */
  readonly timeoutMs: number;
}

/** What a step works with. */
export interface StepOptions {
  /** What is the same in all of them. */
  readonly settings: StepSettings;
  /** Whom to ask. */
  readonly target: LoadTarget;
  /** Which lines to ask for: for each client one. */
  readonly lineNumbers: readonly LineNumbers[];
  /** What the answers must be; `undefined` where any line will do. */
  readonly lines: ExpectedLines | undefined;
  /** What is read from the sockets goes there; not to be used by others meanwhile. */
  readonly buffers: ReceiveBuffers;
  /** Where each request is noted, if anywhere. */
  readonly log: RequestLog | undefined;
}

/**
 * One target, asked by some clients at once. They start together; each opens a connection of its own,
 * and asks as soon as it has it.
 *
 * - Replies still owed when the time is over are waited for, those owed at {@linkcode stop} are not.
 * - What goes wrong is in the report: {@linkcode run} rejects only where the program itself is at fault,
 *   or the text or the log fails.
 */
export class LoadStep {
  /** Whom it asks. */
  readonly target: LoadTarget;
  readonly #settings: StepSettings;
  readonly #clients: readonly LoadClient[];
  readonly #schedule: StepSchedule;
  readonly #pacer: Pacer | undefined;
  readonly #tally = new StepTally();

  /** Opens no connection yet. */
  constructor(options: StepOptions) {
    const { settings, target, lineNumbers, lines } = options;
    this.target = target;
    this.#settings = settings;
    this.#schedule = new StepSchedule(settings);
    this.#pacer = this.#schedule.isOpenLoop ? new Pacer() : undefined;
    const wire = WIRES[target.protocol];
    const clientCount = lineNumbers.length;
    const received = options.buffers.forClients(clientCount);
    this.#clients = lineNumbers.map((numbers, i) =>
      new LoadClient({
        ...settings,
        address: target.address,
        wire,
        checker: lines === undefined ? new FramingChecker(wire) : new ComparingChecker(wire, lines),
        lineNumbers: numbers,
        clientCount,
        requests: settings.requests ?? Infinity,
        skipMaxBytes: (lines?.textBytes ?? 0) + SKIP_SLACK_BYTES,
        received: received[i]!,
        schedule: this.#schedule,
        pacer: this.#pacer,
        tally: this.#tally,
        log: options.log,
      })
    );
  }

  /** How many clients ask. */
  get clientCount(): number {
    return this.#clients.length;
  }

  /** How many replies have come. */
  get replyCount(): number {
    return this.#tally.replyCount;
  }

  /** How much is done, 0 to 1. */
  get share(): number {
    const { requests, durationMs } = this.#settings;
    if (requests !== null) return this.replyCount / (requests * this.clientCount);
    const { startedMs } = this.#schedule;
    if (startedMs === undefined || durationMs === null) return 0;
    return Math.min((performance.now() - startedMs) / durationMs, 1);
  }

  /** Does it, and says what came of it. */
  async run(): Promise<StepReport> {
    using pacer = this.#pacer;
    await pacer?.start();
    const cpu = new OwnCpu();
    const watch = setInterval(
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
      clearInterval(watch);
    }
  }

  /** Ends it at once. */
  stop(): void {
    for (const client of this.#clients) client.stop();
    this.#pacer?.stop();
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
