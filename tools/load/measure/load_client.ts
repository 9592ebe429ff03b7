import type { Buffer } from "node:buffer";
import type { RequestEncoder } from "../target/client_protocol.ts";
import { ConnectionFailure } from "../../../src/client/errors.ts";
import { formatServerAddress } from "../../../src/client/server_address.ts";
import type { ReplyChecker } from "../check/reply_checker.ts";
import { LoadFailure } from "../load_failure.ts";
import type { LoadTarget } from "../target/load_target.ts";
import { openTarget } from "../target/open_target.ts";
import type { LoadCommand } from "../load_report.ts";
import type { LineNumbers } from "../pattern/line_numbers.ts";
import type { RequestLog } from "./request_log.ts";
import type { StepSchedule } from "./step_schedule.ts";
import type { StepTally } from "./step_tally.ts";

const TIMER_MAX_MS = 2 ** 31 - 1;

export interface LoadClientOptions {
  readonly target: LoadTarget;
  readonly encoder: RequestEncoder;
  /** Must not be shared. */
  readonly checker: ReplyChecker;
  readonly lineNumbers: LineNumbers;
  /** The number of clients of the step, for the log. */
  readonly clientCount: number;
  /** How many lines are requested in one write, 1 or more. */
  readonly pipeline: number;
  readonly command: LoadCommand;
  /** How many requests the client sends, 1 or more; `Infinity` for until the schedule ends. */
  readonly requests: number;
  /** How many requests are sent on one connection, 1 or more; `Infinity` for all. */
  readonly reconnectAfter: number;
  /** A wrong reply with more wrong bytes than this is considered endless. */
  readonly skipMaxBytes: number;
  /** The receive buffer; must not be shared. */
  readonly received: Buffer;
  /** Shared by all clients of the step. */
  readonly schedule: StepSchedule;
  /** Shared by all clients of the step. */
  readonly tally: StepTally;
  readonly log: RequestLog | undefined;
}

/**
 * One client: opens a connection, sends a batch of requests in one write, checks the replies, and
 * sends the next batch.
 *
 * - Failures of the server are counted in the tally. `run` rejects only if the load tester itself
 *   fails.
 * - After a failure it opens another connection, but only if the previous one completed a batch: a
 *   server that is down is not contacted again and again. The unanswered requests are not repeated.
 * - After a reply with which the server closes the connection, it opens another one.
 * - All buffers are allocated once; none grows with the length of lines or of the run.
 */
export class LoadClient {
  readonly #options: LoadClientOptions;
  readonly #request: Uint8Array;
  // Doubles, because line numbers may exceed 2^32.
  readonly #batch: Float64Array;
  #requestsLeft: number;
  #conn: Deno.Conn | undefined;
  #connecting: AbortController | undefined;
  #wake = () => {};
  #isStopped = false;
  #isWaiting = false;
  #isStalled = false;
  // Counts sent batches and received chunks, so that a stall is detected without reading the clock.
  #eventCount = 0;
  #eventCountBefore = -1;
  // The current batch: its size, how many replies have started and are complete, and its times.
  #batchCount = 0;
  #startedCount = 0;
  #checkedCount = 0;
  #sentMs = 0;
  #dueMs = 0;

