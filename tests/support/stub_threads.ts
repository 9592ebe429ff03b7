import type { Thread } from "../../src/server/workers/supervised_worker.ts";
import type { FromWorker, ToWorker } from "../../src/server/workers/worker_messages.ts";

/** What a worker sends when it accepts connections. */
export const LISTENING: FromWorker = {
  kind: "listening",
  addresses: [{ name: "tcp", hostname: "127.0.0.1", port: 1234 }],
};
/** What a worker sends when a client has asked it to stop the server. */
export const SHUTTING_DOWN: FromWorker = { kind: "shuttingDown" };
/** What a worker sends when it accepts no more connections. */
export const STOPPED_LISTENING: FromWorker = { kind: "stoppedListening" };
/** The last message of a worker. */
export const FINISHED: FromWorker = { kind: "finished" };

/** A thread that runs nothing: the test sends its messages. */
export class StubThread implements Thread {
  /** The messages that were posted to it. */
  readonly received: ToWorker[] = [];
  isTerminated = false;
  onmessage: Worker["onmessage"] = null;
  onerror: Worker["onerror"] = null;

  postMessage(message: ToWorker): void {
    this.received.push(message);
  }

  terminate(): void {
    this.isTerminated = true;
  }

  /** The kinds of the messages that were posted to it. */
  get receivedKinds(): string {
    return this.received.map(({ kind }) => kind).join();
  }

  /** Sends messages, without a pause. */
  send(...messages: FromWorker[]): void {
    for (const data of messages) {
      this.onmessage?.call(this as unknown as Worker, new MessageEvent("message", { data }));
    }
  }

  /** Ends as a thread does that did not catch an error. */
  die(message: string): void {
    const event = new ErrorEvent("error", { message, cancelable: true });
    this.onerror?.call(this as unknown as Worker, event);
    if (!event.defaultPrevented) {
      throw new Error(`The error of a thread was not handled: ${message}`);
    }
  }
}

/** Starts stub threads. */
export class StubThreads {
  /** The threads that were started. */
  readonly all: StubThread[] = [];
  /** If set, no thread can be started, with this message. */
  refusal: string | undefined;

  readonly start = (): StubThread => {
    if (this.refusal !== undefined) throw new Error(this.refusal);
    const thread = new StubThread();
    this.all.push(thread);
    return thread;
  };

  /** The thread that was started last. */
  get last(): StubThread {
    return this.all.at(-1)!;
  }
}
