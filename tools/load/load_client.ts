import { Buffer } from "node:buffer";
import { ConnectionFailure } from "../../src/client/connection_failure.ts";
import type { ExpectedLines } from "./expected_lines.ts";
import type { LoadTally } from "./load_tally.ts";
import type { RandomLineNumbers } from "./random_line_numbers.ts";
import { ReplyChecker } from "./reply_checker.ts";
import type { RequestBudget } from "./request_budget.ts";
import { formatServerAddress, type ServerAddress } from "../../src/client/server_address.ts";
import type { WireProtocol } from "../../src/client/wire_protocol.ts";

/** How much is read from the socket at a time. */
const READ_BYTES = 64 * 1024;

/** A wrong reply that is so much longer than the whole file is taken to have no end. */
const SKIP_SLACK_BYTES = 1024 * 1024;

/** What a client works with. */
export interface LoadClientOptions {
  /** Whom it asks. */
  readonly address: ServerAddress;
  /** How it asks. */
  readonly wire: WireProtocol;
  /** What the answers must be. */
  readonly lines: ExpectedLines;
  /** Which lines it asks for; not to be used by others. */
  readonly lineNumbers: RandomLineNumbers;
  /** How many requests are sent at once, 1 or more. */
  readonly pipeline: number;
  /** After how many requests it opens another connection, 1 or more. */
  readonly reconnectAfter: number;
  /** Where it counts. */
  readonly tally: LoadTally;
}

/**
 * One client: sends a batch of requests in one write, checks the replies, sends the next batch.
 *
 * - What goes wrong is counted in the tally: this rejects only where the program itself is at fault.
 * - After a failed connection it opens another one, unless that one had not answered a single batch:
 *   a server that is gone is not asked again and again.
 * - Its buffers are allocated once; nothing in it grows with the length of lines or of the run.
 */
export class LoadClient {
  readonly #options: LoadClientOptions;
  readonly #checker: ReplyChecker;
  readonly #request: Uint8Array;
  readonly #batch: Uint32Array;
  readonly #received = Buffer.alloc(READ_BYTES);
  readonly #skipMaxBytes: number;
  #conn: Deno.TcpConn | undefined;
  #connecting: AbortController | undefined;
  #isWaiting = false;
  #isStalled = false;
  // Counts what was begun and what came, so that a standstill shows without reading the clock.
  #eventCount = 0;
  #eventCountBefore = -1;

  /** Opens no connection yet. */
  constructor(options: LoadClientOptions) {
    this.#options = options;
    this.#checker = new ReplyChecker(options.wire, options.lines);
    this.#request = new Uint8Array(options.pipeline * options.wire.requestMaxBytes);
    this.#batch = new Uint32Array(options.pipeline);
    this.#skipMaxBytes = options.lines.text.length + SKIP_SLACK_BYTES;
  }

  /** Opens a connection; where that fails it is counted, and {@linkcode run} does nothing. */
  async connect(): Promise<void> {
    const { address, tally } = this.#options;
    this.#isWaiting = true;
    this.#isStalled = false;
    this.#connecting = new AbortController();
    try {
      this.#conn = await Deno.connect({ ...address, signal: this.#connecting.signal });
      this.#conn.setNoDelay(true);
      tally.connectionCount++;
    } catch (error) {
      this.#countFailure(error);
    } finally {
      this.#isWaiting = false;
      this.#eventCount++;
    }
  }

  /** Asks until the budget is spent or the server is gone, then closes the connection. */
  async run(budget: RequestBudget): Promise<void> {
    while (this.#conn !== undefined) {
      const isMoreWanted = await this.#useConnection(this.#conn, budget);
      this.#close();
      if (isMoreWanted) await this.connect();
    }
  }

  /**
   * Ends the connection where nothing has come since the last call although something should have.
   * To be called at even intervals: twice that long is the longest standstill.
   */
  closeIfStalled(): void {
    const isStalled = this.#isWaiting && this.#eventCount === this.#eventCountBefore;
    this.#eventCountBefore = this.#eventCount;
    if (!isStalled) return;
    this.#isStalled = true;
    this.#connecting?.abort();
    this.#close();
  }

