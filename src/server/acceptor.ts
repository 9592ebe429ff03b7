import { describeSystemError, systemErrorCode } from "../source/messages.ts";
import type { Socket } from "./client.ts";
import { isDisconnect } from "./failure.ts";
import type { Timers } from "./timers.ts";
import type { SharedSemaphore } from "./workers/shared_semaphore.ts";

/** What the server needs of a connection; `Deno.TcpConn` has it. */
export interface AcceptedSocket extends Socket {
  readonly remoteAddr: { readonly hostname: string };
  setNoDelay(noDelay?: boolean): void;
  setKeepAlive(keepAlive?: boolean): void;
}

/** What an acceptor needs of the operating system; `Deno.TcpListener` has it. */
export interface ListeningSocket {
  readonly addr: { readonly hostname: string; readonly port: number };
  accept(): Promise<AcceptedSocket>;
  close(): void;
}

/** How long to wait after an accept failed, for instance because too many files are open. */
export const ACCEPT_RETRY_MS = 100;

// A failing accept is reported again if the last failure is this long ago.
const REPORT_AGAIN_MS = 10_000;

/**
 * When the acceptor drains its queue, the queue counts as empty after this many turns of the event loop without a
 * connection. It is more than one turn, because a busy event loop looks at some of its sockets only in each.
 */
const QUIET_TURNS = 20;

/** The most turns for draining: clients may connect faster than they are accepted. */
const DRAIN_TURNS_MAX = 500;

/** What an acceptor works with. */
export interface AcceptorOptions {
  /** The acceptor closes it. */
  readonly listener: ListeningSocket;
  /** One permit for each connection. */
  readonly permits: SharedSemaphore;
  readonly timers: Timers;
  /** Receives one-line messages. */
  readonly log: (message: string) => void;
  /** Receives each connection together with its permit. */
  readonly onAccepted: (socket: AcceptedSocket) => void;
}

/**
 * Accepts the connections of a listening socket.
 *
 * - A connection is accepted when a permit is free, and served when it has the permit. If workers share the
 *   permits, another one may have been quicker: then the connection waits for the next permit.
 * - A failing accept is reported and tried again.
 */
export class Acceptor {
  /** Resolves when the listening socket is closed: another process can listen on its address. */
  readonly closed: Promise<void>;
  readonly #options: AcceptorOptions;
  readonly #closed = Promise.withResolvers<void>();
  #isClosed = false;
  #acceptedCount = 0;
  #acceptFailedMs = -Infinity;

  constructor(options: AcceptorOptions) {
    this.#options = options;
    this.closed = this.#closed.promise;
  }

  /** Accepts connections until `close`; resolves when no further one comes. */
  async run(): Promise<void> {
    const { permits, onAccepted } = this.#options;
    while (!this.#isClosed) {
      await permits.waitUntilFree();
      const socket = await this.#accept();
      if (socket === undefined) return;
      this.#acceptedCount++;
      if (await permits.acquire()) onAccepted(socket);
      else socket.close();
    }
  }

  /** Accepts what waits in the queue of the operating system, which a `close` would reset, then closes. */
  async drain(): Promise<void> {
    let quiet = 0;
    for (let i = 0; i < DRAIN_TURNS_MAX && quiet < QUIET_TURNS && !this.#isClosed; i++) {
      const before = this.#acceptedCount;
      await nextTurn();
      quiet = this.#acceptedCount === before ? quiet + 1 : 0;
    }
    this.close();
  }

  /** Closes the listening socket; closing twice does nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#options.listener.close();
    this.#options.permits.stop();
    this.#closed.resolve();
  }

  async #accept(): Promise<AcceptedSocket | undefined> {
    while (!this.#isClosed) {
      try {
        return await this.#options.listener.accept();
      } catch (error) {
        if (this.#isClosed) return undefined;
        // A client that has left already is no reason to wait.
        if (!isDisconnect(error)) await this.#waitToAccept(error);
      }
    }
    return undefined;
  }

  // Reported once while it lasts: nobody may read many messages.
  async #waitToAccept(error: unknown): Promise<void> {
    const { timers, log } = this.#options;
    const nowMs = timers.nowMs();
    if (nowMs - this.#acceptFailedMs > REPORT_AGAIN_MS) log(describeAcceptFailure(error));
    this.#acceptFailedMs = nowMs;
    const { promise: retry, resolve } = Promise.withResolvers<void>();
    const cancel = timers.after(ACCEPT_RETRY_MS, resolve);
    await Promise.race([retry, this.closed]);
    cancel();
  }
}

function describeAcceptFailure(error: unknown): string {
  return `Cannot accept a connection (${describeSystemError(error)}). ${remedyFor(error)}`;
}

function remedyFor(error: unknown): string {
  switch (systemErrorCode(error)) {
    case "EMFILE":
      return "New clients wait until others disconnect. " +
        "Restart linesvr with a higher limit of open files: ulimit -n, or LimitNOFILE in systemd.";
    case "ENFILE":
      return "New clients wait until others disconnect. Raise the limit of the system: fs.file-max.";
    default:
      return "Trying again.";
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
