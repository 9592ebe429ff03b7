import type { Lines } from "../lines/lines.ts";
import type { Protocol } from "../protocol/protocol.ts";
import { Client, type ClientContext, type Socket } from "./client.ts";
import { isDisconnect } from "./failure.ts";
import { keepZone, type Listener, type ListenerAddress, ListenError } from "./listener.ts";
import { Arrivals, runPipeline, Turns } from "./pipeline/pipeline.ts";
import { SYSTEM_TIMERS, type Timers } from "./timers.ts";
import type { SharedSemaphore } from "./workers/shared_semaphore.ts";

/** Which clients may stop the server: those on this machine, any, or none. */
export type ShutdownPolicy = "loopback" | "any" | "off";

/** What a listener needs of a connection; `Deno.TcpConn` has it. */
export interface AcceptedSocket extends Socket {
  readonly remoteAddr: { readonly hostname: string };
  setNoDelay(noDelay?: boolean): void;
}

/** What a listener needs of the operating system; `Deno.TcpListener` has it. */
export interface ListeningSocket {
  readonly addr: { readonly hostname: string; readonly port: number };
  accept(): Promise<AcceptedSocket>;
  close(): void;
}

/** An address to listen on. */
export interface ListenAddress {
  readonly hostname: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Whether other listeners of this process may share the port. */
  readonly reusePort: boolean;
}

/** What a TCP listener works with. */
export interface TcpListenerOptions extends ListenAddress {
  /** What is served; the caller disposes of it after `finished`. */
  readonly lines: Lines;
  /** What clients may speak; tried in order. */
  readonly protocols: readonly Protocol[];
  /** One permit for each connection; further clients wait to be accepted. */
  readonly permits: SharedSemaphore;
  /** A client that neither sends nor reads anything for this long is disconnected; 0 disables that. */
  readonly idleTimeoutMs: number;
  /** During shutdown, a client that reads nothing for this long is disconnected. */
  readonly drainTimeoutMs: number;
  readonly shutdownPolicy: ShutdownPolicy;
  /** Receives one-line messages. */
  readonly log: (message: string) => void;
  /** Called once when a shutdown begins, whatever caused it. */
  readonly onShutdown: () => void;
  /** @default {`Deno.listen`} */
  readonly listen?: (address: ListenAddress) => ListeningSocket;
  /** @default {SYSTEM_TIMERS} */
  readonly timers?: Timers;
}

/**
 * How many clients may wait to be accepted, if the operating system allows that many. Any further client gets
 * no answer, and tries again a second later.
 */
const BACKLOG_MAX = 4096;

// How long to wait after an accept failed, for instance because too many files are open.
const ACCEPT_RETRY_MS = 100;

// A failing accept is reported again if the last failure is this long ago.
const REPORT_AGAIN_MS = 10_000;

const SWEEP_MAX_MS = 1_000;
const SWEEPS_PER_TIMEOUT = 4;

/**
 * Listens on a TCP port: accepts connections, and answers them by one pipeline.
 *
 * - A connection is accepted when a permit is free, and served when it has the permit. If workers share the
 *   permits, another one may have been quicker: then the connection waits for the next permit.
 * - A failing accept is reported and tried again; it never ends the server.
 * - Shutdown: no more connections; what was read from a client is answered, then its connection is closed.
 *
 * @throws {ListenError} if it cannot listen on the address
 */
export class TcpListener implements Listener {
  readonly address: ListenerAddress;
  readonly finished: Promise<void>;
  readonly #options: TcpListenerOptions;
  readonly #listener: ListeningSocket;
  readonly #timers: Timers;
  readonly #arrivals = new Arrivals();
  readonly #clients = new Set<Client>();
  readonly #clock = { tick: 0 };
  readonly #clientContext: ClientContext;
  readonly #shutdownBegun = Promise.withResolvers<void>();
  readonly #allClosed = Promise.withResolvers<void>();
  #isShuttingDown = false;
  #acceptFailedMs = -Infinity;

