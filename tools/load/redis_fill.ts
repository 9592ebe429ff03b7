import { ConnectionFailure } from "../../src/client/connection_failure.ts";
import type { ExpectedLines } from "./expected_lines.ts";
import { TextError } from "../../src/source/text_error.ts";
import { LoadFailure } from "./load_failure.ts";
import { writeBulkDecimal, writeBulkHead } from "./redis_wire.ts";
import { openSocket } from "../../src/client/open_socket.ts";
import { formatServerAddress, type ServerAddress } from "../../src/client/server_address.ts";

const encoder = new TextEncoder();
const DBSIZE = encoder.encode("*1\r\n$6\r\nDBSIZE\r\n");
const SET = encoder.encode("*3\r\n$3\r\nSET\r\n");
const CRLF = encoder.encode("\r\n");
const STORED = encoder.encode("+OK\r\n");

/** Replies are awaited after so many commands: theirs are 5 KB, which any socket takes unread. */
const BATCH_MAX_COMMANDS = 1_000;
const BUFFER_BYTES = 128 * 1024;
/** The longest that precedes a value: `SET`, and two bulk heads and a key. */
const COMMAND_MAX_BYTES = 64;

/** Enough of a reply to DBSIZE to show what it is. */
const SIZE_REPLY_MAX_CHARACTERS = 200;

/** How Redis is filled. */
export interface FillOptions {
  /** How long Redis may be silent, 1 to 2^31 - 1. */
  readonly timeoutMs: number;
  /** Ends it at once: its reason is thrown. */
  readonly signal: AbortSignal;
}

/**
 * Puts all lines into an empty Redis: the key is the line's number in decimal, the value its bytes.
 *
 * @param address where Redis listens
 * @param lines what to put into it
 * @throws {LoadFailure} where Redis cannot be reached, is not empty, is silent, or refused a line
 * @throws {TextError} where the lines can no longer be read
 */
export async function fillRedis(
  address: ServerAddress,
  lines: ExpectedLines,
  { timeoutMs, signal }: FillOptions,
): Promise<void> {
  const where = formatServerAddress(address);
  try {
    const conn = await openSocket(address, { connectTimeoutMs: timeoutMs, signal });
    using fill = new RedisFill(conn, lines, timeoutMs);
    const abort = () => fill.end(signal.reason);
    signal.addEventListener("abort", abort);
    try {
      // It may have been aborted in the moment in which the socket came.
      signal.throwIfAborted();
      await fill.checkEmpty();
      await fill.storeAll();
    } finally {
      signal.removeEventListener("abort", abort);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TextError) throw error;
    const { kind, message } = ConnectionFailure.from(error, where);
    throw new LoadFailure(
      `Cannot fill Redis at ${where}: ${kind}: ${message}: name an empty Redis that takes writes`,
    );
  }
}

class RedisFill implements Disposable {
  readonly #conn: Deno.TcpConn;
  readonly #lines: ExpectedLines;
  readonly #timeoutMs: number;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #bufferedBytes = 0;
  readonly #received = new Uint8Array(8 * 1024);
  #repliesOwed = 0;
  // Why it was ended: what a closed socket throws does not say.
  #endReason: unknown;

  constructor(conn: Deno.TcpConn, lines: ExpectedLines, timeoutMs: number) {
    this.#conn = conn;
    this.#lines = lines;
    this.#timeoutMs = timeoutMs;
  }

