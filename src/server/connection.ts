import type { LineStore } from "../lines/line_store.ts";
import { TextError } from "../source/text_error.ts";
import { chooseProtocol, type Protocol } from "../protocol/protocol.ts";
import { Activity } from "./activity.ts";
import { Exchange } from "./pipeline/exchange.ts";
import type { Pipeline } from "./pipeline/pipeline.ts";
import { type ReplyChunk, Router } from "./pipeline/router.ts";

/** What a connection needs of a socket; `Deno.Conn` has it. */
export interface ByteConnection {
  /** Reads some bytes; `null` at the end of the stream. */
  read(into: Uint8Array): Promise<number | null>;
  /** Writes some of the bytes and says how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Says to the other side that nothing more will come. */
  closeWrite(): Promise<void>;
  /** Ends the connection; throws where it is ended already. */
  close(): void;
}

/** What a connection works with. */
export interface ConnectionOptions {
  /** Where lines come from. */
  readonly store: LineStore;
  /** What a client may speak; its first byte chooses. */
  readonly protocols: readonly Protocol[];
  /** Answers what clients send: one for all of a thread. */
  readonly pipeline: Pipeline;
  /** Ends the server; absent where this client may not do that. */
  readonly shutDown?: (() => void) | undefined;
  /** Told, in one line, of what went wrong on this side. */
  readonly log: (message: string) => void;
}

/** How much is read from a socket at a time. */
export const READ_BYTES = 4 * 1024;

/**
 * How long the other side must be silent, after everything was sent, until the connection is closed.
 * Closing while it sends would make the system discard what it has not read yet.
 */
export const LINGER_MS = 500;

/** How long the other side may go on sending after everything was sent. */
export const LINGER_MAX_MS = 30_000;

/** How much is still read from a connection that is draining: more than a system holds back. */
export const DRAIN_READ_MAX_BYTES = 16 * 1024 * 1024;

/** In how many sweeps a draining connection must be found silent until nothing is taken as owed. */
export const DRAIN_QUIET_SWEEPS = 3;

/**
 * One client: its bytes go through the pipeline, and the replies back to it.
 *
 * - Chunk by chunk: the next is read when the replies to the one before were sent. So backpressure
 *   reaches the client, and no more is held for it than one chunk and the replies to it.
 * - A broken socket ends this connection only.
 */
export class Connection {
  readonly #socket: ByteConnection;
  readonly #options: ConnectionOptions;
  readonly #buffer = new Uint8Array(READ_BYTES);
  #router: Router | undefined;
  readonly #reads = new Activity(performance.now());
  readonly #writes = new Activity(performance.now());
  readonly #discards = new Activity(performance.now());
  #drainedBytes = 0;
  #isReading = false;
  #isDraining = false;
  // Whether the last read began while draining: others may have missed what was sent before it.
  #isDrainRead = false;
  #lingering: ReturnType<typeof setInterval> | undefined;
  #isClosed = false;

