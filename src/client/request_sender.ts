import { ClientClosedError, ConnectionFailure } from "./errors.ts";
import { LineRequest, type Query } from "./line_request.ts";
import type { CompleteOptions } from "./options.ts";
import { ReplyParser } from "./reply_parser.ts";
import { delayRetry } from "./retry_delay.ts";
import { formatServerAddress } from "./server_address.ts";
import type { ClientSocket } from "./transport/transport.ts";

const READ_BYTES = 64 * 1024;
/** Commands are collected up to this size before they are sent. */
const SEND_BYTES = 64 * 1024;

/** Aborting the signal cancels the attempt. */
export type OpenSocket = (signal: AbortSignal) => Promise<ClientSocket>;

/**
 * Sends requests over one connection at a time, and opens another one when it breaks.
 *
 * - Requests are sent in order; those of one turn in one write. Up to `pipelineMax` are in flight. The
 *   queue of the others is unbounded: each of them belongs to a caller that waits for it.
 * - Bytes that nobody asked for end the connection, so no request can get the reply of another.
 * - Unanswered requests of a broken connection are sent again, before all others; a request for several
 *   lines only asks for those that are missing. The file does not change, so sending a request twice is
 *   harmless.
 * - When `retries` more connections end without a reply, or at an invalid reply, all requests fail. The
 *   next request starts over. No connection is opened while there is no request.
 */
export class RequestSender {
  readonly #options: CompleteOptions;
  readonly #openSocket: OpenSocket;
  readonly #address: string;
  readonly #closing = new AbortController();
  #waiting = new Set<LineRequest>();
  // One iterator for all takes: a new one would have to skip all deleted entries.
  #oldest = this.#waiting.values();
  // Of the current connection. There is a failure as soon as it has ended.
  #inFlight: LineRequest[] = [];
  #socket: ClientSocket | undefined;
  #failure: ConnectionFailure | undefined;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<void> | undefined;
  #running: Promise<void> | undefined;
  #failuresInARow = 0;

  constructor(options: CompleteOptions, openSocket: OpenSocket) {
    this.#options = options;
    this.#openSocket = openSocket;
    this.#address = formatServerAddress(options);
  }

  /** Opens the first connection, with one attempt. Rejects with what `openSocket` rejects with. */
  async connect(): Promise<void> {
    this.#running = this.#run(await this.#openSocket(this.#closing.signal));
  }

  send(query: Query): LineRequest {
    const request = new LineRequest(query);
    if (this.#isClosed) request.fail(new ClientClosedError());
    else {
      this.#waiting.add(request);
      this.#wake();
      this.#running ??= this.#run();
    }
    return request;
  }

  /** Settles the request at once; its replies are discarded. */
  cancel(request: LineRequest): void {
    request.cancel();
    this.#waiting.delete(request);
  }

  /** Closes the connection; unanswered requests fail. Can be called again. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#end(new ConnectionFailure("connection failed", "closed by this client"));
    await this.#running;
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  // Never rejects: the requests receive every failure.
  async #run(firstSocket?: ClientSocket): Promise<void> {
    this.#failuresInARow = 0;
    let socket = firstSocket;
    do {
      const failure = await this.#useConnection(socket);
      socket = undefined;
      this.#failuresInARow++;
      const canRetry = failure.kind !== "not a reply" &&
        this.#failuresInARow <= this.#options.retries;
      if (!this.#isClosed && !canRetry) this.#failAll(failure);
      if (this.#waiting.size > 0) {
        await delayRetry(this.#options, this.#failuresInARow, this.#closing.signal);
      }
      if (this.#isClosed) this.#failAll(new ClientClosedError());
    } while (this.#waiting.size > 0);
    this.#running = undefined;
  }

  /** Resolves when the connection has ended, and its unanswered requests are waiting again. */
  async #useConnection(openedSocket?: ClientSocket): Promise<ConnectionFailure> {
    this.#failure = undefined;
    try {
      this.#socket = openedSocket ?? await this.#openSocket(this.#closing.signal);
      // close() may have been called just before the socket opened.
      this.#closing.signal.throwIfAborted();
      this.#wake();
      await this.#receive(this.#socket);
    } catch (error) {
      this.#end(ConnectionFailure.from(error, this.#address));
    }
    await this.#sending;
    const unanswered = this.#inFlight.filter((request) => !request.isCanceled);
    this.#inFlight = [];
    this.#setWaiting([...unanswered, ...this.#waiting]);
    return this.#failure!;
  }

