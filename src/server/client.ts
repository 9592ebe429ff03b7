import { concat } from "../protocol/byte_buffer.ts";
import { type Decoder, detectProtocol, type Protocol } from "../protocol/protocol.ts";
import type { Request } from "../protocol/request.ts";
import { describeFailure, isDisconnect } from "./failure.ts";
import { linger, type LingerPolicy } from "./linger.ts";
import type { Arrivals, Turns } from "./pipeline/pipeline.ts";
import { ReplySink } from "./pipeline/reply_sink.ts";
import type { PipelineClient } from "./pipeline/messages.ts";
import type { Timers } from "./timers.ts";

/** What a client needs of a socket; `Deno.Conn` has it. */
export interface Socket {
  /** Reads some bytes; null at the end of the stream. */
  read(into: Uint8Array): Promise<number | null>;
  /** Writes some of the bytes, and returns how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Tells the other side that nothing more will come. */
  closeWrite(): Promise<void>;
  close(): void;
}

/** What clients of one listener share. */
export interface ClientContext {
  /** Tried in order. */
  readonly protocols: readonly Protocol[];
  /** Takes what they send into the pipeline. */
  readonly arrivals: Pick<Arrivals, "push">;
  readonly turns: Turns;
  /** Counts up from time to time, so that idle clients can be told. */
  readonly clock: { readonly tick: number };
  readonly timers: Timers;
  /** Receives one-line messages. */
  readonly log: (message: string) => void;
  /** Counts what is sent, and how long that takes; undefined if nobody asks for it. */
  readonly meter?: ClientMeter | undefined;
  /** Called once when a client's socket is closed. */
  readonly onClosed: (client: Client) => void;
}

/** Counts what is sent to clients. */
export interface ClientMeter {
  /** Whether the time of the chunk that has just arrived is to be measured: that would cost too much for each of them. */
  isMeasured(): boolean;
  /** Called when the replies to a measured chunk begin to be sent. */
  countLatency(seconds: number): void;
  countBytes(bytes: number): void;
}

/** How much is read from a socket at a time. */
export const READ_BYTES = 4 * 1024;

/**
 * How much of a stream is sent before its client waits for a turn. A few lines that were waited for are less: with many
 * such clients, a turn for each would cost more than their lines.
 */
export const TURN_SENT_BYTES: number = 16 * 1024;

/**
 * How many chunks in a row are read without waiting for a turn if no command ends in them: as many as the longest
 * `MGET` of the line protocol has.
 */
export const INCOMPLETE_CHUNKS_MAX = 16;

/**
 * Replies of up to this size reach the client's operating system even if the client does not read them: it has
 * room for more.
 */
export const DELIVERED_BYTES_MAX = 32 * 1024;

/** Replies that were sent longer ago than this count as delivered. */
export const DELIVERED_AFTER_MS = 10_000;

/**
 * - `reading`: waits for the client to send something
 * - `answering`: a chunk of the client is in the pipeline, or its replies are being sent
 * - `closing`: everything was sent; what the client still sends is discarded
 * - `closed`
 */
type State = "reading" | "answering" | "closing" | "closed";

/** What happens once the replies are sent. */
type Next = "read on" | "linger" | "close";

/**
 * One connection. At most one chunk of it is in the pipeline; it is read again when the replies were sent. So
 * backpressure reaches the client, and a client that reads slowly delays nobody else.
 */
export class Client implements PipelineClient {
  /** Whether this client may stop the server. */
  readonly mayShutDown: boolean;
  /** Collects the replies to what is in the pipeline. */
  readonly replies: ReplySink = new ReplySink();
  readonly #socket: Socket;
  readonly #context: ClientContext;
  readonly #buffer = new Uint8Array(READ_BYTES);
  #state: State = "reading";
  #next: Next = "read on";
  #isEnding = false;
  #decoder: Decoder | undefined;
  // What was received until the protocol is known.
  #head = new Uint8Array();
  #hasFilledBuffer = false;
  #incompleteChunks = 0;
  #isWriting = false;
  #unsent: Uint8Array = new Uint8Array();
  #progressTick: number;
  // When more than DELIVERED_BYTES_MAX had been sent the last time, and what was sent since. The time is not
  // taken for each reply: that would cost 3 % of it.
  #muchSentMs = -Infinity;
  #sentSinceBytes = 0;
  // When the chunk in the pipeline arrived, if it is measured.
  #arrivedMs: number | undefined;
  // The read that is pending, if one is.
  #reading: Promise<number | null> | undefined;

  constructor(socket: Socket, mayShutDown: boolean, context: ClientContext) {
    this.#socket = socket;
    this.mayShutDown = mayShutDown;
    this.#context = context;
    this.#progressTick = context.clock.tick;
  }

  /** Begins to read. */
  start(): void {
    this.#read();
  }