  constructor(options: LoadClientOptions) {
    this.#options = options;
    this.#requestsLeft = options.requests;
    const { pipeline, command, encoder } = options;
    this.#request = new Uint8Array(
      command === "mget" ? encoder.batchMaxBytes(pipeline) : pipeline * encoder.requestMaxBytes,
    );
    this.#batch = new Float64Array(options.pipeline);
  }

  /** Resolves when all requests are answered, the schedule has ended, or the server is down. */
  async run(): Promise<void> {
    let isMoreWanted = true;
    while (isMoreWanted && !this.#isStopped) {
      const conn = await this.#connect();
      if (conn === undefined) return;
      isMoreWanted = await this.#useConnection(conn);
      this.#close();
    }
  }

  /** Ends the run at once: requests in flight count neither as replies nor as failures. */
  stop(): void {
    this.#isStopped = true;
    this.#wake();
    this.#connecting?.abort();
    this.#close();
  }

  /**
   * Closes the connection if replies are pending and nothing has arrived since the previous call. Must
   * be called at constant intervals; a stall lasts at most two of them.
   */
  closeIfStalled(): void {
    const isStalled = this.#isWaiting && this.#eventCount === this.#eventCountBefore;
    this.#eventCountBefore = this.#eventCount;
    if (!isStalled) return;
    this.#isStalled = true;
    this.#connecting?.abort();
    this.#close();
  }

  async #connect(): Promise<Deno.Conn | undefined> {
    const { target, tally } = this.#options;
    this.#isWaiting = true;
    this.#isStalled = false;
    this.#connecting = new AbortController();
    try {
      const startedMs = performance.now();
      this.#conn = await openTarget(target, this.#connecting.signal);
      tally.connect.record(performance.now() - startedMs);
      tally.connectionCount++;
    } catch (error) {
      this.#countFailure(error);
    } finally {
      this.#connecting = undefined;
      this.#isWaiting = false;
      this.#eventCount++;
    }
    // The client may have been stopped just before the connection opened.
    if (this.#isStopped || this.#isStalled) this.#close();
    return this.#conn;
  }

  // Returns whether to open another connection.
  async #useConnection(conn: Deno.Conn): Promise<boolean> {
    const { pipeline, reconnectAfter, schedule, log, checker } = this.#options;
    let sentCount = 0;
    let hasAnswered = false;
    try {
      while (sentCount < reconnectAfter) {
        const most = Math.min(pipeline, reconnectAfter - sentCount, this.#requestsLeft);
        const count = most === 0 ? 0 : schedule.take(most);
        if (count === 0) return false;
        this.#requestsLeft -= count;
        if (schedule.isOpenLoop) {
          // Other clients take requests while this one waits.
          this.#dueMs = schedule.dueMs;
          await this.#sleepUntil(this.#dueMs);
        }
        const room = log?.room();
        if (room !== undefined) await room;
        if (this.#isStopped) return false;
        await this.#exchange(conn, count);
        hasAnswered = true;
        sentCount += count;
        if (checker.isLastReply) break;
      }
      return this.#requestsLeft > 0;
    } catch (error) {
      this.#countFailure(error);
      this.#countCutReply();
      return hasAnswered && this.#requestsLeft > 0;
    }
  }

  // The runtime's timers are about 1.3 ms late, measured with 500 to 10,000 requests per second. A
  // thread in Atomics.wait is late by only 0.3 ms, but takes 150 lines and up to a third of a core.
  async #sleepUntil(dueMs: number): Promise<void> {
    while (!this.#isStopped) {
      const leftMs = dueMs - performance.now();
      if (leftMs <= 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const timer = setTimeout(resolve, Math.min(leftMs, TIMER_MAX_MS));
      await promise;
      clearTimeout(timer);
    }
  }

  async #exchange(conn: Deno.Conn, count: number): Promise<void> {
    const requestBytes = this.#encode(count);
    this.#batchCount = count;
    this.#startedCount = 0;
    this.#checkedCount = 0;
    this.#isWaiting = true;
    this.#eventCount++;
    this.#sentMs = performance.now();
    // Not awaited before the replies are read: a server may stop reading until it can send.
    const writing = writeAll(conn, this.#request, requestBytes);
    // If writing fails, reading fails too, or the stall is detected.
    writing.catch(() => {});
    this.#options.checker.prefetch(this.#batch, count);
    await this.#checkReplies(conn);
    await writing;
    this.#isWaiting = false;
  }

  #encode(count: number): number {
    const { encoder, command, lineNumbers } = this.#options;
    for (let i = 0; i < count; i++) this.#batch[i] = lineNumbers.next();
    switch (command) {
      case "get": {
        let end = 0;
        for (let i = 0; i < count; i++) {
          end = encoder.encodeRequest(this.#batch[i]!, this.#request, end);
        }
        return end;
      }
      case "mget":
        return encoder.encodeBatch(this.#batch, count, this.#request);
      default:
        return command satisfies never;
    }
  }

  async #checkReplies(conn: Deno.Conn): Promise<void> {
    const { checker, received, skipMaxBytes } = this.#options;
    while (this.#checkedCount < this.#batchCount) {
      const end = await conn.read(received);
      if (end === null) throw this.#earlyEnd();
      const nowMs = performance.now();
      this.#eventCount++;
      const startedBefore = this.#startedCount;
      const checkedBefore = this.#checkedCount;
      const surplusBytes = this.#checkChunk(end);
      this.#recordTimes(
        nowMs,
        this.#startedCount - startedBefore,
        this.#checkedCount - checkedBefore,
      );
      if (surplusBytes > 0) throw surplus(surplusBytes);
      if (checker.skippedBytes > skipMaxBytes) throw endless(checker.difference().line);
      if (checker.isLastReply && this.#checkedCount < this.#batchCount) throw this.#earlyEnd();
    }
  }

  // Returns the number of bytes after the last reply of the batch or of the connection.
  #checkChunk(end: number): number {
    const { checker, received, command } = this.#options;
    for (let at = 0; at < end;) {
      if (this.#checkedCount === this.#batchCount) return end - at;
      if (this.#startedCount === this.#checkedCount) {
        const isFirst = command === "mget" && this.#startedCount === 0;
        checker.expect(this.#batch[this.#startedCount++]!, isFirst ? this.#batchCount : 0);
      }
      at = checker.check(received, at, end);
      if (checker.state === "incomplete") break;
      if (checker.state !== "right") this.#countBadReply();
      this.#checkedCount++;
      if (checker.isLastReply) return end - at;
    }
    return 0;
  }

  // All replies of a chunk have the same time, which was taken before they were checked.
  #recordTimes(nowMs: number, startedCount: number, completeCount: number): void {
    const { tally, schedule, log, clientCount } = this.#options;
    if (startedCount > 0) tally.firstByte.record(nowMs - this.#sentMs, startedCount);
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
    const example = `line ${difference.line}, ${difference.received}`;
    tally.countFailure(new ConnectionFailure("server error reply", example));
  }

  // A reply without its end counts as one if the bytes that have arrived are wrong.
  #countCutReply(): void {
    const { checker, tally } = this.#options;
    if (this.#isStopped || this.#startedCount === this.#checkedCount || !checker.isWrong) return;
    tally.replyCount++;
    tally.countWrong(checker.difference());
  }

  #countFailure(error: unknown): void {
    if (isOwnFailure(error)) throw error;
    if (this.#isStopped) return;
    const { target, tally } = this.#options;
    const address = formatServerAddress(target.address);
    const failure = this.#isStalled
      ? new ConnectionFailure("no reply in time", address)
      : ConnectionFailure.from(error, address);
    tally.countFailure(failure);
  }

  #earlyEnd(): ConnectionFailure {
    const count = this.#batchCount - this.#checkedCount;
    const missing = count === 1 ? "1 reply is missing" : `${count} replies are missing`;
    return new ConnectionFailure("early end of stream", missing);
  }

  #close(): void {
    this.#isWaiting = false;
    this.#conn?.close();
    this.#conn = undefined;
  }
}

// A bug of the load tester, or a file that cannot be read, must not count as a failure of the server.
function isOwnFailure(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof LoadFailure;
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array, end: number): Promise<void> {
  for (let sent = 0; sent < end;) sent += await conn.write(bytes.subarray(sent, end));
}

function surplus(byteCount: number): ConnectionFailure {
  return new ConnectionFailure("surplus bytes", `${byteCount} bytes after the last reply`);
}

function endless(line: number): ConnectionFailure {
  return new ConnectionFailure("reply without end", `line ${line}`);
}