  async #receive(socket: ClientSocket): Promise<never> {
    const buffer = new Uint8Array(READ_BYTES);
    const parser = new ReplyParser(this.#options);
    const surplus = new ConnectionFailure("surplus bytes", this.#address);
    for (;;) {
      const bytes = await socket.read(buffer);
      if (bytes === null) throw new ConnectionFailure("early end of stream", this.#address);
      for (const reply of parser.parse(buffer.subarray(0, bytes))) {
        const request = this.#inFlight[0];
        if (request === undefined) throw surplus;
        this.#failuresInARow = 0;
        if (request.take(reply)) this.#inFlight.shift();
      }
      if (this.#inFlight.length === 0 && parser.hasPartialReply) throw surplus;
      this.#watchSilence();
      // Not while the chunk is parsed: a new request must not be settled with a reply of this chunk.
      this.#wake();
    }
  }

  get #canSend(): boolean {
    return this.#socket !== undefined && this.#waiting.size > 0 &&
      this.#inFlight.length < this.#options.pipelineMax;
  }

  #wake(): void {
    if (this.#canSend) this.#sending ??= this.#sendWaiting();
  }

  // Never rejects: a failure ends the connection.
  async #sendWaiting(): Promise<void> {
    // Until the end of this turn, so that its requests are sent in one write.
    await undefined;
    try {
      while (this.#canSend) {
        const socket = this.#socket!;
        const bytes = this.#takeRequests();
        for (let sent = 0; sent < bytes.length;) sent += await socket.write(bytes.subarray(sent));
      }
    } catch (error) {
      this.#end(ConnectionFailure.from(error, this.#address));
    }
    this.#sending = undefined;
  }

  /** Moves waiting requests into flight; returns their bytes. */
  #takeRequests(): Uint8Array {
    const wasIdle = this.#inFlight.length === 0;
    let commands = "";
    while (this.#canSend && commands.length < SEND_BYTES) {
      const request = this.#oldest.next().value!;
      this.#waiting.delete(request);
      this.#inFlight.push(request);
      commands += `${request.command}\n`;
    }
    if (wasIdle) this.#watchSilence();
    return new TextEncoder().encode(commands);
  }

  #watchSilence(): void {
    clearTimeout(this.#silenceTimer);
    if (this.#inFlight.length === 0 || this.#socket === undefined) return;
    const { timeoutMs } = this.#options;
    this.#silenceTimer = setTimeout(() => {
      const detail = `${this.#address}, waited ${timeoutMs} ms`;
      this.#end(new ConnectionFailure("no reply in time", detail));
    }, timeoutMs);
  }

  #end(failure: ConnectionFailure): void {
    this.#failure ??= failure;
    clearTimeout(this.#silenceTimer);
    this.#socket?.close();
    this.#socket = undefined;
  }

  #failAll(reason: ConnectionFailure | ClientClosedError): void {
    const failed = this.#waiting;
    this.#setWaiting([]);
    for (const request of failed) {
      const isClosed = reason instanceof ClientClosedError;
      request.fail(isClosed ? reason : reason.during(`Cannot ${request.action}`));
    }
  }

  #setWaiting(requests: readonly LineRequest[]): void {
    this.#waiting = new Set(requests);
    this.#oldest = this.#waiting.values();
  }
}