  async #useConnection(conn: Deno.TcpConn, budget: RequestBudget): Promise<boolean> {
    const { pipeline, reconnectAfter, tally } = this.#options;
    let asked = 0;
    let hasAnswered = false;
    try {
      for (; asked < reconnectAfter;) {
        const count = budget.take(Math.min(pipeline, reconnectAfter - asked));
        if (count === 0) return false;
        const startedMs = performance.now();
        await this.#exchange(conn, count);
        tally.latency.record(performance.now() - startedMs);
        hasAnswered = true;
        asked += count;
      }
      return true;
    } catch (error) {
      this.#countFailure(error);
      return hasAnswered;
    }
  }

  async #exchange(conn: Deno.TcpConn, count: number): Promise<void> {
    const requestBytes = this.#encode(count);
    this.#isWaiting = true;
    this.#eventCount++;
    // Not awaited before the replies are read: a server may stop reading until it could send.
    const writing = writeAll(conn, this.#request, requestBytes);
    // Where writing fails reading does too, or the standstill is noticed.
    writing.catch(() => {});
    await this.#checkReplies(conn, count);
    await writing;
    this.#isWaiting = false;
  }

  #encode(count: number): number {
    const { wire, lineNumbers } = this.#options;
    let end = 0;
    for (let i = 0; i < count; i++) {
      const lineNumber = lineNumbers.next();
      this.#batch[i] = lineNumber;
      end = wire.encodeRequest(lineNumber, this.#request, end);
    }
    return end;
  }

  async #checkReplies(conn: Deno.TcpConn, count: number): Promise<void> {
    this.#checker.expect(this.#batch[0]!);
    for (let checked = 0; checked < count;) {
      const end = await conn.read(this.#received);
      if (end === null) throw new ConnectionFailure("early end of stream", owed(count - checked));
      this.#eventCount++;
      checked = this.#checkChunk(end, checked, count);
    }
  }

  // Gives how many replies of the batch are complete now.
  #checkChunk(end: number, checkedBefore: number, count: number): number {
    const checker = this.#checker;
    let checked = checkedBefore;
    for (let at = 0; at < end;) {
      if (checked === count) throw surplus(end - at);
      at = checker.check(this.#received, at, end);
      if (checker.state === "incomplete") break;
      this.#count();
      checked++;
      if (checked < count) checker.expect(this.#batch[checked]!);
    }
    if (checker.skippedBytes > this.#skipMaxBytes) {
      const { lineNumber } = checker.difference();
      throw new ConnectionFailure("reply without end", `line ${lineNumber}`);
    }
    return checked;
  }

  #count(): void {
    const { tally } = this.#options;
    tally.replyCount++;
    if (this.#checker.state === "right") return;
    const difference = this.#checker.difference();
    if (this.#checker.state === "wrong") return tally.countWrong(difference);
    const example = `line ${difference.lineNumber}: ${difference.received}`;
    tally.countFailure(new ConnectionFailure("server error reply", example));
  }

  #countFailure(error: unknown): void {
    // A mistake in this program must not look like one of the server.
    if (error instanceof TypeError || error instanceof RangeError) throw error;
    const { address, tally } = this.#options;
    const where = formatServerAddress(address);
    const failure = this.#isStalled
      ? new ConnectionFailure("no reply in time", where)
      : ConnectionFailure.from(error, where);
    tally.countFailure(failure);
  }

  #close(): void {
    this.#isWaiting = false;
    this.#conn?.close();
    this.#conn = undefined;
  }
}

async function writeAll(conn: Deno.TcpConn, bytes: Uint8Array, end: number): Promise<void> {
  for (let sent = 0; sent < end;) sent += await conn.write(bytes.subarray(sent, end));
}

function owed(replyCount: number): string {
  return `${replyCount} ${replyCount === 1 ? "reply" : "replies"} still owed`;
}

function surplus(byteCount: number): ConnectionFailure {
  return new ConnectionFailure("surplus bytes", `${byteCount} bytes after the last reply`);
}
