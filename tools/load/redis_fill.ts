import { ConnectionFailure } from "../../src/client/connection_failure.ts";
import type { ExpectedLines } from "./expected_lines.ts";
import { LoadFailure } from "./load_failure.ts";
import { writeBulkDecimal, writeBulkHead } from "./redis_wire.ts";
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

/**
 * Puts all lines into an empty Redis: the key is the line's number in decimal, the value its bytes.
 *
 * @param address Where Redis listens.
 * @param lines What to put into it.
 * @throws {LoadFailure} Redis cannot be reached, is not empty, or refused a line.
 */
export async function fillRedis(address: ServerAddress, lines: ExpectedLines): Promise<void> {
  const where = formatServerAddress(address);
  try {
    using conn = await Deno.connect({ ...address });
    conn.setNoDelay(true);
    const fill = new RedisFill(conn, lines);
    await fill.checkEmpty();
    await fill.storeAll();
  } catch (error) {
    const { kind, message } = ConnectionFailure.from(error, where);
    throw new LoadFailure(
      `Cannot fill Redis at ${where}: ${kind}: ${message}: name an empty Redis that takes writes`,
    );
  }
}

class RedisFill {
  readonly #conn: Deno.TcpConn;
  readonly #lines: ExpectedLines;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #bufferedBytes = 0;
  readonly #received = new Uint8Array(8 * 1024);
  #repliesOwed = 0;

  constructor(conn: Deno.TcpConn, lines: ExpectedLines) {
    this.#conn = conn;
    this.#lines = lines;
  }

  async checkEmpty(): Promise<void> {
    await this.#write(DBSIZE);
    let reply = "";
    while (!reply.endsWith("\r\n")) reply += this.#decode(await this.#read());
    if (reply !== ":0\r\n") throw refused(`it answers DBSIZE with ${reply.trimEnd()}`);
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
    const start = this.#lines.startOf(lineNumber);
    const byteCount = this.#lines.byteCountOf(lineNumber);
    const value = this.#lines.text.subarray(start, start + byteCount);
    if (this.#bufferedBytes + COMMAND_MAX_BYTES + byteCount > BUFFER_BYTES) {
      return this.#storeAfterFlush(lineNumber, value);
    }
    this.#bufferHead(lineNumber, byteCount);
    this.#buffer.set(value, this.#bufferedBytes);
    this.#bufferedBytes += byteCount;
    this.#bufferTail();
    return undefined;
  }

  async #storeAfterFlush(lineNumber: number, value: Uint8Array): Promise<void> {
    await this.#flush();
    this.#bufferHead(lineNumber, value.length);
    await this.#flush();
    await this.#write(value);
    this.#bufferTail();
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
    for (let sent = 0; sent < bytes.length;) sent += await this.#conn.write(bytes.subarray(sent));
  }

  async #read(): Promise<Uint8Array> {
    const byteCount = await this.#conn.read(this.#received);
    if (byteCount === null) throw new ConnectionFailure("early end of stream", "replies owed");
    return this.#received.subarray(0, byteCount);
  }

  #decode(bytes: Uint8Array): string {
    return new TextDecoder().decode(bytes);
  }
}

function refused(answer: string): ConnectionFailure {
  return new ConnectionFailure("server error reply", answer.split(/[\r\n]/)[0] ?? "");
}
