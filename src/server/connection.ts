import type { LineStore } from "../lines/line_store.ts";
import { TextError } from "../text/text_error.ts";
import { chooseProtocol, type Protocol } from "../protocol/protocol.ts";
import { Activity } from "./activity.ts";
import { Pipeline } from "./pipeline.ts";
import { type ReplyChunk, Router } from "./router.ts";

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
 * - The next chunk is read when the pipeline has taken the one before: backpressure reaches the client.
 * - A broken socket ends this connection only.
 */
export class Connection {
  readonly #socket: ByteConnection;
  readonly #options: ConnectionOptions;
  readonly #buffer = new Uint8Array(READ_BYTES);
  #router: Router | undefined;
  #replies: ReadableStreamDefaultReader<ReplyChunk> | undefined;
  readonly #reads = new Activity(performance.now());
  readonly #writes = new Activity(performance.now());
  readonly #discards = new Activity(performance.now());
  #drainedBytes = 0;
  #isInputOver = false;
  #isSending = false;
  #isDraining = false;
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
    let input: Promise<void> | undefined;
    try {
      const bytes = await this.#socket.read(this.#buffer);
      if (bytes === null) return;
      const pipeline = this.#openPipeline(this.#buffer[0]!);
      this.#replies = pipeline.readable.getReader();
      input = this.#feed(bytes, pipeline.writable.getWriter());
      await this.#send();
      // A client that has sent its last has nothing on its way that closing could make it lose.
      if (!this.#isInputOver) await this.#linger(input);
    } catch (error) {
      this.#report(error);
    } finally {
      this.close();
      await input;
    }
  }

  /** Ends the connection at once, whatever is owed. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
  }

  /** Closes the connection where the client has neither sent nor taken anything for so long. */
  closeIfIdle(idleTimeoutMs: number): void {
    const isWaitedFor = this.#router?.isLoading === true;
    const nowMs = performance.now();
    const silentMs = Math.min(this.#reads.silentMs(nowMs), this.#writes.silentMs(nowMs));
    if (!isWaitedFor && silentMs > idleTimeoutMs) this.close();
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
    if (this.#isSending) return;
    if (this.#reads.silentLooks() < quietSweeps) return;
    if (this.#replies === undefined) this.close();
    // Makes `#send` return, as if the router had ended the replies.
    else this.#replies.cancel().catch((error) => this.#report(error));
  }

  #openPipeline(firstByte: number): Pipeline {
    const { store, protocols, shutDown } = this.#options;
    const protocol = chooseProtocol(protocols, firstByte);
    this.#router = new Router({ store, shutDown, replies: protocol.replies });
    return new Pipeline(protocol.createSplitter(), this.#router);
  }

  // Never rejects: where the pipeline has ended, or the socket broke, `#send` learns of it.
  async #feed(
    firstBytes: number,
    pipeline: WritableStreamDefaultWriter<Uint8Array>,
  ): Promise<void> {
    try {
      for (let bytes: number | null = firstBytes; bytes !== null;) {
        this.#reads.note();
        await pipeline.write(this.#buffer.subarray(0, bytes));
        if (this.#isDraining && this.#isSocketEmpty(bytes)) return await this.#discard();
        bytes = await this.#socket.read(this.#buffer);
      }
      this.#isInputOver = true;
      await pipeline.close();
    } catch (error) {
      await pipeline.abort(error).catch(() => {});
      await this.#discard();
    }
  }

  // A short read emptied the socket: what comes later was sent after the draining began.
  #isSocketEmpty(lastReadBytes: number): boolean {
    this.#drainedBytes += lastReadBytes;
    return lastReadBytes < READ_BYTES || this.#drainedBytes >= DRAIN_READ_MAX_BYTES;
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

  async #send(): Promise<void> {
    const replies = this.#replies!;
    try {
      for (;;) {
        const { done, value } = await replies.read();
        if (done) return;
        this.#isSending = true;
        if (value instanceof Uint8Array) {
          const sent = await this.#socket.write(value);
          this.#writes.note();
          if (sent < value.length) await this.#write(value.subarray(sent));
        } else {
          for await (const piece of value) await this.#write(piece);
        }
        this.#isSending = false;
      }
    } catch (error) {
      await replies.cancel(error).catch(() => {});
      throw error;
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.#socket.write(bytes.subarray(sent));
      this.#writes.note();
    }
  }

  async #linger(input: Promise<void>): Promise<void> {
    await this.#socket.closeWrite();
    const endMs = performance.now() + LINGER_MAX_MS;
    const timer = setInterval(() => {
      if (this.#discards.silentLooks() > 0 || performance.now() > endMs) this.close();
    }, LINGER_MS);
    await input;
    clearInterval(timer);
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
