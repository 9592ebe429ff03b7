import { withBudgets } from "../../lines/open_served.ts";
import type { ListenerAddress } from "../listener.ts";
import type { RunningServer, ServeOptions } from "../open_server.ts";
import { dedupLog } from "../dedup_log.ts";
import { SharedSemaphore } from "./shared_semaphore.ts";
import { SupervisedWorker, type Thread } from "./supervised_worker.ts";

/** The most worker threads. */
export const WORKERS_MAX = 256;

/** What a pool runs with. */
export interface WorkerPoolContext {
  /** Receives one-line messages. */
  readonly log: (message: string) => void;
  /**
   * Starts a thread that runs `worker.ts`.
   *
   * @default {a `Worker`}
   */
  readonly startThread?: () => Thread;
}

/**
 * Several servers in one process, each in a thread of its own, on one port.
 *
 * - The operating system spreads new connections over the workers; each has its own page loader.
 * - The memory of the cache is divided among files, then among workers. If all of an index fits, or all of its text too,
 *   it is cached once for all workers.
 * - The limit of connections holds for all workers together.
 * - A worker that dies is logged and started again; its connections are lost.
 * - A shutdown of one worker is a shutdown of all.
 */
export class WorkerPool implements RunningServer {
  readonly addresses: readonly ListenerAddress[];
  readonly shutdownBegun: Promise<void>;
  readonly stoppedListening: Promise<void>;
  /** Resolves when all workers have shut down. */
  readonly finished: Promise<void>;
  readonly #workers: readonly SupervisedWorker[];
  readonly #permits: SharedArrayBuffer;

  private constructor(
    addresses: readonly ListenerAddress[],
    workers: readonly SupervisedWorker[],
    permits: SharedArrayBuffer,
  ) {
    this.addresses = addresses;
    this.#workers = workers;
    this.#permits = permits;
    const all = async (promises: Promise<void>[]) => void await Promise.all(promises);
    this.shutdownBegun = Promise.race(workers.map((worker) => worker.shutdownBegun));
    this.stoppedListening = all(workers.map((worker) => worker.stoppedListening));
    this.finished = all(workers.map((worker) => worker.finished));
    this.shutdownBegun.then(() => this.shutDown());
  }

  /**
   * Starts the workers side by side. They share their port with every other program that does so: the caller has claimed the
   * address.
   *
   * @param count how many: 1 to {@linkcode WORKERS_MAX}
   * @returns resolves when all of them are listening; before that, none of them accepts a connection
   * @throws {IndexError} (as a rejection) if the index cannot be read
   * @throws {CacheMemoryError} (as a rejection) if there is not enough memory
   * @throws {ListenError} (as a rejection) if the port is in use
   * @throws {Error} (as a rejection) if a worker could not start, with its message
   */
  static async start(
    options: ServeOptions,
    count: number,
    { log, startThread = startWorkerThread }: WorkerPoolContext,
  ): Promise<WorkerPool> {
    const share = shareOf(options, count);
    const memory = SharedSemaphore.allocate(options.maxConnections, count);
    const relay = dedupLog(log);
    const workers = Array.from({ length: count }, (_, owner) =>
      new SupervisedWorker(
        { ...share, sharedPermits: { memory, owner } },
        { startThread, log, relay },
      ));
    try {
      const [addresses] = await Promise.all(workers.map(({ started }) => started));
      for (const worker of workers) worker.accept();
      return new WorkerPool(addresses!, workers, memory);
    } catch (error) {
      for (const worker of workers) worker.terminate();
      throw error;
    }
  }

  get connectionCount(): number {
    return SharedSemaphore.held(this.#permits);
  }

  /** Begins to shut down; doing so twice does nothing. */
  shutDown(): void {
    for (const worker of this.#workers) worker.shutDown();
  }

  close(): void {
    for (const worker of this.#workers) worker.terminate();
  }
}

function startWorkerThread(): Thread {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
}

function shareOf(options: ServeOptions, count: number): ServeOptions {
  const { cacheBytes } = options;
  const files = withBudgets(options.files, cacheBytes, count);
  // The processors are shared too.
  const unpackThreadsMax = Math.max(1, Math.floor(navigator.hardwareConcurrency / count));
  return { ...options, files, cacheBytes: Math.floor(cacheBytes / count), unpackThreadsMax };
}
