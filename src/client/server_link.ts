import { ConnectionFailure } from "./connection_failure.ts";
import {
  type ConnectionEnd,
  LineConnection,
  type LineConnectionOptions,
} from "./line_connection.ts";
import { ClientClosedError, type LineAsker, type LineRequest } from "./line_request.ts";
import { openSocket } from "./open_socket.ts";
import { RequestQueue } from "./request_queue.ts";
import { formatServerAddress, type ServerAddress } from "./server_address.ts";

/** The longest wait before a connection is tried again. */
export const RETRY_DELAY_MAX_MS = 5_000;

/** How a server is kept in reach. */
export interface ServerLinkOptions extends LineConnectionOptions, ServerAddress {
  /** How long connecting may take, 1 to 2^31 - 1. */
  readonly connectTimeoutMs: number;
  /** How many connections in a row, after the first, may end without a reply. */
  readonly retries: number;
  /** How long to wait before the first of them; doubles up to {@linkcode RETRY_DELAY_MAX_MS}. */
  readonly retryDelayMs: number;
}

/**
 * A way to a server that outlives its connections, of which there is one at a time.
 *
 * - Requests whose connection broke are asked again on the next one: the text does not change, so
 *   asking twice does no harm.
 * - When `retries` connections more have given no reply, all requests fail with what the last one
 *   failed with. The next request begins anew.
 * - What is not a reply will not be one at the next try: then they fail at once.
 * - Without requests no connection is made.
 */
export class ServerLink implements LineAsker {
  readonly #options: ServerLinkOptions;
  readonly #queue = new RequestQueue();
  readonly #closing = new AbortController();
  #connection: LineConnection | undefined;
  #work: Promise<void> | undefined;

  private constructor(options: ServerLinkOptions) {
    this.#options = options;
  }

  /**
   * Connects for the first time, with one try.
   *
   * @throws {ConnectionFailure} Where that fails.
   */
  static async open(options: ServerLinkOptions): Promise<ServerLink> {
    const link = new ServerLink(options);
    const socket = await link.#openSocket();
    link.#work = link.#keepUp(socket);
    return link;
  }

  ask(request: LineRequest): void {
    if (this.#isClosed) return request.settle(new ClientClosedError());
    this.#queue.add(request);
    this.#connection?.wake();
    this.#work ??= this.#keepUp();
  }

  forget(request: LineRequest): void {
    this.#queue.remove(request);
  }

  /** Ends the connection; requests that are not answered fail. Closing twice does nothing more. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#connection?.close();
    await this.#work;
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  // Never rejects: every failure goes to the requests.
  async #keepUp(firstSocket?: Deno.TcpConn): Promise<void> {
    let socket = firstSocket;
    let failuresInARow = 0;
    do {
      const { failure, hasAnswered } = await this.#connectOnce(socket);
      socket = undefined;
      failuresInARow = hasAnswered ? 1 : failuresInARow + 1;
      await this.#recover(failure, failuresInARow);
    } while (this.#queue.size > 0);
    this.#work = undefined;
  }

  async #connectOnce(openedSocket?: Deno.TcpConn): Promise<ConnectionEnd> {
    try {
      const socket = openedSocket ?? await this.#openSocket();
      const where = formatServerAddress(this.#options);
      this.#connection = new LineConnection(socket, where, this.#queue, this.#options);
      // The link may have been closed just when the socket was there.
      if (this.#isClosed) this.#connection.close();
    } catch (error) {
      if (!(error instanceof ConnectionFailure)) throw error;
      return { failure: error, hasAnswered: false };
    }
    const end = await this.#connection.ended;
    this.#connection = undefined;
    return end;
  }

  // Either the queue is empty then, or it is time for another try.
  async #recover(failure: ConnectionFailure, failuresInARow: number): Promise<void> {
    const { retries, retryDelayMs } = this.#options;
    if (this.#isClosed) this.#queue.failAll(new ClientClosedError());
    if (failure.kind === "not a reply" || failuresInARow > retries) this.#queue.failAll(failure);
    if (this.#queue.size > 0) {
      const delayMs = retryDelayMs * 2 ** (failuresInARow - 1);
      await delay(Math.min(delayMs, RETRY_DELAY_MAX_MS), this.#closing.signal);
    }
    if (this.#isClosed) this.#queue.failAll(new ClientClosedError());
  }

  #openSocket(): Promise<Deno.TcpConn> {
    const { signal } = this.#closing;
    return openSocket(this.#options, { ...this.#options, signal });
  }
}

function delay(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
