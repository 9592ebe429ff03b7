import { evict } from "../../bench/measure.ts";
import { taskCommand } from "../../bench/task_command.ts";
import type { LoadReport } from "../../load/load_report.ts";
import type { BenchContext } from "../bench_row.ts";
import type { Measured } from "../figure.ts";
import type { BenchServer } from "./bench_server.ts";
import type { RunningProcess } from "./running_process.ts";

/** The index of the other checkout, with `--against`. */
export const OLD_INDEX_SUFFIX = ".old.lineidx";

/** What the load tester does. */
export interface LoadOrder {
  /** Measured in turn. */
  readonly servers: readonly BenchServer[];
  /** The file that all answers are compared with. */
  readonly textPath: string;
  /** The number of clients of each step. The first step is not counted. */
  readonly clients: readonly number[];
  /** The length of a step, or the requests of each client. */
  readonly step: { readonly durationMs: number } | { readonly requests: number };
  /** Requests that a client sends in one write: 1 by default. */
  readonly pipeline?: number;
  /** A client opens a new connection after this number of requests. */
  readonly reconnectAfter?: number;
}

/** The load tester, in its own process. */
export class LoadProcess {
  readonly #process: RunningProcess;
  readonly #jsonPath: string;

  private constructor(process: RunningProcess, jsonPath: string) {
    this.#process = process;
    this.#jsonPath = jsonPath;
  }

  static async start(
    { processes, scratchDirectory }: BenchContext,
    order: LoadOrder,
  ): Promise<LoadProcess> {
    const jsonPath = await Deno.makeTempFile({ dir: scratchDirectory, suffix: ".json" });
    const flags = [...flagsOf(order), "--json", jsonPath];
    return new LoadProcess(processes.start([...taskCommand("load"), ...flags]), jsonPath);
  }

  /**
   * Starts the load tester with a file that is not in the page cache.
   *
   * The load tester reads a large file before the first request, which brings it into the page cache.
   * So the file is evicted while the load tester is stopped in an additional first step with one
   * client, which is not counted.
   *
   * @param order its `clients` are those of the counted steps
   * @returns (as a promise) the process after the eviction
   */
  static async startCold(context: BenchContext, order: LoadOrder): Promise<LoadProcess> {
    const load = await LoadProcess.start(context, { ...order, clients: [1, ...order.clients] });
    await load.#process.line(load.#process.errors, /^measuring /);
    load.#process.signal("SIGSTOP");
    for (const suffix of ["", ".lineidx", OLD_INDEX_SUFFIX]) {
      await evictIfExists(`${order.textPath}${suffix}`);
    }
    load.#process.signal("SIGCONT");
    return load;
  }

  get hasEnded(): boolean {
    return this.#process.hasEnded;
  }

  /** Waits for the end of a step, counted from 1. Only for a single server. */
  async stepEnded(step: number): Promise<void> {
    await this.#process.line(this.#process.output, new RegExp(`^\\s*${step}\\s`));
  }

  /**
   * Waits for the end of the run.
   *
   * @returns the measurements of each server, without the first step
   * @throws {Error} (as a rejection) if an answer was wrong, or anything else failed
   */
  async end(): Promise<Measured[]> {
    await this.#process.end();
    const report: LoadReport = JSON.parse(await Deno.readTextFile(this.#jsonPath));
    return report.targets.map(({ label, steps }) => ({ label, steps: steps.slice(1) }));
  }
}

/** Runs the load tester; see {@linkcode LoadProcess.end}. */
export async function load(context: BenchContext, order: LoadOrder): Promise<Measured[]> {
  return await (await LoadProcess.start(context, order)).end();
}

/** Returns the number of clients for each step: one warm-up, which is not counted, and the runs. */
export function warmedUp(clients: number, runs: number): number[] {
  return new Array(runs + 1).fill(clients);
}

async function evictIfExists(path: string): Promise<void> {
  if (await Deno.stat(path).catch(() => undefined) !== undefined) await evict(path);
}

function flagsOf(order: LoadOrder): string[] {
  const { servers: [first, ...others], textPath, clients, step, pipeline = 1 } = order;
  const flags = [first!.address, "--label", first!.label, "--file", textPath];
  flags.push("--clients", clients.join(","), "--pipeline", `${pipeline}`);
  for (const { label, address } of others) flags.push("--against", `${label}=${address}`);
  if (order.servers.some(({ address }) => address.startsWith("redis://"))) flags.push("--fill");
  if ("requests" in step) flags.push("--requests", `${step.requests}`);
  else flags.push("--duration", `${step.durationMs}ms`);
  if (order.reconnectAfter !== undefined) {
    flags.push("--reconnect-after", `${order.reconnectAfter}`);
  }
  return flags;
}
