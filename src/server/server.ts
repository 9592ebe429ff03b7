import type { LineStore } from "../lines/line_store.ts";
import type { Protocol } from "../protocol/protocol.ts";
import { Connection } from "./connection.ts";
import { Drain } from "./drain.ts";
import { openListener } from "./open_listener.ts";
import type { Permits } from "./workers/permits.ts";
import { Pipeline } from "./pipeline/pipeline.ts";

/**
 * Who may end the server with a command: clients on this machine, any client, or none.
 */
export type ShutdownPolicy = "loopback" | "any" | "off";

/** What a server works with. */
export interface ServerOptions {
  /** Where lines come from; the caller closes it. */
  readonly store: LineStore;
  /** What clients may speak; a client's first byte chooses. */
  readonly protocols: readonly Protocol[];
  /** The address to listen on. */
  readonly hostname: string;
  /** The port to listen on; 0 takes a free one. */
  readonly port: number;
  /** One for each connection: further clients wait. */
  readonly permits: Permits;
  /** A client that neither sends nor takes anything for so long is closed; 0 lets all stay. */
  readonly idleTimeoutMs: number;
  /** Who may end the server with a command. */
  readonly shutdownPolicy: ShutdownPolicy;
  /**
   * How long a client may take nothing of what is owed to it, after a shutdown began.
   *
   * @default {10_000}
   */
  readonly drainTimeoutMs?: number;
  /** Told, in one line, of what went wrong. */
  readonly log: (message: string) => void;
  /** Called once when a shutdown begins, whoever asked for it. */
  readonly onShutdown?: () => void;
  /**
   * Whether other listeners of this process may share the port.
   *
   * @default {false}
   */
  readonly reusePort?: boolean;
}

/** How long to wait after the system refused to accept, for instance for want of file descriptors. */
const ACCEPT_RETRY_MS = 100;

/** After so long without a refusal the next one is told of again. */
const REFUSED_ANEW_MS = 10_000;

const DRAIN_TIMEOUT_DEFAULT_MS = 10_000;

const DRAIN_SWEEP_MS = 10;
const IDLE_SWEEP_MAX_MS = 1_000;
const IDLE_SWEEPS_PER_TIMEOUT = 4;

/**
 * Accepts connections and serves them until it is shut down.
 *
 * - A connection is accepted when a permit is free, and served when it has it. Where other servers share
 *   the permits, one of them may have been quicker: then the connection waits for the next.
 * - A failing accept is logged and tried again; it never ends the server.
 * - `shutDown` stops accepting, lets every connection send what it owes, and closes it.
 */
export class Server {
  readonly #options: ServerOptions;
  readonly #listener: Deno.TcpListener;
  readonly #pipeline = new Pipeline();
  readonly #connections = new Set<Connection>();
  readonly #allClosed = Promise.withResolvers<void>();
  readonly #shutdownBegun = Promise.withResolvers<void>();
  #isShuttingDown = false;
  #refusedMs = -Infinity;

  /** Resolves when the server was shut down and the last connection is closed. */
  readonly finished: Promise<void>;

  private constructor(listener: Deno.TcpListener, options: ServerOptions) {
    this.#listener = listener;
    this.#options = options;
    this.finished = this.#run();
  }

  /**
   * Begins to listen.
   *
   * @throws {ListenError} where it cannot listen there
   */
  static listen(options: ServerOptions): Server {
    const { hostname, port, reusePort = false } = options;
    return new Server(openListener(hostname, port, reusePort), options);
  }

  /** The address that the server listens on. */
  get hostname(): string {
    return this.#listener.addr.hostname;
  }

  /** The port that the server listens on. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Begins to shut down; doing so twice does nothing. */
  shutDown(): void {
    if (this.#isShuttingDown) return;
    this.#isShuttingDown = true;
    this.#listener.close();
    this.#options.permits.stop();
    for (const connection of this.#connections) connection.drain();
    this.#shutdownBegun.resolve();
    this.#options.onShutdown?.();
  }

  async #run(): Promise<void> {
    const idleSweep = this.#startIdleSweep();
    await Promise.race([this.#acceptAll(), this.#shutdownBegun.promise]);
    clearInterval(idleSweep);
    await this.#drain();
  }

  async #acceptAll(): Promise<void> {
    const { permits } = this.#options;
    while (!this.#isShuttingDown) {
      await permits.available();
      const socket = await this.#accept();
      if (socket === undefined) return;
      if (!await permits.acquire()) return socket.close();
      if (this.#isShuttingDown) socket.close();
      else this.#serve(socket);
    }
  }

  async #accept(): Promise<Deno.TcpConn | undefined> {
    while (!this.#isShuttingDown) {
      try {
        return await this.#listener.accept();
      } catch (error) {
        if (this.#isShuttingDown) return undefined;
        if (!isGoneAlready(error)) await this.#waitToAccept(error);
      }
    }
    return undefined;
  }

  // Says so once for as long as it lasts: there may be no reader for many lines.
  async #waitToAccept(error: unknown): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    const nowMs = performance.now();
    if (nowMs - this.#refusedMs > REFUSED_ANEW_MS) {
      this.#options.log(`Cannot accept a connection: ${message}: trying again and again`);
    }
    this.#refusedMs = nowMs;
    await delay(ACCEPT_RETRY_MS);
  }

  #serve(socket: Deno.TcpConn): void {
    const { store, protocols, log, permits } = this.#options;
    const shutDown = this.#mayShutDown(socket) ? () => this.shutDown() : undefined;
    const pipeline = this.#pipeline;
    const connection = new Connection(socket, { store, protocols, pipeline, log, shutDown });
    this.#connections.add(connection);
    try {
      socket.setNoDelay(true);
    } catch {
      // The client is gone already; reading from the socket will say so.
    }
    connection.run().then(() => {
      this.#connections.delete(connection);
      permits.release();
      if (this.#connections.size === 0 && this.#isShuttingDown) this.#allClosed.resolve();
    });
  }

  #mayShutDown(socket: Deno.TcpConn): boolean {
    switch (this.#options.shutdownPolicy) {
      case "any":
        return true;
      case "off":
        return false;
      case "loopback":
        return isLoopback(socket.remoteAddr.hostname);
    }
  }

  #startIdleSweep(): ReturnType<typeof setInterval> | undefined {
    const { idleTimeoutMs } = this.#options;
    if (idleTimeoutMs === 0) return undefined;
    const everyMs = Math.min(IDLE_SWEEP_MAX_MS, idleTimeoutMs / IDLE_SWEEPS_PER_TIMEOUT);
    return setInterval(() => {
      for (const connection of this.#connections) connection.closeIfIdle(idleTimeoutMs);
    }, everyMs);
  }

  async #drain(): Promise<void> {
    if (this.#connections.size === 0) return;
    const { drainTimeoutMs = DRAIN_TIMEOUT_DEFAULT_MS, log } = this.#options;
    const drain = new Drain(this.#connections, drainTimeoutMs);
    const timer = setInterval(() => drain.sweep(), DRAIN_SWEEP_MS);
    await this.#allClosed.promise;
    clearInterval(timer);
    if (drain.givenUp > 0) {
      log(`Closed without all replies: ${drain.givenUp}: taking nothing for ${drainTimeoutMs} ms`);
    }
  }
}

// The client has gone before it was accepted; the next may be waiting.
function isGoneAlready(error: unknown): boolean {
  return error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.ConnectionReset;
}

function isLoopback(hostname: string): boolean {
  return hostname === "::1" || /^(::ffff:)?127\./.test(hostname);
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
