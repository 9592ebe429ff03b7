import { ClientClosedError, ConnectionFailure } from "./errors.ts";
import {
  countIn,
  type Line,
  lineQuery,
  linesIn,
  linesQueries,
  type Query,
} from "./line_request.ts";
import { openSocket } from "./transport/open_socket.ts";
import {
  type CompleteOptions,
  completeOptions,
  type GetOptions,
  type LineClientOptions,
} from "./options.ts";
import { type LineNumbers, linesInOrder } from "./ordered_lines.ts";
import type { RangeRequest } from "./range_connection.ts";
import { rangeBytes, rangeLines } from "./range_lines.ts";
import { type OpenSocket, RequestSender } from "./request_sender.ts";

// Removes a byte order mark at the start of what it decodes.
const decoder = new TextDecoder();

/**
 * Gets lines from a linesvr, over one connection, and one more for each open range.
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
  readonly #options: CompleteOptions;
  readonly #openSocket: OpenSocket;
  readonly #sender: RequestSender;
  // Ends the ranges.
  readonly #closing = new AbortController();

  private constructor(options: CompleteOptions, openSocket: OpenSocket, sender: RequestSender) {
    this.#options = options;
    this.#openSocket = openSocket;
    this.#sender = sender;
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
      return new LineClient(complete, open, sender);
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
  async get(lineNumber: number, options?: GetOptions): Promise<Line | undefined> {
    const [line] = await this.#request(lineQuery(lineNumber), options);
    return line;
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
   * Yields lines in the order of `lineNumbers`, requesting up to `pipelineMax` lines ahead. Numbers
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
  ): AsyncGenerator<Line | undefined, void, void> {
    return linesInOrder(this.#sender, lineNumbers, this.#options.pipelineMax, signal);
  }

  /**
   * Gets several lines with one command, or one for each 64 KiB of numbers. Much faster than one
   * {@linkcode LineClient.get} for each line.
   *
   * ```ts
   * import { LineClient } from "@linesvr/linesvr/client";
   *
   * async function totalBytes(client: LineClient, lineNumbers: Iterable<number>): Promise<number> {
   *   const lines = await client.getMany(lineNumbers);
   *   return lines.reduce((bytes, line) => bytes + (line?.length ?? 0), 0);
   * }
   * ```
   *
   * @param lineNumbers 1 to 2^53 - 1 each, in any order
   * @returns the lines in the order of their numbers; `undefined` for a line that does not exist
   * @throws what {@linkcode LineClient.get} throws, if one of the lines cannot be returned
   */
  async getMany(
    lineNumbers: Iterable<number>,
    options?: GetOptions,
  ): Promise<(Line | undefined)[]> {
    const queries = linesQueries(lineNumbers);
    const parts = await Promise.all(queries.map((query) => this.#request(query, options)));
    return parts.flat();
  }

  /**
   * Gets several lines, and decodes each as {@linkcode LineClient.getText} does.
   *
   * @throws what {@linkcode LineClient.getMany} throws
   */
  async getManyText(
    lineNumbers: Iterable<number>,
    options?: GetOptions,
  ): Promise<(string | undefined)[]> {
    const lines = await this.getMany(lineNumbers, options);
    return lines.map((line) => line && decoder.decode(line));
  }

  /**
   * Yields the lines `from` to `to` with one command, over a connection of its own.
   *
   * - Lines are received as they are consumed: if the consumer is slow, the server waits, and other requests
   *   do not. The server disconnects a consumer that takes nothing for its `--idle-timeout`.
   * - The iteration only ends without an error if all lines of the range were yielded. If the connection
   *   breaks after the first lines, the iteration throws. Nothing is requested again.
   * - Leaving the iteration early closes the range's connection.
   * - The lines of a chunk share up to 64 KiB of memory. If you keep a few of many lines, keep copies.
   *
   * ```ts
   * import { LineClient } from "@linesvr/linesvr/client";
   *
   * async function printEnd(client: LineClient): Promise<void> {
   *   const decoder = new TextDecoder();
   *   for await (const line of client.range(-10, -1)) console.log(decoder.decode(line));
   * }
   * ```
   *
   * @param from the first line, -(2^53 - 1) to 2^53 - 1; negative numbers count from the end, -1 is the last
   * line. Numbers outside the file are clipped to it
   * @param to the last line, likewise
   * @throws {ConnectionFailure} if the connection breaks; its `kind` tells why
   * @throws {ServerError} if the server answers that it cannot return the range
   * @throws {LineTooLongError} if a line is longer than `lineMaxBytes`
   * @throws {ClientClosedError} if the client is closed before the last line has arrived
   * @throws {RangeError} if one of the numbers is out of range
   */
  range(from: number, to: number, options?: GetOptions): AsyncGenerator<Line, void, void> {
    return rangeLines(this.#rangeRequest(from, to, options));
  }

  /**
   * Yields the lines of a range, and decodes each as {@linkcode LineClient.getText} does.
   *
   * @throws what {@linkcode LineClient.range} throws
   */
  async *rangeText(from: number, to: number, options?: GetOptions): AsyncGenerator<string> {
    for await (const line of this.range(from, to, options)) yield decoder.decode(line);
  }

  /**
   * Streams the bytes of the lines `from` to `to`, each with its terminator: LF, or CR LF from a server with
   * `--eol crlf`. The fastest way to copy a part of a file. `lineMaxBytes` does not apply.
   *
   * Nothing is received before it is read. Canceling the stream closes the range's connection. If an error
   * of {@linkcode LineClient.range} occurs, the stream fails with it.
   *
   * @param from the first line, as for {@linkcode LineClient.range}
   * @param to the last line, likewise
   */
  rangeBytes(
    from: number,
    to: number,
    options?: GetOptions,
  ): ReadableStream<Uint8Array<ArrayBuffer>> {
    return rangeBytes(this.#rangeRequest(from, to, options));
  }

  /**
   * Returns the number of lines of the file.
   *
   * @throws what {@linkcode LineClient.get} throws
   */
  async count(options?: GetOptions): Promise<number> {
    const [digits] = await this.#request({ kind: "count" }, options);
    return countIn(digits);
  }

  /** Closes all connections; unanswered requests and open ranges reject. Can be called again. */
  close(): Promise<void> {
    this.#closing.abort(new ClientClosedError());
    return this.#sender.close();
  }

  /** Closes the client at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #request(query: Query, { signal }: GetOptions = {}): Promise<(Line | undefined)[]> {
    signal?.throwIfAborted();
    const request = this.#sender.send(query);
    const cancel = () => this.#sender.cancel(request);
    signal?.addEventListener("abort", cancel);
    try {
      const outcome = await request.outcome;
      signal?.throwIfAborted();
      return linesIn(outcome);
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  #rangeRequest(from: number, to: number, { signal }: GetOptions = {}): RangeRequest {
    const closing = this.#closing.signal;
    return {
      from,
      to,
      options: this.#options,
      openSocket: this.#openSocket,
      signal: signal === undefined ? closing : AbortSignal.any([closing, signal]),
    };
  }
}
