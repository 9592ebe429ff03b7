import { assert, assertEquals, assertRejects } from "@std/assert";
import { Permits } from "../../../src/server/workers/permits.ts";
import {
  RESTART_DELAY_MAX_MS,
  RESTART_DELAY_MS,
  SOUND_AFTER_MS,
  SupervisedWorker,
  type WorkerOptions,
} from "../../../src/server/workers/supervised_worker.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { ManualTimers } from "../../support/manual_timers.ts";
import { FINISHED, LISTENING, SHUTTING_DOWN, StubThreads } from "../../support/stub_threads.ts";

/** A worker that is kept alive, in a world where threads, timers and the clock do as the test says. */
class Supervision implements Disposable {
  readonly threads = new StubThreads();
  readonly timers = new ManualTimers();
  readonly clock = new ManualClock();
  readonly permits = Permits.create(1, 1);
  readonly log: string[] = [];
  readonly #starting: ReturnType<typeof SupervisedWorker.start>;

  constructor() {
    const sharedPermits = { memory: this.permits, holder: 0 };
    const log = (message: string) => void this.log.push(message);
    // A thread that is a stub looks at nothing else.
    this.#starting = SupervisedWorker.start({ sharedPermits } as WorkerOptions, log, log);
  }

  /** Resolves when the first thread listens. */
  async started(): Promise<SupervisedWorker> {
    return (await this.#starting).worker;
  }

  /** Lets the first thread listen. */
  async begin(): Promise<SupervisedWorker> {
    this.threads.last.say(LISTENING);
    return await this.started();
  }

  [Symbol.dispose](): void {
    this.threads[Symbol.dispose]();
    this.timers[Symbol.dispose]();
    this.clock[Symbol.dispose]();
  }
}

/** The first waits in a row of failures. */
function doublingDelays(count: number): number[] {
  return Array.from(
    { length: count },
    (_, i) => Math.min(RESTART_DELAY_MS * 2 ** i, RESTART_DELAY_MAX_MS),
  );
}

Deno.test("what a worker says right behind its first message is not lost", async () => {
  using supervision = new Supervision();
  supervision.threads.last.say(LISTENING, SHUTTING_DOWN, FINISHED);
  const worker = await supervision.started();
  await worker.shutdownBegun;
  await worker.finished;
});

Deno.test("a worker that dies right behind its first message is started again", async () => {
  using supervision = new Supervision();
  const { threads, timers, log } = supervision;
  threads.last.say(LISTENING);
  threads.last.die("oops");
  await supervision.started();
  assertEquals(log, ["A worker died: oops: its connections are lost, starting another"]);
  timers.fire();
  assertEquals(threads.all.map(({ told }) => told), [["serve"], ["serve"]]);
});

Deno.test("the first thread is not tried again, and its failure is the worker's", async () => {
  for (
    const fail of [
      ({ threads }: Supervision) => threads.last.say({ kind: "refused", message: "no index" }),
      ({ threads }: Supervision) => threads.last.die("no index"),
    ]
  ) {
    using supervision = new Supervision();
    fail(supervision);
    await assertRejects(() => supervision.started(), Error, "no index");
    assertEquals([supervision.log, supervision.timers.delaysMs], [[], []]);
  }
});

Deno.test("a thread that was refused is ended", async () => {
  using supervision = new Supervision();
  supervision.threads.last.say({ kind: "refused", message: "no index" });
  await assertRejects(() => supervision.started());
  assert(supervision.threads.last.isTerminated);
});

Deno.test("waits double to the longest while threads are refused, which is logged once", async () => {
  using supervision = new Supervision();
  const { threads, timers, log } = supervision;
  await supervision.begin();
  threads.last.die("oops");
  for (let i = 1; i < 12; i++) {
    timers.fire();
    threads.last.say({ kind: "refused", message: "no index" });
  }
  assertEquals(timers.delaysMs, doublingDelays(12));
  assertEquals(timers.delaysMs.at(-1), RESTART_DELAY_MAX_MS);
  assertEquals(log.slice(1), ["Cannot start a worker: no index: trying again and again"]);
});

Deno.test("waits double while threads die as soon as they listen, which is logged once", async () => {
  using supervision = new Supervision();
  const { threads, timers, clock, log } = supervision;
  await supervision.begin();
  for (let i = 0; i < 12; i++) {
    clock.nowMs += SOUND_AFTER_MS - 1;
    threads.last.die("oops");
    // Not the time that it waited counts, nor that in which it began.
    clock.nowMs += SOUND_AFTER_MS;
    timers.fire();
    clock.nowMs += SOUND_AFTER_MS;
    threads.last.say(LISTENING);
  }
  assertEquals(timers.delaysMs, doublingDelays(12));
  assertEquals(log, ["A worker died: oops: its connections are lost, starting another"]);
});

Deno.test("another failure in the row is logged", async () => {
  using supervision = new Supervision();
  const { threads, timers, log } = supervision;
  await supervision.begin();
  threads.last.die("oops");
  for (const message of ["no index", "no index", "no text"]) {
    timers.fire();
    threads.last.say({ kind: "refused", message });
  }
  assertEquals(log.slice(1), [
    "Cannot start a worker: no index: trying again and again",
    "Cannot start a worker: no text: trying again and again",
  ]);
});

Deno.test("a worker that listened for long enough has ended the row of failures", async () => {
  using supervision = new Supervision();
  const { threads, timers, clock, log } = supervision;
  await supervision.begin();
  for (const aliveMs of [0, 0, SOUND_AFTER_MS, 0]) {
    clock.nowMs += aliveMs;
    threads.last.die("oops");
    timers.fire();
    threads.last.say(LISTENING);
  }
  assertEquals(timers.delaysMs, [...doublingDelays(2), ...doublingDelays(2)]);
  assertEquals(log.length, 2);
});

Deno.test("a thread that the system refuses is tried again", async () => {
  using supervision = new Supervision();
  const { threads, timers, log } = supervision;
  await supervision.begin();
  threads.last.die("oops");
  threads.refusal = "too many threads";
  timers.fire();
  timers.fire();
  assertEquals(log.slice(1), ["Cannot start a worker: too many threads: trying again and again"]);
  threads.refusal = undefined;
  timers.fire();
  assertEquals(threads.all.length, 2);
});

Deno.test("a shutdown does not wait for a restart, and leaves no timer", async () => {
  using supervision = new Supervision();
  const { threads, timers } = supervision;
  const worker = await supervision.begin();
  threads.last.die("oops");
  assertEquals(timers.pending, 1);
  worker.shutDown();
  await worker.finished;
  assertEquals(timers.pending, 0);
});

Deno.test("a shutdown waits for a thread that is being started: it may have clients", async () => {
  using supervision = new Supervision();
  const { threads, timers } = supervision;
  const worker = await supervision.begin();
  threads.last.die("oops");
  timers.fire();
  let isFinished = false;
  const finished = worker.finished.then(() => isFinished = true);
  worker.shutDown();
  threads.last.say(LISTENING, SHUTTING_DOWN);
  await worker.shutdownBegun;
  assertEquals([threads.last.told, isFinished], [["serve", "shutdown"], false]);
  threads.last.say(FINISHED);
  await finished;
});

for (
  const [what, listens, logged] of [
    ["dies", [LISTENING], "A worker died: oops: its connections are lost"],
    ["cannot begin", [], "Cannot start a worker: oops"],
  ] as const
) {
  Deno.test(`a worker that ${what} while it shuts down is not started again`, async () => {
    using supervision = new Supervision();
    const { threads, timers, log } = supervision;
    const worker = await supervision.begin();
    threads.last.die("first");
    timers.fire();
    threads.last.say(...listens);
    worker.shutDown();
    threads.last.die("oops");
    await worker.finished;
    assertEquals([timers.pending, threads.all.length], [0, 2]);
    assertEquals(log.at(-1), logged);
  });
}

Deno.test("a SHUTDOWN holds that arrives behind the news that its worker died", async () => {
  using supervision = new Supervision();
  const { threads, timers } = supervision;
  const worker = await supervision.begin();
  threads.last.die("oops");
  threads.last.say(SHUTTING_DOWN);
  await worker.finished;
  assertEquals(timers.pending, 0);
});

Deno.test("what went wrong in a worker is told, also behind the news that it died", async () => {
  using supervision = new Supervision();
  const { threads, log } = supervision;
  await supervision.begin();
  threads.last.say({ kind: "log", message: "Text changed" });
  threads.last.die("oops");
  threads.last.say({ kind: "log", message: "late" });
  assertEquals([log[0], log[2]], ["Text changed", "late"]);
});

Deno.test("nothing else counts that arrives behind the news that its worker died", async () => {
  using supervision = new Supervision();
  const { threads, timers, log } = supervision;
  await supervision.begin();
  threads.last.die("oops");
  timers.fire();
  threads.all[0]!.say(LISTENING, { kind: "refused", message: "late" }, FINISHED);
  threads.all[0]!.die("late");
  threads.last.die("oops");
  assertEquals(timers.delaysMs, doublingDelays(2));
  assertEquals(log.slice(1), ["Cannot start a worker: oops: trying again and again"]);
});

Deno.test("the permits of a worker that died are free again", async () => {
  using supervision = new Supervision();
  const permits = new Permits(supervision.permits, 0);
  await supervision.begin();
  assert(await permits.acquire());
  supervision.threads.last.die("oops");
  assertEquals(permits.free, 1);
});

Deno.test("a worker that is terminated is not started again", async () => {
  using supervision = new Supervision();
  const { threads, timers } = supervision;
  const worker = await supervision.begin();
  worker.terminate();
  assert(threads.last.isTerminated);
  threads.last.die("oops");
  await worker.finished;
  assertEquals([timers.delaysMs, threads.all.length], [[], 1]);
});
