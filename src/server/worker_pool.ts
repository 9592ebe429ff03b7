import { readHeader } from "../index/index_file.ts";
import { divideAmongStores } from "../lines/cache_budget.ts";
import type { RunningServer, ServeOptions, SharedPermits } from "./open_server.ts";
import { Permits } from "./permits.ts";
import { openListener } from "./server.ts";
import type { FromWorker, ToWorker } from "./worker_messages.ts";

/** The most worker threads. */
export const WORKERS_MAX = 256;

/** How long to wait before a worker that died is started again. */
export const RESTART_DELAY_MS = 200;

/**
 * Several servers in one process, each in a thread of its own, on one port.
 *
 * - The system spreads new connections over the workers; each has its own page loader and cache.
 * - The cache is shared out among the workers; a text that fits is kept once for all of them. So many
 *   connections as are allowed are allowed to all workers together.
 * - A worker that dies is logged and started again; the connections that it had are lost.
 * - Where one worker is told to shut down, all do.
 */
export class WorkerPool implements RunningServer {
  /** The address that the workers listen on. */
  readonly hostname: string;
  /** The port that the workers listen on. */
  readonly port: number;
  readonly #options: ServeOptions;
  readonly #permits: SharedArrayBuffer;
  readonly #log: (message: string) => void;
  readonly #workers = new Set<Worker>();
  readonly #allFinished = Promise.withResolvers<void>();
  #isShuttingDown = false;

  private constructor(
    options: ServeOptions,
    permits: SharedArrayBuffer,
    address: { hostname: string; port: number },
    log: (message: string) => void,
  ) {
    this.#options = { ...options, port: address.port };
    this.#permits = permits;
    this.hostname = address.hostname;
    this.port = address.port;
    this.#log = log;
  }

  /**
   * Starts the workers.
   *
   * @param count how many: 1 to {@linkcode WORKERS_MAX}
   * @param log told, in one line, of what went wrong
   * @returns resolves when all of them are listening
   * @throws {IndexError} (as a rejection) where the index cannot be read
   * @throws {ListenError} (as a rejection) where the port is taken
   * @throws {Error} (as a rejection) where a worker could not begin, with its message
   */
  static async start(
    options: ServeOptions,
    count: number,
    log: (message: string) => void,
  ): Promise<WorkerPool> {
    const share = shareOf(options, count);
    const permits = Permits.create(options.maxConnections, count);
    assertPortIsFree(share);
    const first = await startWorker(share, { memory: permits, holder: 0 });
    const pool = new WorkerPool(share, permits, first.address, log);
    pool.#adopt(first.worker, 0);
    try {
      for (let holder = 1; holder < count; holder++) await pool.#start(holder);
    } catch (error) {
      for (const worker of pool.#workers) worker.terminate();
      throw error;
    }
    return pool;
  }

  /** Resolves when all workers have sent what they owed and ended. */
  get finished(): Promise<void> {
    return this.#allFinished.promise;
  }

  /** Begins to shut down; doing so twice does nothing. */
  shutDown(): void {
    if (this.#isShuttingDown) return;
    this.#isShuttingDown = true;
    for (const worker of this.#workers) tell(worker, { kind: "shutdown" });
    this.#finishIfEmpty();
  }

  async #start(holder: number): Promise<void> {
    const { worker } = await startWorker(this.#options, { memory: this.#permits, holder });
    this.#adopt(worker, holder);
  }

  #adopt(worker: Worker, holder: number): void {
    this.#workers.add(worker);
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.kind === "shuttingDown") this.shutDown();
      if (data.kind === "finished") this.#remove(worker);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#log(`A worker died: ${event.message}: its connections are lost, starting another`);
      this.#remove(worker);
      Permits.takeBack(this.#permits, holder);
      setTimeout(() => this.#replace(holder), RESTART_DELAY_MS);
    };
    if (this.#isShuttingDown) tell(worker, { kind: "shutdown" });
  }

  async #replace(holder: number): Promise<void> {
    if (this.#isShuttingDown) return;
    try {
      await this.#start(holder);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#log(`Cannot start a worker: ${message}: trying again`);
      setTimeout(() => this.#replace(holder), RESTART_DELAY_MS);
    }
  }

  #remove(worker: Worker): void {
    this.#workers.delete(worker);
    this.#finishIfEmpty();
  }

  #finishIfEmpty(): void {
    if (this.#isShuttingDown && this.#workers.size === 0) this.#allFinished.resolve();
  }
}

function shareOf(options: ServeOptions, count: number): ServeOptions {
  return {
    ...options,
    ...divideAmongStores(options.cacheBytes, readHeader(options.indexPath), count),
  };
}

// Workers share their port; without this they would share it with another server's workers too.
function assertPortIsFree({ hostname, port }: ServeOptions): void {
  if (port !== 0) openListener(hostname, port, false).close();
}

interface StartedWorker {
  readonly worker: Worker;
  readonly address: { hostname: string; port: number };
}

function startWorker(
  options: ServeOptions,
  sharedPermits: SharedPermits,
): Promise<StartedWorker> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const started = Promise.withResolvers<StartedWorker>();
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    if (data.kind === "listening") started.resolve({ worker, address: data });
    if (data.kind === "refused") started.reject(new Error(data.message));
  };
  worker.onerror = (event) => {
    event.preventDefault();
    started.reject(new Error(event.message));
  };
  tell(worker, { kind: "serve", options: { ...options, sharedPermits } });
  return started.promise.catch((error) => {
    worker.terminate();
    throw error;
  });
}

function tell(worker: Worker, message: ToWorker): void {
  worker.postMessage(message);
}
