import type { Buffer } from "node:buffer";
import { ConnectionFailure } from "../../src/client/connection_failure.ts";
import { setNoDelay } from "../../src/client/open_socket.ts";
import { formatServerAddress, type ServerAddress } from "../../src/client/server_address.ts";
import type { WireProtocol } from "../../src/client/wire_protocol.ts";
import { TextError } from "../../src/source/text_error.ts";
import type { LineNumbers } from "./line_numbers.ts";
import { LoadFailure } from "./load_failure.ts";
import type { Pacer } from "./pacer.ts";
import type { ReplyChecker } from "./reply_checker.ts";
import type { RequestLog } from "./request_log.ts";
import type { StepSchedule } from "./step_schedule.ts";
import type { StepTally } from "./step_tally.ts";

/** What a client works with. */
export interface LoadClientOptions {
  /** Whom it asks. */
  readonly address: ServerAddress;
  /** How it asks. */
  readonly wire: WireProtocol;
  /** What tells whether its replies are right; not to be used by others. */
  readonly checker: ReplyChecker;
  /** Which lines it asks for. */
  readonly lineNumbers: LineNumbers;
  /** How many clients there are, for the log. */
  readonly clientCount: number;
  /** How many requests are sent at once, 1 or more. */
  readonly pipeline: number;
  /** How many requests it sends in all, 1 or more; `Infinity` until the schedule ends. */
  readonly requests: number;
  /** After how many requests it opens another connection, 1 or more; `Infinity` for never. */
  readonly reconnectAfter: number;
  /** A wrong reply with so many bytes more than were right is taken to have no end. */
  readonly skipMaxBytes: number;
  /** What is read from the socket goes there; not to be used by others meanwhile. */
  readonly received: Buffer;
  /** When it may send; one for all clients. */
  readonly schedule: StepSchedule;
  /** In an open loop: what it waits with until it may send; one for all clients. */
  readonly pacer: Pacer | undefined;
  /** Where it counts; one for all clients. */
  readonly tally: StepTally;
  /** Where each request is noted, if anywhere. */
  readonly log: RequestLog | undefined;
}

/**
 * One client: opens a connection, sends a batch of requests in one write, checks the replies, sends the
 * next batch.
 *
 * - What goes wrong is counted in the tally: this rejects only where the program itself is at fault.
 * - After a failed connection it opens another one, unless that one had not answered a single batch:
 *   a server that is gone is not asked again and again. What the batch still owed is not asked again.
 * - Its buffers are allocated once; nothing in it grows with the length of lines or of the run.
 */
export class LoadClient {
  readonly #options: LoadClientOptions;
  readonly #request: Uint8Array;
  // Doubles, as line numbers may be over 2^32.
  readonly #batch: Float64Array;
  #requestsLeft: number;
  #conn: Deno.TcpConn | undefined;
  #connecting: AbortController | undefined;
  #isStopped = false;
  #isWaiting = false;
  #isStalled = false;
  // Counts what was begun and what came, so that a standstill shows without reading the clock.
  #eventCount = 0;
  #eventCountBefore = -1;
  // The batch under way: how many it has, how many replies began and are complete, and its times.
  #batchCount = 0;
  #begunCount = 0;
  #checkedCount = 0;
  #sentMs = 0;
  #dueMs = 0;

  /** Opens no connection yet. */
  constructor(options: LoadClientOptions) {
    this.#options = options;
    this.#requestsLeft = options.requests;
    this.#request = new Uint8Array(options.pipeline * options.wire.requestMaxBytes);
    this.#batch = new Float64Array(options.pipeline);
  }

  /** Asks until it has asked for all, the schedule ends, or the server is gone. */
  async run(): Promise<void> {
    let isMoreWanted = true;
    while (isMoreWanted && !this.#isStopped) {
      const conn = await this.#connect();
      if (conn === undefined) return;
      isMoreWanted = await this.#useConnection(conn);
      this.#close();
    }
  }

