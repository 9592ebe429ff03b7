import type { ServeOptions, SharedPermits } from "../open_server.ts";
import { Permits } from "./permits.ts";
import type { FromWorker, ToWorker } from "./worker_messages.ts";

/** How long to wait before a worker that failed is started again; doubles with every failure in a row. */
export const RESTART_DELAY_MS = 200;

/** The longest wait before a worker is started again. */
export const RESTART_DELAY_MAX_MS = 30_000;

/**
 * A worker that has listened for so long is sound: its next failure is the first of a row. It is the
 * longest wait, so that a worker that dies again and again is not started more often for dying later.
 */
export const SOUND_AFTER_MS: number = RESTART_DELAY_MAX_MS;

/** What a worker is to serve: its permits are shared with the others. */
export interface WorkerOptions extends ServeOptions {
  /** Taken back from a worker that dies. */
  readonly sharedPermits: SharedPermits;
}

/** An address that a worker listens on. */
export interface WorkerAddress {
  /** The address. */
  readonly hostname: string;
  /** The port, which is never 0. */
  readonly port: number;
}

/**
 * A server in a thread of its own, which is started again when it dies.
 *
 * - The first thread must begin to listen; later ones are tried again until they do.
 * - The wait before a thread doubles from {@linkcode RESTART_DELAY_MS} to
 *   {@linkcode RESTART_DELAY_MAX_MS}, also where threads die as soon as they listen. Only one that has
 *   listened for {@linkcode SOUND_AFTER_MS} ends the row.
 * - A failure is logged, but not again where the next one in the row is the same.
 * - Shutting down lets the thread send what it owes; where there is none, none is started any more.
 */
export class SupervisedWorker {
  readonly #options: WorkerOptions;
  readonly #log: (message: string) => void;
  readonly #relay: (message: string) => void;
  readonly #started = Promise.withResolvers<WorkerAddress>();
  readonly #shutdownBegun = Promise.withResolvers<void>();
  readonly #finished = Promise.withResolvers<void>();
  // Absent while none is to be had, and in the end.
  #thread: Worker | undefined;
  #hasStarted = false;
  #listeningSinceMs: number | undefined;
  #restartTimer: ReturnType<typeof setTimeout> | undefined;
  #failuresInARow = 0;
  #lastFailure: string | undefined;
  #isShuttingDown = false;

  private constructor(
    options: WorkerOptions,
    log: (message: string) => void,
    relay: (message: string) => void,
  ) {
    this.#options = options;
    this.#log = log;
    this.#relay = relay;
    this.#startThread();
  }

  /**
   * Starts a worker.
   *
   * @param log told, in one line, of what happened to the thread
   * @param relay told, in one line, of what went wrong in it
   * @returns resolves when it is listening
   * @throws {Error} (as a rejection) where it could not begin, with its message
   */
  static async start(
    options: WorkerOptions,
    log: (message: string) => void,
    relay: (message: string) => void,
  ): Promise<{ worker: SupervisedWorker; address: WorkerAddress }> {
    const worker = new SupervisedWorker(options, log, relay);
    return { worker, address: await worker.#started.promise };
  }

  /** Resolves when a shutdown begins, whoever asked for it. */
  get shutdownBegun(): Promise<void> {
    return this.#shutdownBegun.promise;
  }

  /** Resolves when the worker was shut down and has sent what it owed. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /** Begins to shut down; doing so twice does nothing. */
  shutDown(): void {
    if (this.#isShuttingDown) return;
    this.#isShuttingDown = true;
    this.#shutdownBegun.resolve();
    if (this.#thread === undefined) this.#finish();
    else tell(this.#thread, { kind: "shutdown" });
  }

  /** Ends the worker at once, whatever it owes. */
  terminate(): void {
    this.#thread?.terminate();
    this.#finish();
  }

  #startThread(): void {
    this.#listeningSinceMs = undefined;
    try {
      this.#thread = this.#openThread();
    } catch (error) {
      // The system has no room for another thread, for instance.
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  // The handlers stand before the thread can say anything, and stay the same to its end.
  #openThread(): Worker {
    const thread = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    thread.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#receive(data, thread);
    thread.onerror = (event) => {
      event.preventDefault();
      if (thread === this.#thread) this.#fail(event.message);
    };
    tell(thread, { kind: "serve", options: this.#options });
    return thread;
  }

  #receive(message: FromWorker, thread: Worker): void {
    // Messages can arrive behind the news that their thread died. These still hold.
    if (message.kind === "shuttingDown") this.shutDown();
    if (message.kind === "log") this.#relay(message.message);
    if (thread !== this.#thread) return;
    if (message.kind === "listening") this.#noteListening(message);
    if (message.kind === "finished") this.#finish();
    if (message.kind === "refused") {
      thread.terminate();
      this.#fail(message.message);
    }
  }

  #noteListening(address: WorkerAddress): void {
    this.#hasStarted = true;
    this.#listeningSinceMs = performance.now();
    this.#started.resolve(address);
  }

  #fail(reason: string): void {
    this.#thread = undefined;
    const { memory, holder } = this.#options.sharedPermits;
    Permits.takeBack(memory, holder);
    if (!this.#hasStarted) {
      this.#started.reject(new Error(reason));
      return this.#finish();
    }
    this.#countFailure(reason);
    if (this.#isShuttingDown) return this.#finish();
    this.#restartTimer = setTimeout(
      () => this.#startThread(),
      restartDelayMs(this.#failuresInARow),
    );
  }

  #countFailure(reason: string): void {
    if (this.#isSound()) {
      this.#failuresInARow = 0;
      this.#lastFailure = undefined;
    }
    this.#failuresInARow++;
    const failure = this.#describe(reason);
    if (failure !== this.#lastFailure) this.#log(failure);
    this.#lastFailure = failure;
  }

  #describe(reason: string): string {
    const [what, next] = this.#listeningSinceMs === undefined
      ? [`Cannot start a worker: ${reason}`, ": trying again and again"]
      : [`A worker died: ${reason}: its connections are lost`, ", starting another"];
    return this.#isShuttingDown ? what : what + next;
  }

  #isSound(): boolean {
    return this.#listeningSinceMs !== undefined &&
      performance.now() - this.#listeningSinceMs >= SOUND_AFTER_MS;
  }

  #finish(): void {
    this.#thread = undefined;
    clearTimeout(this.#restartTimer);
    this.#finished.resolve();
  }
}

function restartDelayMs(failuresInARow: number): number {
  return Math.min(RESTART_DELAY_MS * 2 ** (failuresInARow - 1), RESTART_DELAY_MAX_MS);
}

function tell(thread: Worker, message: ToWorker): void {
  thread.postMessage(message);
}
