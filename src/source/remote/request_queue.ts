import { RemoteFailure } from "./remote_failure.ts";

/** How many ranges a thread asks for at a time. */
export const REQUESTS_MAX = 64;

/** A read that has waited for so long fails if no request has succeeded meanwhile: the server does not answer. */
export const WAIT_MAX_MS = 30_000;

/** Ranges that wait are joined if no more than this is between them. */
export const MERGE_GAP_MAX_BYTES: number = 16 * 1024;

/** The largest range that is made by joining others. */
export const MERGED_MAX_BYTES: number = 1024 * 1024;

/** What ranges are read of. */
export interface RangeReader {
  /** Fills `into` by one request. */
  readRange(into: Uint8Array, offset: number, signal: AbortSignal): Promise<void>;
}

interface Read {
  readonly reader: RangeReader;
  readonly into: Uint8Array;
  readonly offset: number;
  readonly end: number;
  readonly result: PromiseWithResolvers<void>;
  readonly askedMs: number;
  /** The request that it is part of; undefined while it waits. */
  request?: Running;
  isDropped: boolean;
}

interface Running {
  readonly reader: RangeReader;
  readonly abort: AbortController;
  readonly reads: readonly Read[];
}

/**
 * Limits how many requests for ranges run at a time.
 *
 * - Order: a read starts at once while less than the limit run. Otherwise reads start in the order in which they
 *   were asked for, except for those that are joined to an earlier one.
 * - Joining: reads of the same reader that wait, and are near to the first that waits, become one request. A read
 *   never waits to be joined.
 * - Failure: if a request fails, all its reads do. A read that waits longer than {@linkcode WAIT_MAX_MS} for a server
 *   that answers nothing fails when the next request ends, so that the wait does not grow with the number of clients.
 * - Abort: a read that waits is dropped. A request is aborted once all its reads are.
 * - Close: all reads of the reader fail, and nothing of it runs afterwards.
 */
export class RequestQueue {
  readonly #requestsMax: number;
  readonly #waiting: Read[] = [];
  // Each with a promise that resolves when it has ended.
  readonly #running = new Map<Running, Promise<void>>();

  readonly #nowMs: () => number;
  #succeededMs = -Infinity;

  constructor(requestsMax: number = REQUESTS_MAX, nowMs: () => number = () => performance.now()) {
    this.#requestsMax = requestsMax;
    this.#nowMs = nowMs;
  }

  /** How many requests run. */
  get runningCount(): number {
    return this.#running.size;
  }

  /** How many reads wait. */
  get waitingCount(): number {
    return this.#waiting.length;
  }

  /**
   * Fills `into`.
   *
   * @throws (as a rejection) what `reader.readRange` throws, or the reason of the signal
   */
  read(
    reader: RangeReader,
    into: Uint8Array,
    offset: number,
    signal?: AbortSignal,
  ): Promise<void> {
    const result = Promise.withResolvers<void>();
    const end = offset + into.length;
    const askedMs = this.#nowMs();
    const read: Read = { reader, into, offset, end, result, askedMs, isDropped: false };
    if (this.#running.size < this.#requestsMax) this.#start([read]);
    else this.#waiting.push(read);
    if (signal === undefined) return result.promise;
    const onAbort = () => this.#drop(read, signal.reason);
    signal.addEventListener("abort", onAbort);
    return result.promise.finally(() => signal.removeEventListener("abort", onAbort));
  }

  /** Lets all reads of a reader fail with an error, and waits until none of its requests runs. */
  async close(reader: RangeReader, error: Error): Promise<void> {
    for (const read of this.#waiting.filter((read) => read.reader === reader)) {
      this.#drop(read, error);
    }
    const running = [...this.#running].filter(([request]) => request.reader === reader);
    for (const [{ abort }] of running) abort.abort(error);
    await Promise.all(running.map(([, ended]) => ended));
  }

  #start(reads: readonly Read[]): void {
    const request: Running = { reader: reads[0]!.reader, abort: new AbortController(), reads };
    for (const read of reads) read.request = request;
    const ended = this.#run(request);
    this.#running.set(request, ended);
  }

  async #run(request: Running): Promise<void> {
    const failure = await readAll(request).then(() => undefined, (error) => ({ error }));
    // Before the results are known: who gets one may ask for more at once, and comes after those that wait.
    this.#running.delete(request);
    if (failure === undefined) this.#succeededMs = this.#nowMs();
    else this.#dropLate();
    this.#startNext();
    for (const { result } of request.reads) {
      if (failure === undefined) result.resolve();
      else result.reject(failure.error);
    }
  }