  end(reason: unknown): void {
    if (this.#endReason !== undefined) return;
    this.#endReason = reason;
    this.#conn.close();
  }

  [Symbol.dispose](): void {
    this.end("done");
  }

  async checkEmpty(): Promise<void> {
    await this.#write(DBSIZE);
    let reply = "";
    while (!reply.endsWith("\r\n") && reply.length < SIZE_REPLY_MAX_CHARACTERS) {
      reply += this.#decode(await this.#read());
    }
    if (reply === ":0\r\n") return;
    throw refused(`it answers DBSIZE with ${reply.slice(0, SIZE_REPLY_MAX_CHARACTERS).trimEnd()}`);
  }

  async storeAll(): Promise<void> {
    for (let lineNumber = 1; lineNumber <= this.#lines.lineCount; lineNumber++) {
      await this.#store(lineNumber);
      if (this.#repliesOwed === BATCH_MAX_COMMANDS) await this.#settle();
    }
    await this.#settle();
  }

  // Returns a promise only where there is something to wait for: a line is far cheaper than a wait.
  #store(lineNumber: number): Promise<void> | undefined {
    this.#lines.locate(lineNumber);
    const { lineStart, lineBytes } = this.#lines;
    if (this.#bufferedBytes + COMMAND_MAX_BYTES + lineBytes > BUFFER_BYTES) {
      return this.#storeAfterFlush(lineNumber, lineStart, lineBytes);
    }
    this.#bufferHead(lineNumber, lineBytes);
    for (let done = 0; done < lineBytes;) {
      const piece = this.#view(lineStart + done, lineBytes - done);
      this.#buffer.set(piece, this.#bufferedBytes);
      this.#bufferedBytes += piece.length;
      done += piece.length;
    }
    this.#bufferTail();
    return undefined;
  }

  async #storeAfterFlush(lineNumber: number, start: number, bytes: number): Promise<void> {
    await this.#flush();
    this.#bufferHead(lineNumber, bytes);
    await this.#flush();
    for (let done = 0; done < bytes;) {
      const piece = this.#view(start + done, bytes - done);
      await this.#write(piece);
      done += piece.length;
    }
    this.#bufferTail();
  }

  #view(start: number, bytes: number): Uint8Array {
    const viewed = this.#lines.viewText(start, bytes);
    const { view, viewAt } = this.#lines;
    return view.subarray(viewAt, viewAt + viewed);
  }

  #bufferHead(lineNumber: number, byteCount: number): void {
    this.#buffer.set(SET, this.#bufferedBytes);
    const keyAt = this.#bufferedBytes + SET.length;
    const keyEnd = writeBulkDecimal(lineNumber, this.#buffer, keyAt);
    this.#bufferedBytes = writeBulkHead(byteCount, this.#buffer, keyEnd);
  }

  #bufferTail(): void {
    this.#buffer.set(CRLF, this.#bufferedBytes);
    this.#bufferedBytes += CRLF.length;
    this.#repliesOwed++;
  }

  async #settle(): Promise<void> {
    await this.#flush();
    const owedBytes = this.#repliesOwed * STORED.length;
    for (let checked = 0; checked < owedBytes;) {
      const reply = await this.#read();
      const wrongAt = reply.findIndex((byte, i) => byte !== STORED[(checked + i) % STORED.length]);
      if (wrongAt >= 0) throw refused(this.#decode(reply.subarray(wrongAt, wrongAt + 200)));
      checked += reply.length;
    }
    this.#repliesOwed = 0;
  }

  async #flush(): Promise<void> {
    await this.#write(this.#buffer.subarray(0, this.#bufferedBytes));
    this.#bufferedBytes = 0;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.#inTime(this.#conn.write(bytes.subarray(sent)));
    }
  }

  async #read(): Promise<Uint8Array> {
    const byteCount = await this.#inTime(this.#conn.read(this.#received));
    if (byteCount === null) throw new ConnectionFailure("early end of stream", "replies owed");
    return this.#received.subarray(0, byteCount);
  }

  async #inTime<T>(transfer: Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      this.end(new ConnectionFailure("no reply in time", `nothing in ${this.#timeoutMs} ms`));
    }, this.#timeoutMs);
    try {
      return await transfer;
    } catch (error) {
      throw this.#endReason ?? error;
    } finally {
      clearTimeout(timer);
    }
  }

  #decode(bytes: Uint8Array): string {
    return new TextDecoder().decode(bytes);
  }
}

function refused(answer: string): ConnectionFailure {
  return new ConnectionFailure("server error reply", answer.split(/[\r\n]/)[0] ?? "");
}
