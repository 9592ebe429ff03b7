import { assert, assertEquals, assertRejects } from "@std/assert";
import { BACKOFF_MAX_MS, BACKOFF_MIN_MS } from "../../../src/server/workers/backoff.ts";
import { SharedSemaphore } from "../../../src/server/workers/shared_semaphore.ts";
import {
  SupervisedWorker,
  type WorkerOptions,
} from "../../../src/server/workers/supervised_worker.ts";
import type { FromWorker } from "../../../src/server/workers/worker_messages.ts";
import { ManualTimers } from "../../support/manual_timers.ts";
import { isPending } from "../../support/pending.ts";
import { FINISHED, LISTENING, SHUTTING_DOWN, StubThreads } from "../../support/stub_threads.ts";

const DIED = "A worker died (oops). Its connections are lost. Starting another one.";

/** A worker whose threads and timers are the test's. */
class Supervision {
  readonly threads = new StubThreads();
  readonly timers = new ManualTimers();
  readonly permits = SharedSemaphore.allocate(1, 1);
  readonly log: string[] = [];
  readonly relayed: string[] = [];
  readonly worker: SupervisedWorker;

  constructor() {
    const sharedPermits = { memory: this.permits, owner: 0 };
    // A stub thread looks at no other option.
    this.worker = new SupervisedWorker({ sharedPermits } as WorkerOptions, {
      startThread: this.threads.start,
      log: (message) => this.log.push(message),
      relay: (message) => this.relayed.push(message),
      timers: this.timers,
    });
  }

  /** Opens a worker whose first thread listens. */
  static listening(): Supervision {
    const supervision = new Supervision();
    supervision.threads.last.send(LISTENING);
    return supervision;
  }

  /** Lets the pending restart happen. */
  restart(): void {
    this.timers.advance(this.timers.delaysMs.at(-1)!);
  }
}

function refused(message: string): FromWorker {
  return { kind: "refused", message };
}

/** The first delays in a row of failures. */
function doublingDelays(count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.min(BACKOFF_MIN_MS * 2 ** i, BACKOFF_MAX_MS));
}

Deno.test("SupervisedWorker sends its options to the thread, and resolves `started` with its addresses", async () => {
  const { threads, worker, permits } = new Supervision();
  const options = { sharedPermits: { memory: permits, owner: 0 } } as WorkerOptions;
  assertEquals(threads.last.received, [{ kind: "serve", options }]);
  assert(await isPending(worker.started));
  threads.last.send(LISTENING);
  assertEquals(await worker.started, [{ name: "tcp", hostname: "127.0.0.1", port: 1234 }]);
});

Deno.test("SupervisedWorker.accept() is passed on to the thread, and to later ones once they listen", () => {
  const supervision = Supervision.listening();
  const { threads, worker } = supervision;
  assertEquals(threads.last.receivedKinds, "serve");
  worker.accept();
  assertEquals(threads.last.receivedKinds, "serve,accept");
  threads.last.die("oops");
  supervision.restart();
  assertEquals(threads.last.receivedKinds, "serve");
  threads.last.send(LISTENING);
  assertEquals(threads.last.receivedKinds, "serve,accept");
});

Deno.test("SupervisedWorker loses no message that follows the first one without a pause", async () => {
  const { threads, worker } = new Supervision();
  threads.last.send(LISTENING, SHUTTING_DOWN, FINISHED);
  await worker.started;
  await worker.shutdownBegun;
  await worker.finished;
});

Deno.test("SupervisedWorker whose thread dies as soon as it listens is started again", async () => {
  const supervision = Supervision.listening();
  const { threads, worker, log } = supervision;
  threads.last.die("oops");
  await worker.started;
  assertEquals(log, [DIED]);
  supervision.restart();
  assertEquals(threads.all.map(({ receivedKinds }) => receivedKinds), ["serve", "serve"]);
});

