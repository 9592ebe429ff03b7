import { readHeader } from "../../index/index_reader.ts";
import { divideAmongStores } from "../../pages/memory_budget.ts";
import { LOCAL_BLOCK_BYTES } from "../../source/local/local_text.ts";
import type { ListenerAddress } from "../listener.ts";
import type { RunningServer, ServeOptions } from "../open_server.ts";
import { dedupLog } from "./dedup_log.ts";
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
 * - The memory of the cache is divided among them. If all of the index fits, or all of the text too, it is
 *   cached once for all workers.
 * - The limit of connections holds for all workers together.
 * - A worker that dies is logged and started again; its connections are lost.
 * - A shutdown of one worker is a shutdown of all.
 */
export class WorkerPool implements RunningServer {
  readonly addresses: readonly ListenerAddress[];
  readonly #workers: SupervisedWorker[] = [];
  #isShuttingDown = false;

  private constructor(addresses: readonly ListenerAddress[]) {
    this.addresses = addresses;
  }

  /**
   * Starts the workers. They share their port with every other program that does so: the caller has claimed the
   * address.
   *
   * @param count how many: 1 to {@linkcode WORKERS_MAX}
   * @returns resolves when all of them are listening, or a client has asked one to shut down
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
    const startWorker = async (port: number, owner: number) => {
      const workerOptions = { ...share, port, sharedPermits: { memory, owner } };
      const worker = new SupervisedWorker(workerOptions, { startThread, log, relay });
      return { worker, addresses: await worker.started };
    };

    const first = await startWorker(share.port, 0);
    const pool = new WorkerPool(first.addresses);
    pool.#add(first.worker);
    const { port } = first.addresses[0]!;
    try {
      for (let owner = 1; owner < count && !pool.#isShuttingDown; owner++) {
        pool.#add((await startWorker(port, owner)).worker);
      }
    } catch (error) {
      for (const worker of pool.#workers) worker.terminate();
      throw error;
    }
    return pool;
  }

  /** Resolves when all workers have shut down. */
  get finished(): Promise<void> {
    return Promise.all(this.#workers.map((worker) => worker.finished)).then(() => {});
  }

  /** Begins to shut down; doing so twice does nothing. */
  shutDown(): void {
    if (this.#isShuttingDown) return;
    this.#isShuttingDown = true;
    for (const worker of this.#workers) worker.shutDown();
  }

  #add(worker: SupervisedWorker): void {
    this.#workers.push(worker);
    worker.shutdownBegun.then(() => this.shutDown());
    if (this.#isShuttingDown) worker.shutDown();
  }
}

function startWorkerThread(): Thread {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
}

function shareOf(options: ServeOptions, count: number): ServeOptions {
  const { cacheBytes, indexPath } = options;
  const budget = divideAmongStores(cacheBytes, readHeader(indexPath), LOCAL_BLOCK_BYTES, count);
  return { ...options, cacheBytes: Math.floor(cacheBytes / count), budget };
}
