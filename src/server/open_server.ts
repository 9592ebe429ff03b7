import { locationName } from "../source/remote/remote_location.ts";
import type { IndexHeader } from "../index/format/header.ts";
import type { OpenLines } from "../lines/open_lines.ts";
import { openServed, type ServedFile } from "../lines/open_served.ts";
import { concat } from "../protocol/byte_buffer.ts";
import { describeFiles } from "../source/messages.ts";
import type { Eol } from "../protocol/line/line_encoder.ts";
import { lineProtocol } from "../protocol/line/line_protocol.ts";
import { redisProtocol } from "../protocol/redis/redis_protocol.ts";
import { shareUnpackThreads } from "../source/compressed/unpack_threads.ts";
import { Counters } from "../metrics/counters.ts";
import { dedupLog } from "./dedup_log.ts";
import { HttpListener } from "./http_listener.ts";
import type { Listener, ListenerAddress } from "./listener.ts";
import { startMetricsSampler } from "./metrics_sampler.ts";
import { type ShutdownPolicy, TcpListener } from "./tcp_listener.ts";
import { Turns } from "./pipeline/pipeline.ts";
import { SYSTEM_TIMERS, type Timers } from "./timers.ts";
import { SharedSemaphore } from "./workers/shared_semaphore.ts";

/** How often the files that are open are checked, also without requests. */
export const CHECK_EVERY_MS = 1_000;

/** A server's part in permits that several share: plain data. */
export interface SharedPermits {
  /** From `SharedSemaphore.allocate`. */
  readonly memory: SharedArrayBuffer;
  /** Which of the owners the server is. */
  readonly owner: number;
}

/** Where and how HTTP is served. */
export interface HttpServeOptions {
  readonly hostname: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Names that clients may use for the server, in addition to its address. */
  readonly allowedHosts: readonly string[];
  /** Origins whose web pages may read answers; `*` for all. */
  readonly corsOrigins: readonly string[];
  /** What all workers count, from `Counters.allocate`. */
  readonly counters: SharedArrayBuffer;
}

/** What is served, where and how. Plain data: it can be posted to a worker. */
export interface ServeOptions {
  /** One or more, in the order in which their lines are numbered. */
  readonly files: readonly ServedFile[];
  /**
   * How many of several files are open at a time.
   *
   * @default {OPEN_FILES_MAX}
   */
  readonly openFilesMax?: number | undefined;
  /**
   * How many threads may unpack large blocks of compressed files.
   *
   * @default {one for each processor, up to 4}
   */
  readonly unpackThreadsMax?: number | undefined;
  /** Memory for index pages and blocks of the files together, in bytes. */
  readonly cacheBytes: number;
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
  /** The version of linesvr, for clients. */
  readonly version: string;
  /** @default {HTTP is not served} */
  readonly http?: HttpServeOptions | undefined;
}

/** What a server tells its owner, and how it shares its port. */
export interface ServerEvents {
  /** Receives one-line messages. */
  readonly log: (message: string) => void;
  /**
   * Whether other listeners of this process may share the port.
   *
   * @default {false}
   */
  readonly reusePort?: boolean;
  /**
   * Connections wait in the queue of the operating system until this resolves.
   *
   * @default {they do not wait}
   */
  readonly mayAccept?: Promise<void>;
  /** @default {those of this thread} */
  readonly timers?: Timers;
}

/** A server that is listening. */
export interface RunningServer {
  /** One for each listener. */
  readonly addresses: readonly ListenerAddress[];
  /** Resolves when a shutdown begins, whatever caused it. */
  readonly shutdownBegun: Promise<void>;
  /** Resolves when it accepts no more connections: another process can listen on its addresses. */
  readonly stoppedListening: Promise<void>;
  /** Resolves when it was shut down, and every connection and file is closed. */
  readonly finished: Promise<void>;
  /** How many connections are open. */
  readonly connectionCount: number;
  /** Begins to shut down; doing so twice does nothing. */
  shutDown(): void;
  /** Shuts down without waiting for clients: closes every connection at once. */
  close(): void;
}

