import { openLines } from "../lines/open_lines.ts";
import type { MemoryBudget } from "../pages/memory_budget.ts";
import type { Eol } from "../protocol/line/line_encoder.ts";
import { lineProtocol } from "../protocol/line/line_protocol.ts";
import type { Listener, ListenerAddress } from "./listener.ts";
import { type ShutdownPolicy, TcpListener } from "./tcp_listener.ts";
import { SharedSemaphore } from "./workers/shared_semaphore.ts";

/** A server's part in permits that several share: plain data. */
export interface SharedPermits {
  /** From `SharedSemaphore.allocate`. */
  readonly memory: SharedArrayBuffer;
  /** Which of the owners the server is. */
  readonly owner: number;
}

/** What is served, where and how. Plain data: it can be posted to a worker. */
export interface ServeOptions {
  readonly textPath: string;
  /** Its index, which exists and is fresh. */
  readonly indexPath: string;
  /** Memory for index pages and blocks of the text together, in bytes. */
  readonly cacheBytes: number;
  /** How several servers divide their memory. */
  readonly budget?: MemoryBudget | undefined;
  /** What ends status and line in a reply of the line protocol. */
  readonly eol: Eol;
  readonly hostname: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Connections at a time; further clients wait to be accepted. */
  readonly maxConnections: number;
  /** Permits for connections that several servers share, instead of `maxConnections`. */
  readonly sharedPermits?: SharedPermits | undefined;
  /** A client that neither sends nor reads anything for this long is disconnected; 0 disables that. */
  readonly idleTimeoutMs: number;
  readonly shutdownPolicy: ShutdownPolicy;
}

/** What a server tells its owner, and whether it shares its port. */
export interface ServerEvents {
  /** Receives one-line messages. */
  readonly log: (message: string) => void;
  /** Called once when a shutdown begins, whatever caused it. */
  readonly onShutdown?: () => void;
  /**
   * Whether other listeners of this process may share the port.
   *
   * @default {false}
   */
  readonly reusePort?: boolean;
}

/** A server that is listening. */
export interface RunningServer {
  /** One for each listener. */
  readonly addresses: readonly ListenerAddress[];
  /** Resolves when it was shut down, and every connection and file is closed. */
  readonly finished: Promise<void>;
  /** Begins to shut down; doing so twice does nothing. */
  shutDown(): void;
}

/** During shutdown, a client that reads nothing for this long is disconnected. */
const DRAIN_TIMEOUT_MS = 10_000;

/**
 * Opens a text and its index, and begins to serve them.
 *
 * @throws {TextError} (as a rejection) if the text cannot be read
 * @throws {IndexError} (as a rejection) if the index is not one of this text
 * @throws {CacheMemoryError} (as a rejection) if there is not enough memory
 * @throws {ListenError} (as a rejection) if it cannot listen on the address
 */
export async function openServer(
  options: ServeOptions,
  events: ServerEvents,
): Promise<RunningServer> {
  await using opened = new AsyncDisposableStack();
  const lines = opened.use(
    await openLines({ ...options, onError: ({ message }) => events.log(message) }),
  );
  const { memory, owner } = options.sharedPermits ??
    { memory: SharedSemaphore.allocate(options.maxConnections, 1), owner: 0 };
  const listeners: Listener[] = [];
  let isShuttingDown = false;
  const shutDown = () => {
    if (isShuttingDown) return;
    isShuttingDown = true;
    for (const listener of listeners) listener.shutDown();
    events.onShutdown?.();
  };
  listeners.push(
    new TcpListener({
      ...options,
      lines,
      protocols: [lineProtocol(options.eol, lines.count)],
      permits: new SharedSemaphore(memory, owner),
      reusePort: events.reusePort === true,
      drainTimeoutMs: DRAIN_TIMEOUT_MS,
      log: events.log,
      onShutdown: shutDown,
    }),
  );
  const files = opened.move();
  return {
    addresses: listeners.map(({ address }) => address),
    finished: Promise.all(listeners.map(({ finished }) => finished))
      .then(() => {}).finally(() => files.disposeAsync()),
    shutDown,
  };
}