  constructor(options: TcpListenerOptions) {
    this.#options = options;
    this.#listener = openListener(options);
    this.#timers = options.timers ?? SYSTEM_TIMERS;
    const { hostname, port } = this.#listener.addr;
    this.address = { name: "tcp", hostname: keepZone(hostname, options.hostname), port };
    this.#clientContext = {
      protocols: options.protocols,
      arrivals: this.#arrivals,
      turns: new Turns(),
      clock: this.#clock,
      timers: this.#timers,
      log: options.log,
      onClosed: (client) => this.#forget(client),
    };
    this.finished = this.#run();
  }

  shutDown(): void {
    if (this.#isShuttingDown) return;
    this.#isShuttingDown = true;
    this.#listener.close();
    this.#options.permits.stop();
    for (const client of this.#clients) client.shutDown();
    if (this.#clients.size === 0) this.#allClosed.resolve();
    this.#shutdownBegun.resolve();
    this.#options.onShutdown();
  }

  async #run(): Promise<void> {
    const pipeline = runPipeline(
      this.#arrivals.readable,
      this.#options.lines,
      () => this.shutDown(),
    );
    // A stage that fails is a programming error: it ends the server.
    const failed = pipeline.then(() => new Promise<never>(() => {}));
    await Promise.race([this.#serve(), failed]);
    this.#arrivals.close();
    await pipeline;
  }

  async #serve(): Promise<void> {
    const { idleTimeoutMs, drainTimeoutMs, log } = this.#options;
    const idle = this.#disconnectIdle(idleTimeoutMs);
    const accepting = this.#acceptAll();
    await Promise.race([accepting, this.#shutdownBegun.promise]);
    idle.stop();
    const drain = this.#disconnectIdle(drainTimeoutMs);
    await Promise.all([accepting, this.#allClosed.promise]);
    const count = drain.stop();
    if (count > 0) {
      const clients = count === 1 ? "1 client" : `${count} clients`;
      log(`Disconnected ${clients} that read nothing for ${drainTimeoutMs / 1_000} s.`);
    }
  }

  async #acceptAll(): Promise<void> {
    const { permits } = this.#options;
    while (!this.#isShuttingDown) {
      await permits.waitUntilFree();
      const socket = await this.#accept();
      if (socket === undefined) return;
      const isAllowed = await permits.acquire();
      if (isAllowed && !this.#isShuttingDown) {
        this.#open(socket);
      } else {
        socket.close();
        if (isAllowed) permits.release();
      }
    }
  }

  async #accept(): Promise<AcceptedSocket | undefined> {
    while (!this.#isShuttingDown) {
      try {
        return await this.#listener.accept();
      } catch (error) {
        if (this.#isShuttingDown) return undefined;
        // A client that has left already is no reason to wait.
        if (!isDisconnect(error)) await this.#waitToAccept(error);
      }
    }
    return undefined;
  }

  // Reported once while it lasts: nobody may read many messages.
  async #waitToAccept(error: unknown): Promise<void> {
    const nowMs = this.#timers.nowMs();
    if (nowMs - this.#acceptFailedMs > REPORT_AGAIN_MS) {
      const message = error instanceof Error ? error.message : String(error);
      this.#options.log(`Cannot accept a connection (${message}). Trying again.`);
    }
    this.#acceptFailedMs = nowMs;
    const { promise: retry, resolve } = Promise.withResolvers<void>();
    const cancel = this.#timers.after(ACCEPT_RETRY_MS, resolve);
    await Promise.race([retry, this.#shutdownBegun.promise]);
    cancel();
  }

  #open(socket: AcceptedSocket): void {
    const client = new Client(socket, this.#mayShutDown(socket), this.#clientContext);
    this.#clients.add(client);
    try {
      socket.setNoDelay(true);
    } catch {
      // The client is gone already; reading from the socket will report it.
    }
    client.start();
  }

  #forget(client: Client): void {
    this.#clients.delete(client);
    this.#options.permits.release();
    if (this.#clients.size === 0 && this.#isShuttingDown) this.#allClosed.resolve();
  }

  #mayShutDown(socket: AcceptedSocket): boolean {
    switch (this.#options.shutdownPolicy) {
      case "any":
        return true;
      case "off":
        return false;
      case "loopback":
        return isLoopback(socket.remoteAddr.hostname);
    }
  }

  // Disconnects idle clients from time to time; `stop` ends that, and returns how many there were.
  #disconnectIdle(timeoutMs: number): { stop(): number } {
    if (timeoutMs === 0) return { stop: () => 0 };
    let count = 0;
    const everyMs = Math.min(SWEEP_MAX_MS, timeoutMs / SWEEPS_PER_TIMEOUT);
    const cancel = this.#timers.every(everyMs, () => {
      this.#clock.tick++;
      for (const client of this.#clients) {
        if (!client.isIdle(timeoutMs / everyMs)) continue;
        count++;
        client.close();
      }
    });
    return {
      stop: () => {
        cancel();
        return count;
      },
    };
  }
}

function openListener(
  { hostname, port, reusePort, listen = listenTcp }:
    & ListenAddress
    & Pick<TcpListenerOptions, "listen">,
): ListeningSocket {
  try {
    return listen({ hostname, port, reusePort });
  } catch (error) {
    throw new ListenError(hostname, port, error);
  }
}

function listenTcp(address: ListenAddress): ListeningSocket {
  return Deno.listen({ ...address, tcpBacklog: BACKLOG_MAX });
}

function isLoopback(hostname: string): boolean {
  return hostname === "::1" || /^(::ffff:)?127\./.test(hostname);
}