  /**
   * Makes a connection that `run` will serve.
   *
   * @param socket is closed when the connection ends
   * @param options what the connection works with
   */
  constructor(socket: ByteConnection, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  /** Serves the client until either side ends the connection. Never rejects. */
  async run(): Promise<void> {
    try {
      const bytes = this.#endRead(await this.#beginRead());
      if (bytes !== null) await this.#serve(bytes);
    } catch (error) {
      this.#report(error);
    } finally {
      this.close();
    }
  }

  /** Ends the connection at once, whatever is owed. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#lingering);
    this.#socket.close();
  }

  /**
   * Closes the connection where the client has neither sent nor taken anything for so long.
   *
   * @returns whether it was closed by this
   */
  closeIfIdle(idleTimeoutMs: number): boolean {
    const isWaitedFor = this.#router?.isLoading === true;
    const nowMs = performance.now();
    const silentMs = Math.min(this.#reads.silentMs(nowMs), this.#writes.silentMs(nowMs));
    if (this.#isClosed || isWaitedFor || silentMs <= idleTimeoutMs) return false;
    this.close();
    return true;
  }

  /** How often the client has sent or taken something. */
  get transfers(): number {
    return this.#reads.count + this.#writes.count;
  }

  /** Whether the client has not yet been sent all that it is owed. */
  get isAnswering(): boolean {
    return !this.#isReading && this.#lingering === undefined;
  }

  /** From now on commands are taken only while they arrive without a pause. */
  drain(): void {
    this.#isDraining = true;
    // Who took nothing for long has the time of a shutdown all the same to take what is owed.
    this.#writes.note();
  }

  /**
   * Ends a draining connection where everything that is owed was sent. To be called again and again,
   * by a timer: between two calls the event loop reads what clients have sent.
   *
   * @param quietSweeps how many calls in a row must find that the client sent nothing
   */
  endIfDrained(quietSweeps: number = DRAIN_QUIET_SWEEPS): void {
    if (!this.#isReading) return;
    if (this.#reads.silentLooks() < quietSweeps) return;
    if (this.#router === undefined) this.close();
    else this.#linger();
  }

  async #serve(firstBytes: number): Promise<void> {
    const { store, protocols, pipeline, shutDown } = this.#options;
    const protocol = chooseProtocol(protocols, this.#buffer[0]!);
    const router = this.#router = new Router({ store, shutDown, replies: protocol.replies });
    const exchange = new Exchange(protocol.createSplitter(), router);
    // Nothing asynchronous between here and the socket: each such function leaves more behind for the
    // garbage collector than a command does, and with many clients that is what takes the time.
    for (let bytes: number | null = firstBytes; bytes !== null;) {
      exchange.bytes = this.#buffer.subarray(0, bytes);
      await pipeline.pass(exchange);
      const { replies } = exchange;
      if (!(replies instanceof Uint8Array)) {
        await this.#writePieces(replies);
      } else if (replies.length > 0) {
        const sent = await this.#socket.write(replies);
        this.#writes.note();
        if (sent < replies.length) await this.#write(replies.subarray(sent));
      }
      if (router.hasEnded || this.#isDrainRead && this.#isSocketEmpty(bytes)) {
        this.#linger();
        return await this.#discard();
      }
      bytes = this.#endRead(await this.#beginRead());
      if (this.#lingering !== undefined) return await this.#discard();
    }
    // A client that has sent its last has nothing on its way that closing could make it lose.
    exchange.bytes = null;
    await pipeline.pass(exchange);
    await this.#writePieces(exchange.replies);
  }

  #beginRead(): Promise<number | null> {
    this.#isReading = true;
    this.#isDrainRead = this.#isDraining;
    return this.#socket.read(this.#buffer);
  }

  #endRead(bytes: number | null): number | null {
    this.#isReading = false;
    this.#reads.note();
    return bytes;
  }

  async #writePieces(replies: ReplyChunk): Promise<void> {
    for await (const piece of replies instanceof Uint8Array ? [replies] : replies) {
      await this.#write(piece);
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.#socket.write(sent === 0 ? bytes : bytes.subarray(sent));
      this.#writes.note();
    }
  }

  // A short read emptied the socket: what comes later was sent after the draining began.
  #isSocketEmpty(lastReadBytes: number): boolean {
    this.#drainedBytes += lastReadBytes;
    return lastReadBytes < READ_BYTES || this.#drainedBytes >= DRAIN_READ_MAX_BYTES;
  }

  // Says that nothing more will come, and closes when the other side has been silent.
  #linger(): void {
    if (this.#lingering !== undefined || this.#isClosed) return;
    const endMs = performance.now() + LINGER_MAX_MS;
    this.#lingering = setInterval(() => {
      if (this.#discards.silentLooks() > 0 || performance.now() > endMs) this.close();
    }, LINGER_MS);
    this.#socket.closeWrite().catch((error) => {
      this.#report(error);
      this.close();
    });
  }

  async #discard(): Promise<void> {
    try {
      while (!this.#isClosed && await this.#socket.read(this.#buffer) !== null) {
        this.#discards.note();
      }
    } catch {
      // The socket broke or was closed here: there is nothing left to discard.
    }
  }

  #report(error: unknown): void {
    if (this.#isClosed || isDisconnect(error)) return;
    const message = error instanceof Error ? error.message : String(error);
    const what = error instanceof TextError ? "Closed a connection" : "Connection failed";
    this.#options.log(`${what}: ${message}`);
  }
}

function isDisconnect(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.TimedOut ||
    error instanceof Deno.errors.UnexpectedEof;
}
