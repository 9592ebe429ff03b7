import type { LoadReport, StepReport } from "../load/load_report.ts";
import type { BenchContext } from "./bench_context.ts";
import type { BenchServer } from "./bench_server.ts";
import type { RunningProcess } from "./running_process.ts";
import { taskCommand } from "../bench/task_command.ts";

/** What one server did. */
export interface Measured {
  /** What the server is called in the table. */
  readonly label: string;
  /** The steps that count: one or more. */
  readonly steps: readonly StepReport[];
}

/** What the load tester is to do. */
export interface LoadOrder {
  /** Whom to ask, in turn. */
  readonly servers: readonly BenchServer[];
  /** What every answer is compared with. */
  readonly textPath: string;
  /** How many clients ask at once, step by step; what comes of the first step is not counted. */
  readonly clients: readonly number[];
  /** How long a step takes, or how many requests a client sends in it. */
  readonly step: { readonly durationMs: number } | { readonly requests: number };
  /** How many requests a client sends at once: 1 or more. */
  readonly pipeline?: number;
  /** After how many requests a client opens another connection. */
  readonly reconnectAfter?: number;
}

/** The load tester, in a process of its own. */
export class LoadProcess {
  readonly #process: RunningProcess;
  readonly #jsonPath: string;

  private constructor(process: RunningProcess, jsonPath: string) {
    this.#process = process;
    this.#jsonPath = jsonPath;
  }

  /** Starts it. */
  static async start(
    { processes, scratchDirectory }: BenchContext,
    order: LoadOrder,
  ): Promise<LoadProcess> {
    const jsonPath = await Deno.makeTempFile({ dir: scratchDirectory, suffix: ".json" });
    const flags = [...flagsOf(order), "--json", jsonPath];
    return new LoadProcess(processes.start([...taskCommand("load"), "load", ...flags]), jsonPath);
  }

  /** Whether it is done. */
  get hasEnded(): boolean {
    return this.#process.hasEnded;
  }

  /** Waits until it has read the text, and begins to ask. */
  async begun(): Promise<void> {
    await this.#process.line(this.#process.errors, /^asking /);
  }

  /** Waits until a step has ended, counted from 1. Only where it asks one server. */
  async stepEnded(step: number): Promise<void> {
    await this.#process.line(this.#process.output, new RegExp(`^\\s*${step}\\s`));
  }

  /** Holds it up until something is done. */
  async pauseFor(action: () => Promise<void>): Promise<void> {
    this.#process.signal("SIGSTOP");
    await action();
    this.#process.signal("SIGCONT");
  }

  /**
   * Waits for its end.
   *
   * @returns what each server did, in the order in which they were named
   * @throws {Error} (as a rejection) where an answer was wrong, or anything failed
   */
  async end(): Promise<Measured[]> {
    await this.#process.end();
    const report: LoadReport = JSON.parse(await Deno.readTextFile(this.#jsonPath));
    return report.targets.map(({ label, steps }) => ({ label, steps: steps.slice(1) }));
  }
}

/**
 * Runs the load tester.
 *
 * @returns what each server did, in the order in which they were named
 * @throws {Error} (as a rejection) where an answer was wrong, or anything failed
 */
export async function load(context: BenchContext, order: LoadOrder): Promise<Measured[]> {
  return await (await LoadProcess.start(context, order)).end();
}

/** The steps of some runs, and the one before them that is not counted. */
export function warmedUp(clients: number, runs: number): number[] {
  return new Array(runs + 1).fill(clients);
}

function flagsOf(order: LoadOrder): string[] {
  const { servers: [first, ...others], textPath, clients, step, pipeline = 1 } = order;
  const flags = [
    first!.address,
    "--label",
    first!.label,
    "--file",
    textPath,
    "--clients",
    clients.join(","),
  ];
  flags.push("--pipeline", `${pipeline}`);
  for (const { label, address } of others) flags.push("--against", `${label}=${address}`);
  if (order.servers.some(({ address }) => address.startsWith("redis://"))) flags.push("--fill");
  if ("requests" in step) flags.push("--requests", `${step.requests}`);
  else flags.push("--duration", `${step.durationMs}ms`);
  if (order.reconnectAfter !== undefined) {
    flags.push("--reconnect-after", `${order.reconnectAfter}`);
  }
  return flags;
}
