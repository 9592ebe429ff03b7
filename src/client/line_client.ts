import { ConnectionFailure } from "./errors.ts";
import { openSocket } from "./transport/open_socket.ts";
import { completeOptions, type LineClientOptions } from "./options.ts";
import { type LineNumbers, linesInOrder } from "./ordered_lines.ts";
import { RequestSender } from "./request_sender.ts";

/** Options of {@linkcode LineClient.get} and {@linkcode LineClient.getAll}. */
export interface GetOptions {
  /** Aborts the request: it rejects with the signal's reason at once. */
  readonly signal?: AbortSignal;
}

// Removes a byte order mark at the start of what it decodes.
const decoder = new TextDecoder();

/**
 * Gets lines from a linesvr, over one connection.
 *
 * - Requests made in the same turn are sent in one write. Up to `pipelineMax` are in flight, further
 *   requests wait.
 * - A line is complete, or the request rejects. A part of a line from a broken connection is discarded.
 * - When the connection breaks, unanswered requests are sent again on a new one, up to `retries` times
 *   in a row. A connection that closes while no request is pending is replaced when it is needed.
 * - Aborting one request does not affect the others.
 * - The client keeps a socket open, and the program running, until it is closed.
 */
export class LineClient implements AsyncDisposable {
  readonly #sender: RequestSender;
  readonly #aheadMax: number;

  private constructor(sender: RequestSender, aheadMax: number) {
    this.#sender = sender;
    this.#aheadMax = aheadMax;
  }

  /**
   * Connects to a server, with one attempt.
   *
   * @throws {ConnectionFailure} if that fails
   * @throws {RangeError} if an option is out of its range
   */
  static async connect(options: LineClientOptions = {}): Promise<LineClient> {
    const complete = completeOptions(options);
    const open = (signal: AbortSignal) => openSocket(complete, { ...complete, signal });
    try {
      const sender = new RequestSender(complete, open);
      await sender.connect();
      return new LineClient(sender, complete.pipelineMax);
    } catch (error) {
      throw error instanceof ConnectionFailure ? error.during("Cannot connect") : error;
    }
  }

  /**
   * Gets a line.
   *
   * @param lineNumber 1 to 2^53 - 1
   * @returns the line's bytes without its terminator; `undefined` if there is no such line
   * @throws {ConnectionFailure} if no connection returned a reply; its `kind` tells why
   * @throws {ServerError} if the server answers that it cannot return the line
   * @throws {LineTooLongError} if the line is longer than `lineMaxBytes`
   * @throws {ClientClosedError} if the client is closed before the reply arrives
   * @throws {RangeError} if no line can have this number
   */
  async get(
    lineNumber: number,
    { signal }: GetOptions = {},
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    signal?.throwIfAborted();
    const request = this.#sender.send(lineNumber);
    const cancel = () => this.#sender.cancel(request);
    signal?.addEventListener("abort", cancel);
    try {
      const outcome = await request.outcome;
      if (request.isCanceled) throw signal!.reason;
      if (outcome instanceof Error) throw outcome;
      return outcome;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  /**
   * Gets a line and decodes it as UTF-8. Invalid bytes become U+FFFD. A byte order mark at the start of
   * the line is removed; {@linkcode LineClient.get} returns its bytes.
   *
   * @throws what {@linkcode LineClient.get} throws
   */
  async getText(lineNumber: number, options?: GetOptions): Promise<string | undefined> {
    const line = await this.get(lineNumber, options);
    return line && decoder.decode(line);
  }

  /**
   * Gets many lines in the order of `lineNumbers`, requesting up to `pipelineMax` lines ahead. Numbers
   * are taken only as lines are consumed, so there may be infinitely many. An error is thrown in the
   * place of its line, and ends the iteration.
   *
   * @param lineNumbers 1 to 2^53 - 1 each, in any order
   * @returns the lines; `undefined` for a line that does not exist
   * @throws what {@linkcode LineClient.get} throws
   */
  getAll(
    lineNumbers: LineNumbers,
    { signal }: GetOptions = {},
  ): AsyncGenerator<Uint8Array<ArrayBuffer> | undefined, void, void> {
    return linesInOrder(this.#sender, lineNumbers, this.#aheadMax, signal);
  }

  /** Closes the connection; unanswered requests reject. Can be called again. */
  close(): Promise<void> {
    return this.#sender.close();
  }

  /** Closes the client at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