  // The requests of other readers may be for another server; if all are slow, it does not matter which.
  #dropLate(): void {
    const since = this.#nowMs() - WAIT_MAX_MS;
    if (this.#succeededMs > since) return;
    for (const read of this.#waiting.filter(({ askedMs }) => askedMs < since)) {
      this.#drop(read, new RemoteFailure("the server has answered no request for 30 s"));
    }
  }

  #startNext(): void {
    while (this.#running.size < this.#requestsMax) {
      const first = this.#waiting[0];
      if (first === undefined) return;
      const reads = this.#near(first);
      const taken = new Set(reads);
      const rest = this.#waiting.filter((read) => !taken.has(read));
      this.#waiting.splice(0, this.#waiting.length, ...rest);
      this.#start(reads);
    }
  }

  // The read, and those that wait and can be joined with it.
  #near(first: Read): Read[] {
    const candidates = this.#waiting
      .filter(({ reader, offset, end }) =>
        reader === first.reader && end - first.offset <= MERGED_MAX_BYTES &&
        first.end - offset <= MERGED_MAX_BYTES
      )
      .sort((a, b) => a.offset - b.offset);
    const reads = [first];
    let { offset: from, end: to } = first;
    const join = (read: Read) => {
      const isNear = read.offset - to <= MERGE_GAP_MAX_BYTES &&
        from - read.end <= MERGE_GAP_MAX_BYTES;
      const joinedFrom = Math.min(from, read.offset);
      const joinedTo = Math.max(to, read.end);
      if (read === first || !isNear || joinedTo - joinedFrom > MERGED_MAX_BYTES) return;
      [from, to] = [joinedFrom, joinedTo];
      reads.push(read);
    };
    const at = candidates.indexOf(first);
    candidates.slice(at + 1).forEach(join);
    candidates.slice(0, Math.max(at, 0)).reverse().forEach(join);
    return reads;
  }

  #drop(read: Read, reason: unknown): void {
    if (read.isDropped) return;
    read.isDropped = true;
    const { request } = read;
    if (request === undefined) {
      const at = this.#waiting.indexOf(read);
      if (at >= 0) this.#waiting.splice(at, 1);
      return read.result.reject(reason);
    }
    // Its memory is written to until the request has ended, if it is the only one.
    if (request.reads.length > 1) read.result.reject(reason);
    if (request.reads.every(({ isDropped }) => isDropped)) request.abort.abort(reason);
  }
}

async function readAll({ reader, reads, abort }: Running): Promise<void> {
  const [first] = reads;
  if (reads.length === 1 && first !== undefined) {
    return await reader.readRange(first.into, first.offset, abort.signal);
  }
  const from = Math.min(...reads.map(({ offset }) => offset));
  const to = Math.max(...reads.map(({ end }) => end));
  const bytes = new Uint8Array(to - from);
  await reader.readRange(bytes, from, abort.signal);
  for (const { into, offset, end, isDropped } of reads) {
    // Who dropped it may use its memory for something else.
    if (!isDropped) into.set(bytes.subarray(offset - from, end - from));
  }
}

/** The queue of this thread. */
export const THREAD_QUEUE: RequestQueue = new RequestQueue();
