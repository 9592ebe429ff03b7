import { assertEquals, assertRejects } from "@std/assert";
import { DamagedBlock } from "../../../src/source/compressed/codec.ts";
import {
  type JobMessage,
  type JobOutcome,
  JOBS_PER_THREAD,
  JobThreads,
  type Thread,
} from "../../../src/source/compressed/job_threads.ts";
import { isPending } from "../../support/pending.ts";

/** A thread that ends jobs when it is told to. */
class FakeThread implements Thread {
  onmessage: Thread["onmessage"] = null;
  onerror: Thread["onerror"] = null;
  isTerminated = false;
  readonly posted: JobMessage<string>[] = [];

  postMessage(message: unknown): void {
    this.posted.push(message as JobMessage<string>);
  }

  terminate(): void {
    this.isTerminated = true;
  }

  /** Ends the oldest job. */
  finish(): void {
    const { id, job } = this.posted.shift()!;
    this.#post({ id, kind: "done", result: job.toUpperCase() });
  }

  fail(kind: "damaged" | "failed"): void {
    this.#post({ id: this.posted.shift()!.id, kind, message: "so" });
  }

  die(): void {
    const event = new ErrorEvent("error", { message: "out of memory", cancelable: true });
    this.onerror!.call(this as unknown as Worker, event);
  }

  #post(outcome: JobOutcome<string>): void {
    const event = new MessageEvent("message", { data: outcome });
    this.onmessage!.call(this as unknown as Worker, event);
  }
}

function open(threadsMax: number): { pool: JobThreads<string, string>; threads: FakeThread[] } {
  const threads: FakeThread[] = [];
  const start = () => {
    const thread = new FakeThread();
    threads.push(thread);
    return thread;
  };
  return { pool: new JobThreads({ start, purpose: "unpack", threadsMax }), threads };
}

const jobsOf = (thread: FakeThread | undefined) => thread?.posted.map(({ job }) => job);

Deno.test("JobThreads.run() starts a thread only if none is idle", async () => {
  const { pool, threads } = open(2);
  assertEquals(threads.length, 0);
  const first = pool.run("a", []);
  assertEquals(threads.length, 1);
  threads[0]!.finish();
  assertEquals(await first, "A");
  const rest = ["b", "c", "d"].map((job) => pool.run(job, []));
  assertEquals(threads.map(jobsOf), [["b", "d"], ["c"]]);
  for (const thread of [threads[0]!, threads[1]!, threads[0]!]) thread.finish();
  assertEquals(await Promise.all(rest), ["B", "C", "D"]);
});

Deno.test("JobThreads.run() begins jobs in order, and gives each thread a bounded number", async () => {
  const { pool, threads } = open(1);
  const jobs = [..."abcdef"].map((job) => pool.run(job, []));
  const [thread] = threads;
  for (let i = 0; i < jobs.length; i++) {
    assertEquals(jobsOf(thread), [..."abcdef"].slice(i, i + JOBS_PER_THREAD));
    thread!.finish();
  }
  assertEquals(await Promise.all(jobs), [..."ABCDEF"]);
});

Deno.test("JobThreads.run() rejects with the signal's reason, and drops a job that waits", async () => {
  const { pool, threads } = open(1);
  const reason = new Error("enough");
  const controller = new AbortController();
  const { signal } = controller;
  const running = pool.run("running", [], signal);
  const next = pool.run("next", []);
  const waiting = pool.run("waiting", [], signal);
  const last = pool.run("last", []);
  controller.abort(reason);
  assertEquals(await assertRejects(() => running), reason);
  assertEquals(await assertRejects(() => waiting), reason);
  assertEquals(await assertRejects(() => pool.run("late", [], signal)), reason);
  threads[0]!.finish();
  assertEquals(jobsOf(threads[0]), ["next", "last"]);
  threads[0]!.finish();
  threads[0]!.finish();
  assertEquals(await Promise.all([next, last]), ["NEXT", "LAST"]);
});

Deno.test("JobThreads.run() rejects with what the thread reports", async () => {
  const { pool, threads } = open(1);
  const damaged = pool.run("a", []);
  const failed = pool.run("b", []);
  threads[0]!.fail("damaged");
  threads[0]!.fail("failed");
  await assertRejects(() => damaged, DamagedBlock, "so");
  assertEquals((await assertRejects(() => failed, Error)).name, "Error");
});

Deno.test("JobThreads.run() rejects the jobs of a thread that dies; others go to another thread", async () => {
  const { pool, threads } = open(1);
  const [first, second, third] = ["a", "b", "c"].map((job) => pool.run(job, []));
  threads[0]!.die();
  for (const job of [first!, second!]) {
    const { message } = await assertRejects(() => job, Error);
    assertEquals(message, "A thread failed to unpack (out of memory). Try again.");
  }
  assertEquals(threads.map(({ isTerminated }) => isTerminated), [true, false]);
  threads[1]!.finish();
  assertEquals(await third, "C");
});

Deno.test("JobThreads.run() rejects if a thread cannot be started, and tries again for the next job", async () => {
  let starts = 0;
  const thread = new FakeThread();
  const start = () => {
    if (starts++ === 0) throw new Error("too many threads");
    return thread;
  };
  const pool = new JobThreads<string, string>({ start, purpose: "unpack", threadsMax: 1 });
  const { message } = await assertRejects(() => pool.run("a", []), Error);
  assertEquals(message, "A thread failed to unpack (too many threads). Try again.");
  const next = pool.run("b", []);
  thread.finish();
  assertEquals(await next, "B");
});

Deno.test("JobThreads: closing ends the threads and rejects all jobs, also later ones", async () => {
  const { pool, threads } = open(1);
  const jobs = [..."abcd"].map((job) => pool.run(job, []));
  assertEquals(await isPending(jobs[0]!), true);
  const rejections = jobs.map((job) => assertRejects(() => job, Error, "the threads are closed"));
  await pool[Symbol.asyncDispose]();
  await Promise.all(rejections);
  assertEquals(threads.map(({ isTerminated }) => isTerminated), [true]);
  await assertRejects(() => pool.run("late", []), Error, "the threads are closed");
  assertEquals(threads.length, 1);
});
