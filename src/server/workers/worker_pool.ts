import { readHeader } from "../../index/index_file.ts";
import { divideAmongStores } from "../../pages/cache_budget.ts";
import type { RunningServer, ServeOptions } from "../open_server.ts";
import { assertIsFree } from "../open_listener.ts";
import { Permits } from "./permits.ts";
import { SharedLog } from "./shared_log.ts";
import { SupervisedWorker, type WorkerAddress } from "./supervised_worker.ts";

/** The most worker threads. */
export const WORKERS_MAX = 256;

/**
 * Several servers in one process, each in a thread of its own, on one port.
 *
 * - The system spreads new connections over the workers; each has its own page loader.
 * - The cache is shared out among the workers; what of index and text fits as a whole is kept once for all
 *   of them. So many connections as are allowed are allowed to all workers together.
 * - A worker that dies is logged and started again; the connections that it had are lost. Where none can
 *   be started, the pool goes on trying.
 * - Where one worker is told to shut down, all do.
 */
export class WorkerPool implements RunningServer {
  /** The address that the workers listen on. */
  readonly hostname: string;
  /** The port that the workers listen on. */
  readonly port: number;
  readonly #workers: SupervisedWorker[] = [];
  #isShuttingDown = false;

  private constructor({ hostname, port }: WorkerAddress) {
    this.hostname = hostname;
    this.port = port;
  }

  /**
   * Starts the workers.
   *
   * @param count how many: 1 to {@linkcode WORKERS_MAX}
   * @param log told, in one line, of what went wrong
   * @returns resolves when all of them are listening, or a client has told one to shut down
   * @throws {IndexError} (as a rejection) where the index cannot be read
   * @throws {CacheMemoryError} (as a rejection) where there is not so much memory
   * @throws {ListenError} (as a rejection) where the port is taken
   * @throws {Error} (as a rejection) where a worker could not begin, with its message
   */
  static async start(
    options: ServeOptions,
    count: number,
    log: (message: string) => void,
  ): Promise<WorkerPool> {
    const share = shareOf(options, count);
    const memory = Permits.create(options.maxConnections, count);
    // Workers share their port; without this they would share it with another server's workers too.
    if (share.port !== 0) assertIsFree(share.hostname, share.port);
    const sharedLog = new SharedLog(log);
    const startWorker = (port: number, holder: number) => {
      const workerOptions = { ...share, port, sharedPermits: { memory, holder } };
      return SupervisedWorker.start(workerOptions, log, sharedLog.open());
    };

    const first = await startWorker(share.port, 0);
    const pool = new WorkerPool(first.address);
    pool.#add(first.worker);
    try {
      for (let holder = 1; holder < count && !pool.#isShuttingDown; holder++) {
        pool.#add((await startWorker(pool.port, holder)).worker);
      }
    } catch (error) {
      for (const worker of pool.#workers) worker.terminate();
      throw error;
    }
    return pool;
  }

  /** Resolves when all workers have sent what they owed and ended. */
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

function shareOf(options: ServeOptions, count: number): ServeOptions {
  const budget = divideAmongStores(options.cacheBytes, readHeader(options.indexPath), count);
  return { ...options, cacheBytes: Math.floor(options.cacheBytes / count), budget };
}