  /**
   * Decodes what the client sent.
   *
   * @param bytes null at the end of the stream
   * @throws {Error} if it speaks no known protocol
   */
  decode(bytes: Uint8Array | null): Request[] {
    if (this.#decoder !== undefined) return this.#decoder.decode(bytes);
    if (bytes === null && this.#head.length === 0) return [];
    this.#head = bytes === null ? this.#head : concat([this.#head, bytes]);
    const protocol = detectProtocol(this.#context.protocols, this.#head, bytes === null);
    if (protocol === undefined) return [];
    this.#decoder = protocol.open();
    const requests = this.#decoder.decode(this.#head);
    if (bytes === null) requests.push(...this.#decoder.decode(null));
    return requests;
  }

  /** Ends the connection once the replies are sent: nothing more is answered. */
  end(): void {
    if (this.#next === "read on") this.#next = "linger";
    this.#isEnding = true;
  }

  /** Whether further requests are not answered any more: `end` was called, or the socket is closed. */
  get isEnding(): boolean {
    return this.#isEnding || this.#state === "closed";
  }

  /**
   * Sends replies, then reads on or ends.
   *
   * @param replies bytes, or a stream of them that is read as fast as the client reads
   */
  send(replies: Uint8Array | ReadableStream<Uint8Array>): void {
    if (this.#arrivedMs !== undefined) this.#countLatency(this.#arrivedMs);
    if (!(replies instanceof Uint8Array)) this.#sendStream(replies);
    else if (replies.length === 0) this.#proceedUnanswered();
    else this.#sendBytes(replies);
  }

  /** Ends the connection because something went wrong. */
  fail(error: unknown): void {
    if (this.#state === "closed") return;
    if (!isDisconnect(error)) this.#context.log(describeFailure(error));
    this.close();
  }

  /** Answers one more chunk at most: the one in the pipeline, or the next one that arrives before `shutDown`. */
  readLast(): void {
    if (this.#next === "read on") this.#next = "linger";
  }

  /** Ends the connection once what was read from it is answered. */
  shutDown(): void {
    this.readLast();
    if (this.#state === "reading") this.#linger();
  }

  /** Whether the client has neither sent nor read anything for more than `ticks`, and the server waits for it. */
  isIdle(ticks: number): boolean {
    if (this.#state === "answering" && !this.#isWriting) return false;
    return this.#state !== "closed" && this.#context.clock.tick - this.#progressTick > ticks;
  }

  /** Closes the socket at once; closing twice does nothing. */
  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#socket.close();
    this.#context.onClosed(this);
  }

  readonly #onRead = (count: number | null): void => {
    if (this.#state !== "reading") return;
    this.#state = "answering";
    this.#reading = undefined;
    this.#progressTick = this.#context.clock.tick;
    this.#hasFilledBuffer = count === READ_BYTES;
    this.#context.turns.noteServed(this);
    if (this.#context.meter?.isMeasured() === true) this.#arrivedMs = this.#context.timers.nowMs();
    // A client that has sent its last byte cannot lose replies by a close.
    if (count === null) this.#next = "close";
    const bytes = count === null ? null : this.#buffer.subarray(0, count);
    this.#context.arrivals.push({ client: this, bytes });
  };

  readonly #onFailure = (error: unknown): void => this.fail(error);

  readonly #proceed = (): void => {
    if (this.#state === "closed") return;
    if (this.#next === "linger") return this.#linger();
    if (this.#next === "close") return this.close();
    const turn = this.#hasFilledBuffer ? this.#context.turns.next() : undefined;
    if (turn === undefined) return this.#read();
    this.#hasFilledBuffer = false;
    turn.then(this.#proceed);
  };

  // No command ended in the chunk. The rest of a long one is not left to wait, unless it is very long.
  #proceedUnanswered(): void {
    const isLong = ++this.#incompleteChunks >= INCOMPLETE_CHUNKS_MAX;
    if (isLong) this.#incompleteChunks = 0;
    else this.#hasFilledBuffer = false;
    this.#proceed();
  }

  #read(): void {
    this.#state = "reading";
    this.#reading = this.#socket.read(this.#buffer);
    this.#reading.then(this.#onRead, this.#onFailure);
  }

  // Without a function for each chunk: they would be garbage.
  #sendBytes(bytes: Uint8Array): void {
    this.#incompleteChunks = 0;
    this.#isWriting = true;
    this.#unsent = bytes;
    this.#socket.write(bytes).then(this.#onWritten, this.#onFailure);
  }

  readonly #onWritten = (count: number): void => {
    this.#noteSent(count);
    if (count < this.#unsent.length) return this.#sendBytes(this.#unsent.subarray(count));
    this.#isWriting = false;
    this.#proceed();
  };

  async #sendStream(replies: ReadableStream<Uint8Array>): Promise<void> {
    try {
      let sentBytes = 0;
      for await (const chunk of replies) {
        await this.#write(chunk);
        this.#context.turns.noteServed(this);
        sentBytes += chunk.length;
        if (sentBytes < TURN_SENT_BYTES) continue;
        sentBytes = 0;
        await this.#context.turns.next();
      }
    } catch (error) {
      return this.fail(error);
    }
    this.#proceed();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#isWriting = true;
    for (let sent = 0; sent < bytes.length;) {
      const count = await this.#socket.write(sent === 0 ? bytes : bytes.subarray(sent));
      this.#noteSent(count);
      sent += count;
    }
    this.#isWriting = false;
  }

  #noteSent(count: number): void {
    this.#progressTick = this.#context.clock.tick;
    this.#context.meter?.countBytes(count);
    this.#sentSinceBytes += count;
    if (this.#sentSinceBytes <= DELIVERED_BYTES_MAX) return;
    this.#sentSinceBytes = 0;
    this.#muchSentMs = this.#context.timers.nowMs();
  }

  #countLatency(arrivedMs: number): void {
    this.#arrivedMs = undefined;
    this.#context.meter?.countLatency((this.#context.timers.nowMs() - arrivedMs) / 1_000);
  }

  #linger(): void {
    this.#state = "closing";
    linger(this.#socket, this.#buffer, this.#context.timers, this.#lingerPolicy, this.#reading)
      .then(() => this.close());
  }

  // The operating system does not tell whether replies are still in its buffers.
  get #lingerPolicy(): LingerPolicy {
    const isRecent = this.#context.timers.nowMs() - this.#muchSentMs <= DELIVERED_AFTER_MS;
    return isRecent ? "until closed" : "until silent";
  }
}
