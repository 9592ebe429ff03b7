import type { FromWorker, ToWorker } from "../../src/server/workers/worker_messages.ts";

/** What a worker says when it listens. */
export const LISTENING: FromWorker = { kind: "listening", hostname: "127.0.0.1", port: 1 };
/** What it says when a client told it to shut down. */
export const SHUTTING_DOWN: FromWorker = { kind: "shuttingDown" };
/** What it says in the end. */
export const FINISHED: FromWorker = { kind: "finished" };

/** A worker without a thread: it says and suffers what the test wants. */
export class StubThread {
  /** What it was told. */
  readonly told: ToWorker["kind"][] = [];
  isTerminated = false;
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null = null;
  onerror: ((event: ErrorEvent) => void) | null = null;

  postMessage({ kind }: ToWorker): void {
    this.told.push(kind);
  }

  terminate(): void {
    this.isTerminated = true;
  }

  /** Sends messages, one right behind the other. */
  say(...messages: FromWorker[]): void {
    for (const data of messages) this.onmessage?.(new MessageEvent("message", { data }));
  }

  /** Ends as a thread does in which an error was not caught. */
  die(message: string): void {
    const event = new ErrorEvent("error", { message, cancelable: true });
    this.onerror?.(event);
    if (!event.defaultPrevented) throw new Error(`Nobody took the error: ${message}`);
  }
}

/** Gives stubs to whoever starts a worker until the end of a `using` block. */
export class StubThreads implements Disposable {
  /** Those that were started. */
  readonly all: StubThread[] = [];
  /** Where set, no more can be started: for this reason. */
  refusal: string | undefined;
  readonly #Worker = globalThis.Worker;

  constructor() {
    // deno-lint-ignore no-this-alias
    const threads = this;
    globalThis.Worker = class extends StubThread {
      constructor() {
        super();
        if (threads.refusal !== undefined) throw new Error(threads.refusal);
        threads.all.push(this);
      }
    } as unknown as typeof Worker;
  }

  /** The one that was started last. */
  get last(): StubThread {
    return this.all.at(-1)!;
  }

  /** Gives threads again. */
  [Symbol.dispose](): void {
    globalThis.Worker = this.#Worker;
  }
}
