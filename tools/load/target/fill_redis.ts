import { ConnectionFailure } from "../../../src/client/errors.ts";
import type { ExpectedLines } from "../lines/expected_lines.ts";
import { LoadFailure } from "../load_failure.ts";
import { writeBulkDecimal, writeBulkHead } from "./redis_protocol.ts";
import { formatServerAddress } from "../../../src/client/server_address.ts";
import type { LoadTarget } from "./load_target.ts";
import { openTargetInTime } from "./open_target.ts";

const encoder = new TextEncoder();
const DBSIZE = encoder.encode("*1\r\n$6\r\nDBSIZE\r\n");
const SET = encoder.encode("*3\r\n$3\r\nSET\r\n");
const CRLF = encoder.encode("\r\n");
const STORED = encoder.encode("+OK\r\n");

/** Commands sent before their replies are read: these take 5 KB, which every socket can buffer. */
const BATCH_MAX_COMMANDS = 1_000;
const BUFFER_BYTES = 128 * 1024;
/** The longest prefix of a value: `SET`, two bulk heads and a key. */
const COMMAND_MAX_BYTES = 64;

/** Enough of the reply to DBSIZE for an error message. */
const SIZE_REPLY_MAX_CHARACTERS = 200;

export interface FillOptions {
  /** The time limit for each read and write, 1 to 2^31 - 1. */
  readonly timeoutMs: number;
  /** Aborts with its reason. */
  readonly signal: AbortSignal;
}

/**
 * Stores all lines in an empty Redis: the key is the line number in decimal, the value the line.
 *
 * @throws {LoadFailure} if Redis cannot be reached, is not empty, is silent or rejects a line, or the
 * lines cannot be read
 */
export async function fillRedis(
  target: LoadTarget,
  lines: ExpectedLines,
  { timeoutMs, signal }: FillOptions,
): Promise<void> {
  const address = formatServerAddress(target.address);
  try {
    const conn = await openTargetInTime(target, timeoutMs, signal);
    using fill = new RedisFill(conn, lines, timeoutMs);
    const abort = () => fill.end(signal.reason);
    signal.addEventListener("abort", abort);
    try {
      // The signal may have been aborted just before the socket opened.
      signal.throwIfAborted();
      await fill.checkEmpty();
      await fill.storeAll();
    } finally {
      signal.removeEventListener("abort", abort);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LoadFailure) throw error;
    const { kind, message } = ConnectionFailure.from(error, address);
    const cause = message.startsWith(address) ? kind : `${kind}, ${message}`;
    throw new LoadFailure(
      `Cannot fill Redis: ${address} (${cause}). Use an empty Redis that accepts writes.`,
    );
  }
}

class RedisFill implements Disposable {
  readonly #conn: Deno.Conn;
  readonly #lines: ExpectedLines;
  readonly #timeoutMs: number;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #bufferedBytes = 0;
  readonly #received = new Uint8Array(8 * 1024);
  #repliesPending = 0;
  // The reason for closing the socket: the error of a closed socket does not tell.
  #endReason: unknown;

  constructor(conn: Deno.Conn, lines: ExpectedLines, timeoutMs: number) {
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
    throw refused(`the reply to DBSIZE is ${reply.slice(0, SIZE_REPLY_MAX_CHARACTERS).trimEnd()}`);
  }

  async storeAll(): Promise<void> {
    for (let lineNumber = 1; lineNumber <= this.#lines.lineCount; lineNumber++) {
      await this.#store(lineNumber);
      if (this.#repliesPending === BATCH_MAX_COMMANDS) await this.#readReplies();
    }
    await this.#readReplies();
  }

  // Returns a promise only if it has to wait: waiting costs far more than a line.
  #store(lineNumber: number): Promise<void> | undefined {
    this.#lines.locate(lineNumber);
    const { lineStart, lineBytes } = this.#lines;
    if (this.#bufferedBytes + COMMAND_MAX_BYTES + lineBytes > BUFFER_BYTES) {
      return this.#storeAfterFlush(lineNumber, lineStart, lineBytes);
    }
    this.#bufferHead(lineNumber, lineBytes);
    for (let done = 0; done < lineBytes;) {
      const chunk = this.#view(lineStart + done, lineBytes - done);
      this.#buffer.set(chunk, this.#bufferedBytes);
      this.#bufferedBytes += chunk.length;
      done += chunk.length;
    }
    this.#bufferTail();
    return undefined;
  }

  async #storeAfterFlush(lineNumber: number, start: number, bytes: number): Promise<void> {
    await this.#flush();
    this.#bufferHead(lineNumber, bytes);
    await this.#flush();
    for (let done = 0; done < bytes;) {
      const chunk = this.#view(start + done, bytes - done);
      await this.#write(chunk);
      done += chunk.length;
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
    this.#repliesPending++;
  }

  async #readReplies(): Promise<void> {
    await this.#flush();
    const expectedBytes = this.#repliesPending * STORED.length;
    for (let checked = 0; checked < expectedBytes;) {
      const reply = await this.#read();
      const wrongAt = reply.findIndex((byte, i) => byte !== STORED[(checked + i) % STORED.length]);
      if (wrongAt >= 0) throw refused(this.#decode(reply.subarray(wrongAt, wrongAt + 200)));
      checked += reply.length;
    }
    this.#repliesPending = 0;
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
    if (byteCount === null) {
      throw new ConnectionFailure("early end of stream", "replies are missing");
    }
    return this.#received.subarray(0, byteCount);
  }

  async #inTime<T>(transfer: Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      this.end(new ConnectionFailure("no reply in time", `waited ${this.#timeoutMs} ms`));
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
