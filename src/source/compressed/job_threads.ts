import { DamagedBlock } from "./codec.ts";

/** What a pool needs of a thread; `Worker` has it. */
export type Thread = Pick<Worker, "postMessage" | "terminate" | "onmessage" | "onerror">;

/** A job, as a thread receives it. */
export interface JobMessage<Job> {
  readonly id: number;
  readonly job: Job;
}

/** What a thread posts when a job has ended. */
export type JobOutcome<Result> =
  | { readonly id: number; readonly kind: "done"; readonly result: Result }
  | { readonly id: number; readonly kind: "damaged"; readonly message: string }
  | { readonly id: number; readonly kind: "failed"; readonly message: string };

/** How a pool is set up. */
export interface JobThreadsOptions {
  /** Starts a thread. */
  readonly start: () => Thread;
  /** What the threads do, for messages, such as "unpack". */
  readonly purpose: string;
  /** @default {one for each processor, up to {@linkcode THREADS_MAX}} */
  readonly threadsMax?: number | undefined;
}

/** More threads would be faster than what feeds them. */
export const THREADS_MAX = 4;

/** How many jobs a thread has at most: the next one is there when it has ended one. */
export const JOBS_PER_THREAD = 2;

interface PendingJob {
  readonly message: JobMessage<unknown>;
  readonly transfer: Transferable[];
  readonly settle: PromiseWithResolvers<unknown>;
}

interface BusyThread {
  readonly thread: Thread;
  readonly jobs: Map<number, PendingJob>;
}

/**
 * Threads that run jobs.
 *
 * - Start: a thread is started when a job finds no idle one, up to `threadsMax`.
 * - Order: jobs begin in the order in which they were given. They may end in any order.
 * - Capacity: {@linkcode JOBS_PER_THREAD} jobs are given to each thread; any number waits, so callers bound it.
 * - Abort: a job that waits is dropped; the result of one that runs is dropped.
 * - Failure: a thread that dies fails its jobs. The next job starts another one.
 * - Close: threads end at once, and their jobs fail. Until then they keep the process alive.
 */
export class JobThreads<Job, Result> implements AsyncDisposable {
  readonly #options: JobThreadsOptions;
  readonly #threadsMax: number;
  readonly #threads: BusyThread[] = [];
  readonly #waiting: PendingJob[] = [];
  #lastId = 0;
  #isClosed = false;

  constructor(options: JobThreadsOptions) {
    this.#options = options;
    this.#threadsMax = options.threadsMax ?? Math.min(navigator.hardwareConcurrency, THREADS_MAX);
  }

  /** How many threads there can be. */
  get threadsMax(): number {
    return this.#threadsMax;
  }

  /**
   * Runs a job.
   *
   * @param transfer buffers of the job that the caller gives away
   * @throws {DamagedBlock} (as a rejection) if the thread did
   * @throws {Error} (as a rejection) if the job failed, its thread died, or the threads are closed
   * @throws the signal's reason, if it was aborted
   */
  async run(job: Job, transfer: Transferable[], signal?: AbortSignal): Promise<Result> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw this.#closed();
    const message = { id: ++this.#lastId, job };
    const pending = { message, transfer, settle: Promise.withResolvers<unknown>() };
    const onAbort = () => {
      const at = this.#waiting.indexOf(pending);
      if (at >= 0) this.#waiting.splice(at, 1);
      pending.settle.reject(signal!.reason);
    };
    signal?.addEventListener("abort", onAbort);
    this.#waiting.push(pending);
    this.#giveJobs();
    try {
      return await pending.settle.promise as Result;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const { settle } of this.#waiting.splice(0)) settle.reject(this.#closed());
    for (const thread of [...this.#threads]) this.#end(thread, this.#closed());
    return Promise.resolve();
  }

  #giveJobs(): void {
    for (let job = this.#waiting[0]; job !== undefined; job = this.#waiting[0]) {
      try {
        const thread = this.#nextThread();
        if (thread === undefined) return;
        this.#waiting.shift();
        thread.jobs.set(job.message.id, job);
        thread.thread.postMessage(job.message, job.transfer);
      } catch (error) {
        // For instance, the operating system has no room for another thread.
        if (this.#waiting[0] === job) this.#waiting.shift();
        job.settle.reject(this.#failure(error instanceof Error ? error.message : String(error)));
      }
    }
  }

  // Undefined if all have enough to do.
  #nextThread(): BusyThread | undefined {
    let idlest: BusyThread | undefined;
    for (const thread of this.#threads) {
      if (idlest === undefined || thread.jobs.size < idlest.jobs.size) idlest = thread;
    }
    if (idlest?.jobs.size === 0) return idlest;
    if (this.#threads.length < this.#threadsMax) return this.#startThread();
    return idlest !== undefined && idlest.jobs.size < JOBS_PER_THREAD ? idlest : undefined;
  }

  #startThread(): BusyThread {
    const thread = this.#options.start();
    const started: BusyThread = { thread, jobs: new Map() };
    thread.onmessage = ({ data }: MessageEvent<JobOutcome<Result>>) => {
      const job = started.jobs.get(data.id);
      started.jobs.delete(data.id);
      if (job !== undefined) settle(job, data);
      this.#giveJobs();
    };
    thread.onerror = (event) => {
      event.preventDefault();
      this.#end(started, this.#failure(event.message));
      this.#giveJobs();
    };
    this.#threads.push(started);
    return started;
  }

  #end(ended: BusyThread, reason: Error): void {
    const at = this.#threads.indexOf(ended);
    if (at >= 0) this.#threads.splice(at, 1);
    ended.thread.terminate();
    for (const { settle } of ended.jobs.values()) settle.reject(reason);
    ended.jobs.clear();
  }

  #failure(reason: string): Error {
    return new Error(`A thread failed to ${this.#options.purpose} (${reason}). Try again.`);
  }

  #closed(): Error {
    return new Error(`Cannot ${this.#options.purpose} (the threads are closed).`);
  }
}

function settle({ settle }: PendingJob, outcome: JobOutcome<unknown>): void {
  switch (outcome.kind) {
    case "done":
      return settle.resolve(outcome.result);
    case "damaged":
      return settle.reject(new DamagedBlock(outcome.message));
    case "failed":
      return settle.reject(new Error(outcome.message));
    default:
      return outcome satisfies never;
  }
}

/**
 * Runs a job in a thread.
 *
 * @returns what to post
 */
export async function runJob<Job, Result>(
  { id, job }: JobMessage<Job>,
  run: (job: Job) => Promise<Result> | Result,
): Promise<JobOutcome<Result>> {
  try {
    return { id, kind: "done", result: await run(job) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { id, kind: error instanceof DamagedBlock ? "damaged" : "failed", message };
  }
}

/** The buffers of arrays, each once. */
export function buffersOf(arrays: Iterable<Uint8Array>): ArrayBuffer[] {
  return [...new Set(Array.from(arrays, ({ buffer }) => buffer as ArrayBuffer))];
}

/**
 * The same bytes in a buffer of their own, which can be given away; copied if they share it with others, as small
 * arrays of Node.js do.
 */
export function inOwnBuffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes;
  const isAlone = buffer instanceof ArrayBuffer && byteLength === buffer.byteLength;
  // Not `slice`: that of Node.js does not copy.
  return isAlone ? new Uint8Array(buffer) : new Uint8Array(bytes);
}
