import { assert, assertEquals, assertRejects } from "@std/assert";
import type { ServeOptions } from "../../../src/server/open_server.ts";
import { WorkerPool } from "../../../src/server/workers/worker_pool.ts";
import { FINISHED, LISTENING, SHUTTING_DOWN, StubThreads } from "../../support/stub_threads.ts";
import { TextFixture } from "../../support/text_fixture.ts";

function optionsFor({ textPath, indexPath }: TextFixture): ServeOptions {
  return {
    textPath,
    indexPath,
    cacheBytes: 1024 * 1024,
    eol: "lf",
    hostname: "127.0.0.1",
    port: 0,
    maxConnections: 10,
    idleTimeoutMs: 0,
    shutdownPolicy: "loopback",
  };
}

/** Lets the pool hear of what was said: all that waits for promises only goes before a timer. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

function toldTo(threads: StubThreads): string[] {
  return threads.all.map(({ told }) => told.join());
}

Deno.test("where one worker is told to shut down all are, and the pool ends with the last", async () => {
  await using text = await TextFixture.create("one\n");
  using threads = new StubThreads();
  const starting = WorkerPool.start(optionsFor(text), 3, () => {});
  for (let i = 0; i < 3; i++) {
    threads.last.say(LISTENING);
    await settled();
  }
  const pool = await starting;
  let isFinished = false;
  const finished = pool.finished.then(() => isFinished = true);

  threads.all[1]!.say(SHUTTING_DOWN);
  await settled();
  assertEquals(toldTo(threads), ["serve,shutdown", "serve,shutdown", "serve,shutdown"]);
  for (const thread of threads.all.slice(0, 2)) thread.say(SHUTTING_DOWN, FINISHED);
  await settled();
  assertEquals(isFinished, false);
  threads.last.say(SHUTTING_DOWN, FINISHED);
  await finished;
});

Deno.test("a SHUTDOWN is obeyed that comes before all workers are there", async () => {
  await using text = await TextFixture.create("one\n");
  using threads = new StubThreads();
  const starting = WorkerPool.start(optionsFor(text), 3, () => {});
  threads.last.say(LISTENING);
  await settled();
  threads.all[0]!.say(SHUTTING_DOWN, FINISHED);
  await settled();
  threads.all[1]!.say(LISTENING);
  await settled();
  const pool = await starting;
  assertEquals(toldTo(threads), ["serve,shutdown", "serve,shutdown"]);
  threads.all[1]!.say(FINISHED);
  await pool.finished;
});

Deno.test("a pool whose workers are all dead ends when it is told to", async () => {
  await using text = await TextFixture.create("one\n");
  using threads = new StubThreads();
  const starting = WorkerPool.start(optionsFor(text), 2, () => {});
  threads.last.say(LISTENING);
  await settled();
  threads.last.say(LISTENING);
  const pool = await starting;
  // The timers that start them again are left to the test runner, which fails where one is not cleared.
  for (const thread of threads.all) thread.die("oops");
  pool.shutDown();
  await pool.finished;
});

Deno.test("where a worker cannot begin, those that have begun are ended", async () => {
  await using text = await TextFixture.create("one\n");
  using threads = new StubThreads();
  const starting = WorkerPool.start(optionsFor(text), 3, () => {});
  threads.last.say(LISTENING);
  await settled();
  threads.last.say({ kind: "refused", message: "no index" });
  await assertRejects(() => starting, Error, "no index");
  assert(threads.all.every((thread) => thread.isTerminated));
});

Deno.test("what several workers see is logged once, until one of them sees it again", async () => {
  await using text = await TextFixture.create("one\n");
  using threads = new StubThreads();
  const log: string[] = [];
  const starting = WorkerPool.start(optionsFor(text), 3, (message) => log.push(message));
  for (let i = 0; i < 3; i++) {
    threads.last.say(LISTENING);
    await settled();
  }
  const pool = await starting;
  const changed = { kind: "log", message: "Text changed" } as const;
  for (const thread of threads.all) thread.say(changed);
  assertEquals(log, ["Text changed"]);
  threads.all[0]!.say(changed);
  threads.all[1]!.say({ kind: "log", message: "something else" }, changed);
  assertEquals(log, ["Text changed", "Text changed", "something else", "Text changed"]);
  // Every death counts, also one of the same words.
  for (const thread of threads.all) thread.die("oops");
  assertEquals(log.length, 7);
  pool.shutDown();
  await pool.finished;
});
