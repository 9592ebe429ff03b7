import { oneLine } from "../protocol/one_line.ts";
import { keepZone, type Listener, type ListenerAddress, ListenError } from "./listener.ts";
import { isDisconnect } from "./failure.ts";

/** What an HTTP server of the operating system is; `Deno.HttpServer` is one. */
export interface HttpServer {
  readonly addr: { readonly hostname: string; readonly port: number };
  /** Resolves when every connection is closed. */
  readonly finished: Promise<void>;
  /** Accepts no more connections, and closes each one after its answer. */
  shutdown(): Promise<void>;
}

/** How an HTTP server is started. */
export interface HttpServeOptions {
  readonly hostname: string;
  readonly port: number;
  readonly reusePort: boolean;
  /** Closes every connection at once. */
  readonly signal: AbortSignal;
  readonly handler: (request: Request) => Response | Promise<Response>;
  /** Called with the error of a body that failed in the middle; the connection is closed. */
  readonly onError: (error: unknown) => Response;
}

/** Whether a server answers requests for lines. */
export type ListenerState = "starting" | "serving" | "draining";

/** What an HTTP listener works with. */
export interface HttpListenerOptions
  extends Pick<HttpServeOptions, "hostname" | "port" | "reusePort"> {
  /** @param state called for each readiness check */
  readonly createHandler: (state: () => ListenerState) => HttpServeOptions["handler"];
  /** Receives one-line messages. */
  readonly log: (message: string) => void;
  /** Until it resolves, the listener says that it is starting. */
  readonly mayAccept?: Promise<void> | undefined;
  /** @default {`Deno.serve`} */
  readonly serve?: (options: HttpServeOptions) => HttpServer;
}

/**
 * Listens for HTTP requests.
 *
 * Shutdown: requests that were received are answered, then their connections are closed. A client that reads nothing delays
 * that without a limit: the owner decides when to call `close`.
 *
 * @throws {ListenError} if it cannot listen on the address
 */
export class HttpListener implements Listener {
  readonly address: ListenerAddress;
  readonly stoppedListening: Promise<void>;
  readonly finished: Promise<void>;
  readonly #server: HttpServer;
  readonly #abort = new AbortController();
  readonly #stopped = Promise.withResolvers<void>();
  #state: ListenerState = "starting";

  constructor(options: HttpListenerOptions) {
    this.#server = start(options, () => this.#state, this.#abort.signal);
    const { hostname, port } = this.#server.addr;
    this.address = { name: "http", hostname: keepZone(hostname, options.hostname), port };
    this.stoppedListening = this.#stopped.promise;
    this.finished = this.#server.finished;
    this.#begin(options.mayAccept);
  }

  shutDown(): void {
    if (this.#state === "draining") return;
    this.#state = "draining";
    // A failure is that of `finished`.
    this.#server.shutdown().catch(() => {});
    // The socket is closed in this turn of the event loop.
    setTimeout(() => this.#stopped.resolve(), 0);
  }

  close(): void {
    this.shutDown();
    this.#abort.abort();
  }

  async #begin(mayAccept: Promise<void> | undefined): Promise<void> {
    await mayAccept;
    if (this.#state === "starting") this.#state = "serving";
  }
}

function start(
  options: HttpListenerOptions,
  state: () => ListenerState,
  signal: AbortSignal,
): HttpServer {
  const { hostname, port, reusePort, createHandler, log, serve = serveHttp } = options;
  const handler = createHandler(state);
  const onError = (error: unknown): Response => {
    if (!isDisconnect(error)) log(`Closed an HTTP connection (${oneLine(messageOf(error))}).`);
    return new Response(null, { status: 500 });
  };
  try {
    return serve({ hostname, port, reusePort, signal, handler, onError });
  } catch (error) {
    throw new ListenError(hostname, port, error, { name: "http" });
  }
}

function serveHttp({ handler, ...options }: HttpServeOptions): HttpServer {
  const server = Deno.serve({ ...options, onListen: () => {} }, handler);
  return { addr: server.addr, finished: server.finished, shutdown: () => server.shutdown() };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
