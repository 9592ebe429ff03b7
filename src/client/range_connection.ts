import { ConnectionFailure, ServerError } from "./errors.ts";
import { isErrorStatus } from "./line_framer.ts";
import type { CompleteOptions } from "./options.ts";
import { notAReply, STATUS_MAX_BYTES } from "./reply_parser.ts";
import type { OpenSocket } from "./request_sender.ts";
import { delayRetry } from "./retry_delay.ts";
import { formatServerAddress } from "./server_address.ts";
import type { ClientSocket } from "./transport/transport.ts";

/** A range, and how its connection is opened. */
export interface RangeRequest {
  readonly from: number;
  readonly to: number;
  readonly options: CompleteOptions;
  readonly openSocket: OpenSocket;
  /** Ends the connection. */
  readonly signal: AbortSignal;
}

const LF = 10;
const HEAD = /^OK (\d{1,16})(\r?)$/;

/**
 * A connection that receives one range of lines.
 *
 * - Nothing is received before `read` is called, so a slow reader makes the server wait.
 * - The lines are counted: the end of the range is reported only if all lines have arrived that the server
 *   announced.
 * - The connection is closed at the end of the range, at a failure, and when the signal is aborted.
 */
export class RangeConnection {
  readonly #request: RangeRequest;
  readonly #socket: ClientSocket;
  readonly #address: string;
  readonly #abort = () => this.#end(this.#request.signal.reason);
  #isClosed = false;
  // Why it was closed, if not by `close`.
  #reason: unknown;
  #lineCount = 0;
  #lineCountLeft = 0;
  #hasCr = false;
  // What arrived together with the head.
  #early = new Uint8Array();

  private constructor(request: RangeRequest, socket: ClientSocket) {
    this.#request = request;
    this.#socket = socket;
    this.#address = formatServerAddress(request.options);
    request.signal.addEventListener("abort", this.#abort);
  }

  /**
   * Requests the range, and receives the head of the reply. Connections that fail before that are replaced,
   * up to `retries` times.
   *
   * @throws {ConnectionFailure} if no connection returned a head
   * @throws {ServerError} if the server answers that it cannot return the range
   * @throws the reason of the signal
   */
  static async open(request: RangeRequest): Promise<RangeConnection> {
    const { options, signal } = request;
    for (let failures = 1;; failures++) {
      try {
        return await RangeConnection.#openOnce(request);
      } catch (error) {
        signal.throwIfAborted();
        const canRetry = error instanceof ConnectionFailure && error.kind !== "not a reply" &&
          failures <= options.retries;
        if (!canRetry) throw error;
        await delayRetry(options, failures, signal);
      }
    }
  }

  static async #openOnce(request: RangeRequest): Promise<RangeConnection> {
    request.signal.throwIfAborted();
    const socket = await request.openSocket(request.signal);
    const connection = new RangeConnection(request, socket);
    try {
      // The signal may have been aborted just before the socket opened.
      request.signal.throwIfAborted();
      await connection.#sendCommand();
      await connection.#receiveHead();
      return connection;
    } catch (error) {
      throw connection.#fail(error);
    }
  }

  /** Whether CR LF ends the status. */
  get hasCr(): boolean {
    return this.#hasCr;
  }

  /**
   * Receives the next bytes of the lines, each with its terminator. Must not be called again before it has
   * settled.
   *
   * @returns how many bytes, 1 or more; `null` after the last line
   * @throws {ConnectionFailure} if the connection ends before the last line, or after surplus bytes
   * @throws the reason of the signal
   */
  async read(into: Uint8Array): Promise<number | null> {
    try {
      if (this.#lineCountLeft === 0) {
        if (this.#early.length > 0) throw new ConnectionFailure("surplus bytes", this.#address);
        this.close();
        return null;
      }
      const count = await this.#receiveLines(into);
      this.#countLines(into.subarray(0, count));
      return count;
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** Closes the connection; the rest of the range is lost. Can be called again. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#request.signal.removeEventListener("abort", this.#abort);
    this.#socket.close();
  }

  async #sendCommand(): Promise<void> {
    const { from, to } = this.#request;
    const bytes = new TextEncoder().encode(`RANGE ${from} ${to}\n`);
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.#socket.write(bytes.subarray(sent));
    }
  }

  async #receiveHead(): Promise<void> {
    const buffer = new Uint8Array(STATUS_MAX_BYTES);
    let length = 0;
    let end = -1;
    while (end < 0) {
      if (length === buffer.length) throw notAReply(buffer);
      length += await this.#receive(buffer.subarray(length));
      end = buffer.subarray(0, length).indexOf(LF);
    }
    const status = new TextDecoder().decode(buffer.subarray(0, end));
    const [, count, cr] = HEAD.exec(status) ?? [];
    if (count === undefined) throw failureOf(status, buffer.subarray(0, end));
    this.#lineCount = this.#lineCountLeft = Number(count);
    this.#hasCr = cr !== "";
    this.#early = buffer.subarray(end + 1, length);
  }

  async #receiveLines(into: Uint8Array): Promise<number> {
    const early = this.#early.subarray(0, into.length);
    if (early.length === 0) return await this.#receive(into);
    into.set(early);
    this.#early = this.#early.subarray(early.length);
    return early.length;
  }

  #countLines(bytes: Uint8Array): void {
    let end = 0;
    for (let lf = bytes.indexOf(LF); lf >= 0; lf = bytes.indexOf(LF, end)) {
      this.#lineCountLeft--;
      end = lf + 1;
    }
    const isSurplus = this.#lineCountLeft < 0 || this.#lineCountLeft === 0 && end < bytes.length;
    if (isSurplus) throw new ConnectionFailure("surplus bytes", this.#address);
  }

  async #receive(into: Uint8Array): Promise<number> {
    const { timeoutMs } = this.#request.options;
    const timer = setTimeout(() => {
      const detail = `${this.#address}, waited ${timeoutMs} ms`;
      this.#end(new ConnectionFailure("no reply in time", detail));
    }, timeoutMs);
    try {
      const count = await this.#socket.read(into);
      if (count === null) throw new ConnectionFailure("early end of stream", this.#progress);
      return count;
    } finally {
      clearTimeout(timer);
    }
  }

  get #progress(): string {
    const received = this.#lineCount - this.#lineCountLeft;
    return `${this.#address}, after ${received} of ${this.#lineCount} lines`;
  }

  #end(reason: unknown): void {
    if (this.#isClosed) return;
    this.#reason = reason;
    this.close();
  }

  // Closing makes a pending read fail with an error that says nothing.
  #fail(error: unknown): unknown {
    this.#end(error);
    const { signal } = this.#request;
    if (signal.aborted) return signal.reason;
    const reason = this.#reason ?? error;
    return reason instanceof ServerError ? reason : ConnectionFailure.from(reason, this.#address);
  }
}

function failureOf(status: string, bytes: Uint8Array): Error {
  const text = status.endsWith("\r") ? status.slice(0, -1) : status;
  return isErrorStatus(text) ? new ServerError(text) : notAReply(bytes);
}