for (
  const [what, fail] of [
    ["is refused", ({ threads }: Supervision) => threads.last.send(refused("no index"))],
    ["dies", ({ threads }: Supervision) => threads.last.die("no index")],
  ] as const
) {
  Deno.test(`SupervisedWorker whose first thread ${what} rejects and does not try again`, async () => {
    const supervision = new Supervision();
    const { worker, log, timers } = supervision;
    fail(supervision);
    await assertRejects(() => worker.started, Error, "no index");
    await worker.finished;
    assertEquals([log, timers.delaysMs], [[], []]);
  });
}

Deno.test("SupervisedWorker rejects if the first thread cannot be started", async () => {
  const threads = new StubThreads();
  threads.refusal = "too many threads";
  const sharedPermits = { memory: SharedSemaphore.allocate(1, 1), owner: 0 };
  const worker = new SupervisedWorker({ sharedPermits } as WorkerOptions, {
    startThread: threads.start,
    log: () => {},
    relay: () => {},
  });
  await assertRejects(() => worker.started, Error, "too many threads");
});

Deno.test("SupervisedWorker terminates a thread that was refused", async () => {
  const { threads, worker } = new Supervision();
  threads.last.send(refused("no index"));
  await assertRejects(() => worker.started);
  assert(threads.last.isTerminated);
});

Deno.test("SupervisedWorker doubles the delay while threads are refused, and logs that once", () => {
  const supervision = Supervision.listening();
  const { threads, timers, log } = supervision;
  threads.last.die("oops");
  for (let i = 1; i < 12; i++) {
    supervision.restart();
    threads.last.send(refused("no index"));
  }
  assertEquals(timers.delaysMs, doublingDelays(12));
  assertEquals(timers.delaysMs.at(-1), BACKOFF_MAX_MS);
  assertEquals(log, [DIED, "Cannot start a worker (no index). Trying again."]);
});

Deno.test("SupervisedWorker doubles the delay while threads die soon after listening, and logs that once", () => {
  const supervision = Supervision.listening();
  const { threads, timers, log } = supervision;
  for (let i = 0; i < 12; i++) {
    timers.advance(BACKOFF_MAX_MS - 1);
    threads.last.die("oops");
    supervision.restart();
    // The time until a thread listens does not count as time that it worked.
    timers.advance(BACKOFF_MAX_MS);
    threads.last.send(LISTENING);
  }
  assertEquals(timers.delaysMs, doublingDelays(12));
  assertEquals(log, [DIED]);
});

Deno.test("SupervisedWorker logs a failure that differs from the one before", () => {
  const supervision = Supervision.listening();
  const { threads, log } = supervision;
  threads.last.die("oops");
  for (const message of ["No index.", "No index.", "no file"]) {
    supervision.restart();
    threads.last.send(refused(message));
  }
  assertEquals(log.slice(1), [
    "Cannot start a worker (No index). Trying again.",
    "Cannot start a worker (no file). Trying again.",
  ]);
});

Deno.test("SupervisedWorker starts over with the shortest delay after a thread that worked for long", () => {
  const supervision = Supervision.listening();
  const { threads, timers, log } = supervision;
  for (const workedMs of [0, 0, BACKOFF_MAX_MS, 0]) {
    timers.advance(workedMs);
    threads.last.die("oops");
    supervision.restart();
    threads.last.send(LISTENING);
  }
  assertEquals(timers.delaysMs, [...doublingDelays(2), ...doublingDelays(2)]);
  assertEquals(log, [DIED, DIED]);
});

Deno.test("SupervisedWorker tries again if the operating system refuses a thread", () => {
  const supervision = Supervision.listening();
  const { threads, log } = supervision;
  threads.last.die("oops");
  threads.refusal = "too many threads";
  supervision.restart();
  supervision.restart();
  assertEquals(log.slice(1), ["Cannot start a worker (too many threads). Trying again."]);
  threads.refusal = undefined;
  supervision.restart();
  assertEquals(threads.all.length, 2);
});