  /** Ends at once: what is under way is not waited for, and counts neither as reply nor as failure. */
  stop(): void {
    this.#isStopped = true;
    this.#connecting?.abort();
    this.#close();
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

  async #connect(): Promise<Deno.TcpConn | undefined> {
    const { address, tally } = this.#options;
    this.#isWaiting = true;
    this.#isStalled = false;
    this.#connecting = new AbortController();
    try {
      const startedMs = performance.now();
      this.#conn = await Deno.connect({ ...address, signal: this.#connecting.signal });
      tally.connect.record(performance.now() - startedMs);
      tally.connectionCount++;
      setNoDelay(this.#conn);
    } catch (error) {
      this.#countFailure(error);
    } finally {
      this.#connecting = undefined;
      this.#isWaiting = false;
      this.#eventCount++;
    }
    // It may have come in the moment in which it was no longer wanted.
    if (this.#isStopped || this.#isStalled) this.#close();
    return this.#conn;
  }

  // Gives whether another connection is to be opened.
  async #useConnection(conn: Deno.TcpConn): Promise<boolean> {
    const { pipeline, reconnectAfter, schedule, pacer, log } = this.#options;
    let asked = 0;
    let hasAnswered = false;
    try {
      while (asked < reconnectAfter) {
        const most = Math.min(pipeline, reconnectAfter - asked, this.#requestsLeft);
        const count = most === 0 ? 0 : schedule.take(most);
        if (count === 0) return false;
        this.#requestsLeft -= count;
        if (pacer !== undefined) {
          // Others take theirs while this one waits.
          this.#dueMs = schedule.dueMs;
          await pacer.until(this.#dueMs);
        }
        const full = log?.room();
        if (full !== undefined) await full;
        if (this.#isStopped) return false;
        await this.#exchange(conn, count);
        hasAnswered = true;
        asked += count;
      }
      return this.#requestsLeft > 0;
    } catch (error) {
      this.#countFailure(error);
      return hasAnswered && this.#requestsLeft > 0;
    }
  }

  async #exchange(conn: Deno.TcpConn, count: number): Promise<void> {
    const requestBytes = this.#encode(count);
    this.#batchCount = count;
    this.#begunCount = 0;
    this.#checkedCount = 0;
    this.#isWaiting = true;
    this.#eventCount++;
    this.#sentMs = performance.now();
    // Not awaited before the replies are read: a server may stop reading until it could send.
    const writing = writeAll(conn, this.#request, requestBytes);
    // Where writing fails reading does too, or the standstill is noticed.
    writing.catch(() => {});
    this.#options.checker.prefetch(this.#batch, count);
    await this.#checkReplies(conn);
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

  async #checkReplies(conn: Deno.TcpConn): Promise<void> {
    const { checker, received, skipMaxBytes } = this.#options;
    while (this.#checkedCount < this.#batchCount) {
      const end = await conn.read(received);
      if (end === null) throw this.#endsEarly();
      const nowMs = performance.now();
      this.#eventCount++;
      const begunBefore = this.#begunCount;
      const checkedBefore = this.#checkedCount;
      const surplusBytes = this.#checkChunk(end);
      this.#countTimes(nowMs, this.#begunCount - begunBefore, this.#checkedCount - checkedBefore);
      if (surplusBytes > 0) throw surplus(surplusBytes);
      if (checker.skippedBytes > skipMaxBytes) throw endless(checker.difference().line);
    }
  }

  // Gives how many bytes there were behind the batch's last reply.
  #checkChunk(end: number): number {
    const { checker, received } = this.#options;
    for (let at = 0; at < end;) {
      if (this.#checkedCount === this.#batchCount) return end - at;
      if (this.#begunCount === this.#checkedCount) {
        checker.expect(this.#batch[this.#begunCount++]!);
      }
      at = checker.check(received, at, end);
      if (checker.state === "incomplete") break;
      if (checker.state !== "right") this.#countBadReply();
      this.#checkedCount++;
    }
    return 0;
  }

  // All replies of a chunk came at one time: that is looked at once, before they are checked.
  #countTimes(nowMs: number, begunCount: number, completeCount: number): void {
    const { tally, schedule, log, clientCount } = this.#options;
    if (begunCount > 0) tally.firstByte.record(nowMs - this.#sentMs, begunCount);
    if (completeCount === 0) return;
    tally.replyCount += completeCount;
    tally.lastReplyMs = nowMs;
    const sinceSentMs = nowMs - this.#sentMs;
    const latencyMs = schedule.isOpenLoop ? nowMs - this.#dueMs : sinceSentMs;
    tally.latency.record(latencyMs, completeCount);
    if (schedule.isOpenLoop) tally.uncorrected.record(sinceSentMs, completeCount);
    log?.add(clientCount, latencyMs, completeCount);
  }

  #countBadReply(): void {
    const { checker, tally } = this.#options;
    const difference = checker.difference();
    if (checker.state === "wrong") return tally.countWrong(difference);
    const example = `line ${difference.line}: ${difference.received}`;
    tally.countFailure(new ConnectionFailure("server error reply", example));
  }

  #countFailure(error: unknown): void {
    if (isOwnFault(error)) throw error;
    if (this.#isStopped) return;
    const { address, tally } = this.#options;
    const where = formatServerAddress(address);
    const failure = this.#isStalled
      ? new ConnectionFailure("no reply in time", where)
      : ConnectionFailure.from(error, where);
    tally.countFailure(failure);
  }

  #endsEarly(): ConnectionFailure {
    const owedCount = this.#batchCount - this.#checkedCount;
    const owed = `${owedCount} ${owedCount === 1 ? "reply" : "replies"} still owed`;
    return new ConnectionFailure("early end of stream", owed);
  }

  #close(): void {
    this.#isWaiting = false;
    this.#conn?.close();
    this.#conn = undefined;
  }
}

// A mistake in this program, or a file that cannot be read, must not look like one of the server.
function isOwnFault(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError ||
    error instanceof LoadFailure || error instanceof TextError;
}

async function writeAll(conn: Deno.TcpConn, bytes: Uint8Array, end: number): Promise<void> {
  for (let sent = 0; sent < end;) sent += await conn.write(bytes.subarray(sent, end));
}

function surplus(byteCount: number): ConnectionFailure {
  return new ConnectionFailure("surplus bytes", `${byteCount} bytes after the last reply`);
}

function endless(line: number): ConnectionFailure {
  return new ConnectionFailure("reply without end", `line ${line}`);
}
