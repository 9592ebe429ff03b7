import type { ListenerAddress } from "../listener.ts";
import type { ServeOptions, SharedPermits } from "../open_server.ts";
import { SYSTEM_TIMERS, type Timers } from "../timers.ts";
import { Backoff } from "./backoff.ts";
import { SharedSemaphore } from "./shared_semaphore.ts";
import type { FromWorker, ToWorker } from "./worker_messages.ts";

/** What a worker serves; it shares its permits with the others. */
export interface WorkerOptions extends ServeOptions {
  /** Reclaimed when the worker dies. */
  readonly sharedPermits: SharedPermits;
}

/** What a worker needs of a thread; `Worker` has it. */
export type Thread = Pick<Worker, "postMessage" | "terminate" | "onmessage" | "onerror">;

/** What a worker runs with. */
export interface SupervisedWorkerContext {
  /** Starts a thread that runs `worker.ts`. */
  readonly startThread: () => Thread;
  /** Receives one-line messages about the thread. */
  readonly log: (message: string) => void;
  /** Receives one-line messages of the thread itself. */
  readonly relay: (message: string) => void;
  /** @default {SYSTEM_TIMERS} */
  readonly timers?: Timers;
}

/**
 * A server in a thread of its own, which is started again when it dies.
 *
 * - A thread listens first; it accepts connections after {@linkcode SupervisedWorker.accept}.
 * - The first thread must start to listen; later ones are tried again until they do, after the delays of
 *   {@linkcode Backoff}.
 * - A failure is logged, unless it is the same as the last one of its row.
 * - Shutdown lets the thread answer what it has read. If there is no thread, none is started any more.
 */
export class SupervisedWorker {
  /** Resolves once the worker is listening; rejects if the first thread could not start. */
  readonly started: Promise<readonly ListenerAddress[]>;
  /** Resolves when a shutdown begins, whatever caused it. */
  readonly shutdownBegun: Promise<void>;
  /** Resolves when the worker was shut down as far as it accepts no more connections. */
  readonly stoppedListening: Promise<void>;
  /** Resolves when the worker was shut down. */
  readonly finished: Promise<void>;
  readonly #options: WorkerOptions;
  readonly #context: SupervisedWorkerContext;
  readonly #started = Promise.withResolvers<readonly ListenerAddress[]>();
  readonly #shutdownBegun = Promise.withResolvers<void>();
  readonly #stoppedListening = Promise.withResolvers<void>();
  readonly #finished = Promise.withResolvers<void>();
  readonly #backoff = new Backoff();
  readonly #timers: Timers;
  #thread: Thread | undefined;
  #hasStarted = false;
  #mayAccept = false;
  #listeningSinceMs: number | undefined;
  #cancelRestart: (() => void) | undefined;
  #lastFailure: string | undefined;
  #isShuttingDown = false;

  /** Starts the worker. */
  constructor(options: WorkerOptions, context: SupervisedWorkerContext) {
    this.#options = options;
    this.#context = context;
    this.#timers = context.timers ?? SYSTEM_TIMERS;
    this.started = this.#started.promise;
    this.shutdownBegun = this.#shutdownBegun.promise;
    this.stoppedListening = this.#stoppedListening.promise;
    this.finished = this.#finished.promise;
    this.#start();
  }

  /** Begins to accept connections. A thread that is started later begins as soon as it listens. */
  accept(): void {
    this.#mayAccept = true;
    if (this.#listeningSinceMs !== undefined) this.#tellThread({ kind: "accept" });
  }

  /** Begins to shut down; doing so twice does nothing. */
  shutDown(): void {
    if (this.#isShuttingDown) return;
    this.#isShuttingDown = true;
    this.#shutdownBegun.resolve();
    if (this.#thread === undefined) this.#finish();
    this.#tellThread({ kind: "shutdown" });
  }

  /** Ends the worker at once. */
  terminate(): void {
    this.#isShuttingDown = true;
    this.#shutdownBegun.resolve();
    this.#thread?.terminate();
    this.#finish();
  }

  #start(): void {
    this.#listeningSinceMs = undefined;
    try {
      this.#thread = this.#openThread();
    } catch (error) {
      // For instance, the operating system has no room for another thread.
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  #openThread(): Thread {
    const thread = this.#context.startThread();
    thread.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#receive(data, thread);
    thread.onerror = (event) => {
      event.preventDefault();
      if (thread === this.#thread) this.#fail(event.message);
    };
    thread.postMessage({ kind: "serve", options: this.#options } satisfies ToWorker);
    return thread;
  }

  #receive(message: FromWorker, thread: Thread): void {
    // These hold even if they arrive after the thread died.
    if (message.kind === "shuttingDown") this.shutDown();
    if (message.kind === "log") this.#context.relay(message.message);
    if (thread !== this.#thread) return;
    if (message.kind === "listening") this.#noteListening(message.addresses);
    if (message.kind === "stoppedListening") this.#stoppedListening.resolve();
    if (message.kind === "finished") this.#finish();
    if (message.kind === "refused") {
      thread.terminate();
      this.#fail(message.message);
    }
  }

  #noteListening(addresses: readonly ListenerAddress[]): void {
    this.#hasStarted = true;
    this.#listeningSinceMs = this.#timers.nowMs();
    this.#started.resolve(addresses);
    if (this.#mayAccept) this.#tellThread({ kind: "accept" });
  }

  #fail(reason: string): void {
    this.#thread = undefined;
    const { memory, owner } = this.#options.sharedPermits;
    SharedSemaphore.reclaim(memory, owner);
    if (!this.#hasStarted) {
      this.#started.reject(new Error(reason));
      return this.#finish();
    }
    const { delayMs, isFirst } = this.#backoff.fail(this.#workedMs());
    this.#logFailure(reason, isFirst);
    if (this.#isShuttingDown) return this.#finish();
    this.#cancelRestart = this.#timers.after(delayMs, () => this.#start());
  }

  #workedMs(): number {
    return this.#listeningSinceMs === undefined ? 0 : this.#timers.nowMs() - this.#listeningSinceMs;
  }

  #logFailure(message: string, isFirst: boolean): void {
    const reason = message.replace(/\.$/, "");
    const [what, next] = this.#listeningSinceMs === undefined
      ? [`Cannot start a worker (${reason}).`, "Trying again."]
      : [`A worker died (${reason}). Its connections are lost.`, "Starting another one."];
    const failure = this.#isShuttingDown ? what : `${what} ${next}`;
    if (isFirst || failure !== this.#lastFailure) this.#context.log(failure);
    this.#lastFailure = failure;
  }

  #finish(): void {
    this.#thread = undefined;
    this.#cancelRestart?.();
    this.#stoppedListening.resolve();
    this.#finished.resolve();
  }

  #tellThread(message: ToWorker): void {
    this.#thread?.postMessage(message);
  }
}
