import { ConnectionFailure } from "./connection_failure.ts";
import type { LineRequest } from "./line_request.ts";
import { lineWire } from "./line_wire.ts";
import type { Reply } from "./reply.ts";
import { ReplyParser } from "./reply_parser.ts";
import type { RequestQueue } from "./request_queue.ts";

/** How much is read from a socket at a time. */
export const READ_BYTES = 64 * 1024;

/** What a connection needs of a socket; `Deno.Conn` has it. */
export type ClientSocket = Pick<Deno.Conn, "read" | "write" | "close">;

/** What bounds a connection. */
export interface LineConnectionOptions {
  /** Requests on their way at a time, 1 or more. */
  readonly pipelineMax: number;
  /** How long a line may be. */
  readonly lineMaxBytes: number;
  /** How long nothing may come while something is asked, 1 to 2^31 - 1. */
  readonly timeoutMs: number;
}

/** What became of a connection. */
export interface ConnectionEnd {
  /** Why it ended. */
  readonly failure: ConnectionFailure;
  /** Whether it gave any reply. */
  readonly hasAnswered: boolean;
}

/**
 * One connection to a server: takes requests from a queue and gives each its reply.
 *
 * - Requests that are in the queue at the same time leave in one write.
 * - Replies belong to requests in the order in which these were sent. After anything that cannot be
 *   a reply, or is one too many, the connection ends.
 * - When it has ended, whatever is not answered and not abandoned is in the queue again, first.
 */
export class LineConnection {
  readonly #socket: ClientSocket;
  readonly #where: string;
  readonly #queue: RequestQueue;
  readonly #options: LineConnectionOptions;
  readonly #parser: ReplyParser;
  readonly #requestBytes: Uint8Array;
  readonly #inFlight: LineRequest[] = [];
  #hasAnswered = false;
  #sending: Promise<void> | undefined;
  #heardAtMs = 0;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;
  #failure: ConnectionFailure | undefined;

  /** Resolves when the connection has ended. Never rejects. */
  readonly ended: Promise<ConnectionEnd>;

  /**
   * Begins to use a socket.
   *
   * @param socket Is closed when the connection ends.
   * @param where The server's address, for messages.
   * @param queue Where requests come from.
   * @param options What bounds the connection.
   */
  constructor(
    socket: ClientSocket,
    where: string,
    queue: RequestQueue,
    options: LineConnectionOptions,
  ) {
    this.#socket = socket;
    this.#where = where;
    this.#queue = queue;
    this.#options = options;
    this.#requestBytes = new Uint8Array(options.pipelineMax * lineWire.requestMaxBytes);
    const { lineMaxBytes } = options;
    this.#parser = new ReplyParser({ lineMaxBytes, onReply: (reply) => this.#take(reply) });
    this.ended = this.#run();
  }

  /** Sends what is in the queue, as far as there is room; after this turn, so that all of it leaves together. */
  wake(): void {
    if (this.#canSend) this.#sending ??= this.#send();
  }

  /** Ends the connection, whatever is on its way; doing so twice does nothing. */
  close(): void {
    this.#end(new ConnectionFailure("connection failed", `${this.#where}: closed by this client`));
  }

  async #run(): Promise<ConnectionEnd> {
    this.wake();
    try {
      await this.#receive();
    } catch (error) {
      this.#end(ConnectionFailure.from(error, this.#where));
    }
    await this.#sending;
    this.#queue.putBack(this.#inFlight.filter((request) => !request.isAbandoned));
    return { failure: this.#failure!, hasAnswered: this.#hasAnswered };
  }

  async #receive(): Promise<never> {
    const buffer = new Uint8Array(READ_BYTES);
    for (;;) {
      const bytes = await this.#socket.read(buffer);
      if (bytes === null) throw new ConnectionFailure("early end of stream", this.#where);
      this.#heardAtMs = performance.now();
      this.#parser.feed(buffer.subarray(0, bytes));
      // Only now: what is sent while a chunk is taken apart must not get a reply from the same chunk.
      this.wake();
    }
  }

  #take(reply: Reply): void {
    const request = this.#inFlight.shift();
    if (request === undefined) throw new ConnectionFailure("surplus bytes", this.#where);
    this.#hasAnswered = true;
    request.settle(reply);
  }

  get #canSend(): boolean {
    return this.#failure === undefined && this.#queue.size > 0 &&
      this.#inFlight.length < this.#options.pipelineMax;
  }

  // Never rejects: where it fails, the connection ends.
  async #send(): Promise<void> {
    await undefined;
    try {
      while (this.#canSend) await this.#write(this.#encodeRequests());
    } catch (error) {
      this.#end(ConnectionFailure.from(error, this.#where));
    }
    this.#sending = undefined;
  }

  #encodeRequests(): Uint8Array {
    if (this.#inFlight.length === 0) this.#heardAtMs = performance.now();
    let end = 0;
    while (this.#canSend) {
      const request = this.#queue.take();
      end = lineWire.encodeRequest(request.lineNumber, this.#requestBytes, end);
      this.#inFlight.push(request);
    }
    this.#watchSilence();
    return this.#requestBytes.subarray(0, end);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.#socket.write(bytes.subarray(sent));
    }
  }

  // One timer for all requests, set anew only when it fires.
  #watchSilence(): void {
    if (this.#silenceTimer !== undefined) return;
    const leftMs = this.#heardAtMs + this.#options.timeoutMs - performance.now();
    this.#silenceTimer = setTimeout(() => {
      this.#silenceTimer = undefined;
      if (this.#inFlight.length > 0) this.#endIfSilent();
    }, leftMs);
  }

  #endIfSilent(): void {
    const { timeoutMs } = this.#options;
    if (performance.now() - this.#heardAtMs < timeoutMs) this.#watchSilence();
    else this.#end(new ConnectionFailure("no reply in time", `${this.#where} in ${timeoutMs} ms`));
  }

  #end(failure: ConnectionFailure): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    clearTimeout(this.#silenceTimer);
    this.#socket.close();
  }
}