Deno.test("SupervisedWorker.shutDown() lets the thread end by itself", async () => {
  const { threads, worker } = Supervision.listening();
  worker.shutDown();
  worker.shutDown();
  await worker.shutdownBegun;
  assertEquals(threads.last.receivedKinds, "serve,shutdown");
  assert(await isPending(worker.finished));
  threads.last.send(SHUTTING_DOWN, FINISHED);
  await worker.finished;
  assertEquals(threads.last.isTerminated, false);
});

Deno.test("SupervisedWorker.shutDown() does not wait for a restart, and cancels it", async () => {
  const { threads, timers, worker } = Supervision.listening();
  threads.last.die("oops");
  assertEquals(timers.pendingCount, 1);
  worker.shutDown();
  await worker.finished;
  assertEquals(timers.pendingCount, 0);
});

Deno.test("SupervisedWorker.shutDown() waits for a thread that is starting, since it may have clients", async () => {
  const supervision = Supervision.listening();
  const { threads, worker } = supervision;
  threads.last.die("oops");
  supervision.restart();
  worker.shutDown();
  threads.last.send(LISTENING, SHUTTING_DOWN);
  assertEquals(threads.last.receivedKinds, "serve,shutdown");
  assert(await isPending(worker.finished));
  threads.last.send(FINISHED);
  await worker.finished;
});

for (
  const [what, messages, logged] of [
    ["dies", [LISTENING], "A worker died (oops). Its connections are lost."],
    ["cannot start", [], "Cannot start a worker (oops)."],
  ] as const
) {
  Deno.test(`SupervisedWorker whose thread ${what} during a shutdown is not started again`, async () => {
    const supervision = Supervision.listening();
    const { threads, timers, worker, log } = supervision;
    threads.last.die("first");
    supervision.restart();
    threads.last.send(...messages);
    worker.shutDown();
    threads.last.die("oops");
    await worker.finished;
    assertEquals([timers.pendingCount, threads.all.length], [0, 2]);
    assertEquals(log.at(-1), logged);
  });
}

Deno.test("SupervisedWorker shuts down if the message arrives after its thread died", async () => {
  const { threads, timers, worker } = Supervision.listening();
  threads.last.die("oops");
  threads.last.send(SHUTTING_DOWN);
  await worker.shutdownBegun;
  await worker.finished;
  assertEquals(timers.pendingCount, 0);
});

Deno.test("SupervisedWorker relays what its thread logs, even if it arrives after the thread died", () => {
  const { threads, log, relayed } = Supervision.listening();
  threads.last.send({ kind: "log", message: "File changed" });
  threads.last.die("oops");
  threads.last.send({ kind: "log", message: "late" });
  assertEquals([log, relayed], [[DIED], ["File changed", "late"]]);
});

Deno.test("SupervisedWorker ignores all other messages of a thread that died", async () => {
  const supervision = Supervision.listening();
  const { threads, timers, worker, log } = supervision;
  threads.last.die("oops");
  supervision.restart();
  threads.all[0]!.send(LISTENING, refused("late"), FINISHED);
  threads.all[0]!.die("late");
  assert(await isPending(worker.finished));
  threads.last.die("oops");
  assertEquals(timers.delaysMs, doublingDelays(2));
  assertEquals(log, [DIED, "Cannot start a worker (oops). Trying again."]);
});

Deno.test("SupervisedWorker reclaims the permits of a thread that died", async () => {
  const { permits, threads } = Supervision.listening();
  const semaphore = new SharedSemaphore(permits, 0);
  assert(await semaphore.acquire());
  threads.last.die("oops");
  // There is one permit. Stopping ends the waiting for it.
  const acquired = semaphore.acquire();
  semaphore.stop();
  assert(await acquired);
});

Deno.test("SupervisedWorker.terminate() ends the thread, which is not started again", async () => {
  const { threads, timers, worker } = Supervision.listening();
  worker.terminate();
  assert(threads.last.isTerminated);
  threads.last.die("oops");
  await worker.finished;
  assertEquals([timers.delaysMs, threads.all.length], [[], 1]);
});
