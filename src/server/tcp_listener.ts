import type { Lines } from "../lines/lines.ts";
import type { Protocol } from "../protocol/protocol.ts";
import { type AcceptedSocket, Acceptor, type ListeningSocket } from "./acceptor.ts";
import type { Counters, Slot } from "../metrics/counters.ts";
import { Client, type ClientContext, type ClientMeter } from "./client.ts";
import { keepZone, type Listener, type ListenerAddress, ListenError } from "./listener.ts";
import { Arrivals, runPipeline, Turns } from "./pipeline/pipeline.ts";
import { RequestMeter } from "./pipeline/request_meter.ts";
import { SYSTEM_TIMERS, type Timers } from "./timers.ts";
import type { SharedSemaphore } from "./workers/shared_semaphore.ts";

/** Which clients may stop the server: those on this machine, any, or none. */
export type ShutdownPolicy = "loopback" | "any" | "off";

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
  /** @default {shared only by the clients of this listener} */
  readonly turns?: Turns;
  /** One permit for each connection; further clients wait to be accepted. */
  readonly permits: SharedSemaphore;
  /** A client that neither sends nor reads anything for this long is disconnected; 0 disables that. */
  readonly idleTimeoutMs: number;
  readonly shutdownPolicy: ShutdownPolicy;
  /** Receives one-line messages. */
  readonly log: (message: string) => void;
  /** Called once when a shutdown begins, whatever caused it. */
  readonly onShutdown: () => void;
  /**
   * Connections wait in the queue of the operating system until this resolves, or a shutdown begins.
   *
   * @default {they do not wait}
   */
  readonly mayAccept?: Promise<void> | undefined;
  /** @default {nothing is counted} */
  readonly counters?: Counters | undefined;
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

const SWEEP_MAX_MS = 1_000;
const SWEEPS_PER_TIMEOUT = 4;

/**
 * Listens on a TCP port: accepts connections, and answers them by one pipeline.
 *
 * Shutdown: the connections that wait to be accepted are accepted, then no more. What was read from a client is
 * answered, then its connection is closed. A client that reads nothing delays that without a limit: the owner
 * decides when to call `close`.
 *
 * @throws {ListenError} if it cannot listen on the address
 */
export class TcpListener implements Listener {
  readonly address: ListenerAddress;
  readonly stoppedListening: Promise<void>;
  readonly finished: Promise<void>;
  readonly #options: TcpListenerOptions;
  readonly #acceptor: Acceptor;
  readonly #timers: Timers;
  readonly #arrivals = new Arrivals();
  readonly #clients = new Set<Client>();
  readonly #clock = { tick: 0 };
  readonly #clientContext: ClientContext;
  readonly #shutdownBegun = Promise.withResolvers<void>();
  #isShuttingDown = false;
  #isDraining = false;
  #onAllClosed: (() => void) | undefined;

  constructor(options: TcpListenerOptions) {
    this.#options = options;
    const listener = openListener(options);
    const timers = options.timers ?? SYSTEM_TIMERS;
    this.#timers = timers;
    const { permits, log } = options;
    const onAccepted = (socket: AcceptedSocket) => this.#open(socket);
    this.#acceptor = new Acceptor({ listener, permits, timers, log, onAccepted });
    this.stoppedListening = this.#acceptor.closed;
    const { hostname, port } = listener.addr;
    this.address = { name: "tcp", hostname: keepZone(hostname, options.hostname), port };
    this.#clientContext = {
      protocols: options.protocols,
      arrivals: this.#arrivals,
      turns: options.turns ?? new Turns(),
      clock: this.#clock,
      timers,
      log,
      meter: options.counters && new ChunkMeter(options.counters),
      onClosed: (client) => this.#forget(client),
    };
    this.finished = this.#run();
  }

  shutDown(): void {
    if (this.#isShuttingDown) return;
    this.#isShuttingDown = true;
    this.#shutdownBegun.resolve();
    this.#options.onShutdown();
  }

  close(): void {
    this.shutDown();
    this.#acceptor.close();
    this.#shutDownClients();
    for (const client of this.#clients) client.close();
  }

  async #run(): Promise<void> {
    const { lines, counters } = this.#options;
    const pipeline = runPipeline(
      this.#arrivals.readable,
      lines,
      () => this.shutDown(),
      counters && new RequestMeter(counters),
    );
    // A stage that fails is a programming error: it ends the server.
    const failed = pipeline.then(() => new Promise<never>(() => {}));
    try {
      await Promise.race([this.#serve(), failed]);
    } catch (error) {
      this.close();
      throw error;
    }
    this.#arrivals.close();
    await pipeline;
  }

  async #serve(): Promise<void> {
    const begun = this.#shutdownBegun.promise;
    const stopSweeping = this.#disconnectIdle(this.#options.idleTimeoutMs);
    await Promise.race([this.#options.mayAccept, begun]);
    const accepting = this.#acceptor.run();
    await begun;
    // What clients sent right before the shutdown is answered too, and nobody can prolong it by sending more.
    for (const client of this.#clients) client.readLast();
    await this.#acceptor.drain();
    stopSweeping();
    this.#shutDownClients();
    await accepting;
    if (this.#clients.size > 0) {
      await new Promise<void>((resolve) => this.#onAllClosed = resolve);
    }
  }

  #shutDownClients(): void {
    this.#isDraining = true;
    for (const client of this.#clients) client.shutDown();
  }

  #open(socket: AcceptedSocket): void {
    const client = new Client(socket, this.#mayShutDown(socket), this.#clientContext);
    this.#clients.add(client);
    this.#options.counters?.setGauge("tcp_connections", this.#clients.size);
    try {
      socket.setNoDelay(true);
      // Otherwise a client whose machine was switched off would stay for ever, if there is no idle timeout.
      socket.setKeepAlive(true);
    } catch {
      // The client is gone already; reading from the socket will report it.
    }
    client.start();
    if (this.#isShuttingDown) client.readLast();
    if (this.#isDraining) client.shutDown();
  }

  #forget(client: Client): void {
    this.#clients.delete(client);
    this.#options.counters?.setGauge("tcp_connections", this.#clients.size);
    this.#options.permits.release();
    if (this.#clients.size === 0) this.#onAllClosed?.();
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

  // Disconnects idle clients from time to time; returns a function that ends that.
  #disconnectIdle(timeoutMs: number): () => void {
    if (timeoutMs === 0) return () => {};
    const everyMs = Math.min(SWEEP_MAX_MS, timeoutMs / SWEEPS_PER_TIMEOUT);
    return this.#timers.every(everyMs, () => {
      this.#clock.tick++;
      for (const client of this.#clients) {
        if (client.isIdle(timeoutMs / everyMs)) client.close();
      }
    });
  }
}

/** Of how many chunks the time of one is measured. */
const MEASURED_EVERY = 16;

class ChunkMeter implements ClientMeter {
  readonly #counters: Counters;
  readonly #bytes: Slot;
  #chunks = 0;

  constructor(counters: Counters) {
    this.#counters = counters;
    this.#bytes = counters.totalSlot("tcp_bytes");
  }

  isMeasured(): boolean {
    return this.#chunks++ % MEASURED_EVERY === 0;
  }

  countLatency(seconds: number): void {
    this.#counters.countLatency("tcp", seconds);
  }

  countBytes(bytes: number): void {
    this.#counters.increase(this.#bytes, bytes);
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
