import type { CacheBudget } from "../pages/cache_budget.ts";
import { LineStore } from "../lines/line_store.ts";
import { type Eol, lineProtocol } from "../protocol/line/line_protocol.ts";
import { Permits } from "./workers/permits.ts";
import { Server, type ShutdownPolicy } from "./server.ts";

/** A server's part in permits that several share: plain data. */
export interface SharedPermits {
  /** Made by `Permits.create`. */
  readonly memory: SharedArrayBuffer;
  /** Which of the holders the server is. */
  readonly holder: number;
}

/** What is served, where and how: plain data, so that it can be sent to a worker. */
export interface ServeOptions {
  /** The text. */
  readonly textPath: string;
  /** Its index, which is there and fresh. */
  readonly indexPath: string;
  /** The memory for pages of the index and blocks of the text together, in bytes. */
  readonly cacheBytes: number;
  /** How several servers divide their memory; see `LineStoreOptions`. */
  readonly budget?: CacheBudget | undefined;
  /** What ends status and line in a reply of the line protocol. */
  readonly eol: Eol;
  /** The address to listen on. */
  readonly hostname: string;
  /** The port to listen on; 0 takes a free one. */
  readonly port: number;
  /** Connections at a time; further clients wait to be accepted. */
  readonly maxConnections: number;
  /** Permits for connections that several servers share, instead of `maxConnections`. */
  readonly sharedPermits?: SharedPermits | undefined;
  /** A client that neither sends nor takes anything for so long is closed; 0 lets all stay. */
  readonly idleTimeoutMs: number;
  /** Who may end the server with a command. */
  readonly shutdownPolicy: ShutdownPolicy;
}

/** What a server tells its surroundings, and how it shares its port. */
export interface ServerSurroundings {
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

/** A server that is listening. */
export interface RunningServer {
  /** The address it listens on. */
  readonly hostname: string;
  /** The port it listens on. */
  readonly port: number;
  /** Resolves when it was shut down, and every connection and file is closed. */
  readonly finished: Promise<void>;
  /** Begins to shut down; doing so twice does nothing. */
  shutDown(): void;
}

/**
 * Opens text and index and begins to serve them.
 *
 * @throws {TextError} where the text cannot be read
 * @throws {IndexError} where the index is not one of this text
 * @throws {CacheMemoryError} where there is not so much memory
 * @throws {ListenError} where it cannot listen there
 */
export function openServer(
  options: ServeOptions,
  surroundings: ServerSurroundings,
): RunningServer {
  const onError = ({ message }: Error) => surroundings.log(message);
  const store = LineStore.open({ ...options, onError });
  try {
    const protocols = [lineProtocol(options.eol)];
    const { memory, holder } = options.sharedPermits ??
      { memory: Permits.create(options.maxConnections, 1), holder: 0 };
    const permits = new Permits(memory, holder);
    const server = Server.listen({ ...options, ...surroundings, store, protocols, permits });
    return {
      hostname: server.hostname,
      port: server.port,
      finished: server.finished.finally(() => store.close()),
      shutDown: () => server.shutDown(),
    };
  } catch (error) {
    store.close().catch(onError);
    throw error;
  }
}