/**
 * Opens files and their indexes, and begins to serve them.
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
  const log = dedupLog(events.log);
  // Held as long as the server runs: files are opened and closed meanwhile.
  opened.use(shareUnpackThreads(options.unpackThreadsMax));
  const lines = opened.use(
    await openServed({ ...options, onError: ({ message }) => log(message) }),
  );
  const timers = events.timers ?? SYSTEM_TIMERS;
  opened.defer(timers.every(CHECK_EVERY_MS, () => noteChange(lines)));
  const { memory, owner } = options.sharedPermits ??
    { memory: SharedSemaphore.allocate(options.maxConnections, 1), owner: 0 };
  const counters = options.http && new Counters(options.http.counters, owner);
  const shutdownBegun = Promise.withResolvers<void>();
  const listeners: Listener[] = [];
  // One for all clients of the thread.
  const turns = new Turns();
  const shutDown = () => {
    shutdownBegun.resolve();
    for (const listener of listeners) listener.shutDown();
  };
  listeners.push(
    new TcpListener({
      ...options,
      lines,
      turns,
      protocols: [
        redisProtocol({
          lineCount: lines.count,
          fileName: describeFiles(options.files.map(({ textPath }) => locationName(textPath))),
          fileBytes: bytesOf(lines),
          files: lines.files,
          version: options.version,
        }),
        lineProtocol(options.eol, lines.count),
      ],
      permits: new SharedSemaphore(memory, owner),
      counters,
      reusePort: events.reusePort === true,
      mayAccept: events.mayAccept,
      timers,
      log,
      onShutdown: shutDown,
    }),
  );
  if (counters !== undefined) {
    try {
      listeners.push(
        await openHttpListener(options, options.http!, owner, lines, turns, { ...events, log }),
      );
    } catch (error) {
      for (const listener of listeners) listener.close();
      await Promise.allSettled(listeners.map(({ finished }) => finished));
      throw error;
    }
    opened.defer(startMetricsSampler({ counters, pageStatistics: () => lines.pageStatistics() }));
  }
  const files = opened.move();
  const all = async (promises: Promise<void>[]) => void await Promise.all(promises);
  return {
    addresses: listeners.map(({ address }) => address),
    shutdownBegun: shutdownBegun.promise,
    stoppedListening: all(listeners.map(({ stoppedListening }) => stoppedListening)),
    finished: all(listeners.map(({ finished }) => finished)).finally(() => files.disposeAsync()),
    get connectionCount() {
      return SharedSemaphore.held(memory);
    },
    shutDown,
    close: () => listeners.forEach((listener) => listener.close()),
  };
}

// Only then its modules are loaded, and the packages that they need.
async function openHttpListener(
  options: ServeOptions,
  http: HttpServeOptions,
  worker: number,
  lines: OpenLines,
  turns: Turns,
  { log, reusePort, mayAccept }: ServerEvents,
): Promise<HttpListener> {
  const { openHttp } = await import("../http/open_http.ts");
  const facts = {
    name: describeFiles(lines.files.map(({ name }) => name)),
    bytes: bytesOf(lines),
    fingerprint: await contentFingerprint(lines.headers, options.files),
    version: options.version,
  };
  return new HttpListener({
    ...http,
    reusePort: reusePort === true,
    mayAccept,
    log,
    createHandler: (state) =>
      openHttp({
        ...http,
        lines,
        facts,
        check: (from, to) => lines.check(from, to),
        state,
        worker,
        maxRequests: options.maxConnections,
        turns,
        residentBytes: () => Deno.memoryUsage().rss,
        log,
      }),
  });
}

// What clients keep answers by. The fingerprint of a large text covers only samples of it, so that it is not enough: an
// edited text has another time.
async function contentFingerprint(
  headers: readonly IndexHeader[],
  files: readonly ServedFile[],
): Promise<string> {
  const bytes = concat(headers.flatMap(({ fingerprint, versionStamp }, i) => {
    const separator = i === 0 ? "" : "\n";
    const time = `${files[i]!.checked?.text.modifiedMs ?? versionStamp}`;
    return [encode(separator), fingerprint, encode(time)];
  }));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function bytesOf({ files }: OpenLines): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

// A text that is appended to and later edited looks as if it was only appended to, unless it is checked in
// between.
function noteChange(lines: OpenLines): void {
  try {
    lines.check();
  } catch {
    // The next request for a line fails, and reports it.
  }
}
