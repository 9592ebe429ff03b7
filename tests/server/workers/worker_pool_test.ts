import { assert, assertEquals, assertRejects } from "@std/assert";
import { ensureIndex } from "../../../src/index/build/ensure_index.ts";
import { IndexError } from "../../../src/index/index_error.ts";
import type { ServeOptions } from "../../../src/server/open_server.ts";
import { SharedSemaphore } from "../../../src/server/workers/shared_semaphore.ts";
import { WorkerPool } from "../../../src/server/workers/worker_pool.ts";
import { isPending, turn } from "../../support/pending.ts";
import {
  FINISHED,
  LISTENING,
  SHUTTING_DOWN,
  STOPPED_LISTENING,
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
    await Deno.writeTextFile(scene.#options.files[0]!.textPath, "one\ntwo\n");
    await ensureIndex(scene.#options.files[0]!);
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
    for (const thread of this.threads.all) thread.send(LISTENING);
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

Deno.test("WorkerPool.start() starts the workers side by side, and lets them accept when all listen", async () => {
  await using scene = await Scene.create();
  const starting = scene.start(3);
  await turn();
  for (const thread of scene.threads.all) {
    assert(await isPending(starting));
    assertEquals(scene.received(), ["serve", "serve", "serve"]);
    thread.send(LISTENING);
  }
  const pool = await starting;
  assertEquals(scene.received(), ["serve,accept", "serve,accept", "serve,accept"]);
  assertEquals(pool.addresses, [{ name: "tcp", hostname: "127.0.0.1", port: 1234 }]);
  const all = scene.threads.all.map(optionsOf);
  assertEquals(all.map(({ sharedPermits }) => sharedPermits?.owner), [0, 1, 2]);
  for (const { sharedPermits, files, cacheBytes } of all) {
    assert(sharedPermits!.memory === all[0]!.sharedPermits!.memory);
    // All of a small file fits into memory: it is cached once.
    assert(
      files[0]!.budget!.sharedText !== undefined &&
        files[0]!.budget!.sharedText === all[0]!.files[0]!.budget!.sharedText,
    );
    assertEquals(cacheBytes, Math.floor(1024 * 1024 / 3));
  }
});

Deno.test("WorkerPool shuts down all workers if one does, and finishes with the last", async () => {
  await using scene = await Scene.create();
  const pool = await scene.startListening(3);
  scene.threads.all[1]!.send(SHUTTING_DOWN);
  await pool.shutdownBegun;
  await turn();
  const received = "serve,accept,shutdown";
  assertEquals(scene.received(), [received, received, received]);
  for (const thread of scene.threads.all.slice(0, 2)) thread.send(SHUTTING_DOWN, FINISHED);
  assert(await isPending(pool.finished));
  assert(await isPending(pool.stoppedListening));
  scene.threads.last.send(STOPPED_LISTENING);
  await pool.stoppedListening;
  assert(await isPending(pool.finished));
  scene.threads.last.send(FINISHED);
  await pool.finished;
});

Deno.test("WorkerPool.close() ends all threads, and finishes", async () => {
  await using scene = await Scene.create();
  const pool = await scene.startListening(2);
  pool.shutDown();
  pool.close();
  await pool.finished;
  assertEquals(scene.threads.all.map(({ isTerminated }) => isTerminated), [true, true]);
});

Deno.test("WorkerPool.connectionCount counts the permits that all workers hold", async () => {
  await using scene = await Scene.create();
  const pool = await scene.startListening(2);
  const { memory } = optionsOf(scene.threads.last).sharedPermits!;
  for (const owner of [0, 1, 1]) assert(await new SharedSemaphore(memory, owner).acquire());
  assertEquals(pool.connectionCount, 3);
  pool.close();
});

Deno.test("WorkerPool.shutDown() finishes a pool whose workers are all dead", async () => {
  await using scene = await Scene.create();
  const pool = await scene.startListening(2);
  // The test runner fails if a restart is still pending afterwards.
  for (const thread of scene.threads.all) thread.die("oops");
  pool.shutDown();
  await pool.finished;
});

Deno.test("WorkerPool.start() rejects if a worker cannot start, before any other one accepts clients", async () => {
  await using scene = await Scene.create();
  const starting = scene.start(3);
  const [first, second, third] = scene.threads.all;
  first!.send(LISTENING);
  third!.send(LISTENING);
  second!.send({ kind: "refused", message: "no index" });
  await assertRejects(() => starting, Error, "no index");
  assertEquals(scene.threads.all.map(({ isTerminated }) => isTerminated), [true, true, true]);
  assertEquals([scene.received(), scene.log], [["serve", "serve", "serve"], []]);
});

Deno.test("WorkerPool.start() rejects if there is no index", async () => {
  await using scene = await Scene.create();
  await assertRejects(
    () => scene.start(2, { files: [{ textPath: "/nowhere/text", indexPath: "/nowhere/index" }] }),
    IndexError,
  );
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
