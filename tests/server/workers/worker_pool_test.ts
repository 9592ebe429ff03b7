import { assert, assertEquals, assertRejects } from "@std/assert";
import { ensureIndex } from "../../../src/index/build/build_index.ts";
import { IndexError } from "../../../src/index/index_error.ts";
import type { ServeOptions } from "../../../src/server/open_server.ts";
import { WorkerPool } from "../../../src/server/workers/worker_pool.ts";
import { isPending, turn } from "../../support/pending.ts";
import {
  FINISHED,
  LISTENING,
  SHUTTING_DOWN,
  type StubThread,
  StubThreads,
} from "../../support/stub_threads.ts";
import { serveOptionsIn } from "../../support/serve_options.ts";

/** A pool of stub threads over a small file. */
class Scene implements AsyncDisposable {
  readonly threads = new StubThreads();
  readonly log: string[] = [];
  readonly #directory: string;
  readonly #options: ServeOptions;

  private constructor(directory: string) {
    this.#directory = directory;
    this.#options = serveOptionsIn(directory);
  }

  static async create(): Promise<Scene> {
    const scene = new Scene(await Deno.makeTempDir({ prefix: "linesvr-test-" }));
    await Deno.writeTextFile(scene.#options.textPath, "one\ntwo\n");
    await ensureIndex(scene.#options);
    return scene;
  }

  start(count: number, options: Partial<ServeOptions> = {}): Promise<WorkerPool> {
    return WorkerPool.start({ ...this.#options, ...options }, count, {
      log: (message) => this.log.push(message),
      startThread: this.threads.start,
    });
  }

  /** Starts a pool all of whose threads listen. */
  async startListening(count: number): Promise<WorkerPool> {
    const starting = this.start(count);
    for (let i = 0; i < count; i++) {
      this.threads.last.send(LISTENING);
      await turn();
    }
    return await starting;
  }

  received(): string[] {
    return this.threads.all.map(({ receivedKinds }) => receivedKinds);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#directory, { recursive: true });
  }
}

function optionsOf(thread: StubThread): ServeOptions {
  const message = thread.received[0]!;
  assert(message.kind === "serve");
  return message.options;
}

Deno.test("WorkerPool.start() starts a worker after the one before listens, all on one port", async () => {
  await using scene = await Scene.create();
  const starting = scene.start(3);
  for (let i = 1; i <= 3; i++) {
    await turn();
    assertEquals(scene.threads.all.length, i);
    assert(await isPending(starting));
    scene.threads.last.send(LISTENING);
  }
  const pool = await starting;
  assertEquals(pool.addresses, [{ name: "tcp", hostname: "127.0.0.1", port: 1234 }]);
  const all = scene.threads.all.map(optionsOf);
  assertEquals(all.map(({ port }) => port), [0, 1234, 1234]);
  assertEquals(all.map(({ sharedPermits }) => sharedPermits?.owner), [0, 1, 2]);
  for (const { sharedPermits, budget, cacheBytes } of all) {
    assert(sharedPermits!.memory === all[0]!.sharedPermits!.memory);
    // All of a small file fits into memory: it is cached once.
    assert(budget!.sharedText !== undefined && budget!.sharedText === all[0]!.budget!.sharedText);
    assertEquals(cacheBytes, Math.floor(1024 * 1024 / 3));
  }
});

Deno.test("WorkerPool shuts down all workers if one does, and finishes with the last", async () => {
  await using scene = await Scene.create();
  const pool = await scene.startListening(3);
  scene.threads.all[1]!.send(SHUTTING_DOWN);
  await turn();
  assertEquals(scene.received(), ["serve,shutdown", "serve,shutdown", "serve,shutdown"]);
  for (const thread of scene.threads.all.slice(0, 2)) thread.send(SHUTTING_DOWN, FINISHED);
  assert(await isPending(pool.finished));
  scene.threads.last.send(SHUTTING_DOWN, FINISHED);
  await pool.finished;
});

Deno.test("WorkerPool.start() starts no further worker once one has shut down", async () => {
  await using scene = await Scene.create();
  const starting = scene.start(3);
  scene.threads.last.send(LISTENING);
  await turn();
  scene.threads.all[0]!.send(SHUTTING_DOWN, FINISHED);
  await turn();
  scene.threads.all[1]!.send(LISTENING);
  const pool = await starting;
  assertEquals(scene.received(), ["serve,shutdown", "serve,shutdown"]);
  scene.threads.all[1]!.send(FINISHED);
  await pool.finished;
});

Deno.test("WorkerPool.shutDown() finishes a pool whose workers are all dead", async () => {
  await using scene = await Scene.create();
  const pool = await scene.startListening(2);
  // The test runner fails if a restart is still pending afterwards.
  for (const thread of scene.threads.all) thread.die("oops");
  pool.shutDown();
  await pool.finished;
});

Deno.test("WorkerPool.start() rejects if a worker cannot start, and ends the others", async () => {
  await using scene = await Scene.create();
  const starting = scene.start(3);
  scene.threads.last.send(LISTENING);
  await turn();
  scene.threads.last.send({ kind: "refused", message: "no index" });
  await assertRejects(() => starting, Error, "no index");
  assertEquals(scene.threads.all.map(({ isTerminated }) => isTerminated), [true, true]);
});

Deno.test("WorkerPool.start() rejects if there is no index", async () => {
  await using scene = await Scene.create();
  await assertRejects(() => scene.start(2, { indexPath: "/nowhere/index" }), IndexError);
  assertEquals(scene.threads.all, []);
});

Deno.test("WorkerPool logs once what several workers log, and every death", async () => {
  await using scene = await Scene.create();
  const pool = await scene.startListening(3);
  for (const thread of scene.threads.all) thread.send({ kind: "log", message: "File changed" });
  scene.threads.last.send({ kind: "log", message: "something else" });
  assertEquals(scene.log, ["File changed", "something else"]);
  for (const thread of scene.threads.all) thread.die("oops");
  const died = "A worker died (oops). Its connections are lost. Starting another one.";
  assertEquals(scene.log.slice(2), [died, died, died]);
  pool.shutDown();
  await pool.finished;
});
