import { assert, assertEquals } from "@std/assert";
import type { OpenLineStore } from "../../src/lines/open_lines.ts";
import { RETRY_AFTER_MS, StorePool } from "../../src/lines/store_pool.ts";
import { isPending } from "../support/pending.ts";

/** A pool over files that are only numbers. */
class Scene {
  readonly opened: number[] = [];
  readonly closed: number[] = [];
  readonly broken = new Set<number>();
  nowMs = 0;
  readonly pool: StorePool;

  constructor(files: number, openMax: number) {
    this.pool = new StorePool({
      files,
      openMax,
      open: (file) => this.#open(file),
      onClose: () => {},
      nowMs: () => this.nowMs,
    });
  }

  /** Opens a file, and releases it. */
  async use(file: number): Promise<void> {
    (await this.pool.acquire(file)).release();
  }

  #open(file: number): Promise<OpenLineStore> {
    this.opened.push(file);
    if (this.broken.has(file)) return Promise.reject(new Error(`no file ${file}`));
    const store = {
      [Symbol.asyncDispose]: () => {
        this.closed.push(file);
        return Promise.resolve();
      },
    };
    return Promise.resolve(store as unknown as OpenLineStore);
  }
}

Deno.test("StorePool.acquire() opens a file once, and closes the one that was not used for the longest time", async () => {
  const scene = new Scene(4, 2);
  await Promise.all([scene.use(0), scene.use(0), scene.use(1)]);
  assertEquals([scene.opened, scene.closed], [[0, 1], []]);
  scene.pool.peek(0);
  await scene.use(2);
  assertEquals([scene.opened, scene.closed], [[0, 1, 2], [1]]);
  scene.pool.look(0);
  await scene.use(3);
  assertEquals(scene.closed, [1, 0], "look() is no use");
  await scene.pool[Symbol.asyncDispose]();
  assertEquals(scene.closed.sort(), [0, 1, 2, 3]);
});

Deno.test("StorePool.acquire() does not miss a lease that is released while it finds out that it must wait", async () => {
  // The release may come between any two turns of the queue of promises.
  for (let turns = 0; turns < 10; turns++) {
    const scene = new Scene(2, 1);
    const lease = await scene.pool.acquire(0);
    const waiting = scene.pool.acquire(1);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    lease.release();
    assertEquals(await isPending(waiting), false, `released after ${turns} turns`);
    (await waiting).release();
    await scene.pool[Symbol.asyncDispose]();
  }
});

Deno.test("StorePool.acquire() closes no file with a lease, but waits until one is released", async () => {
  const scene = new Scene(3, 1);
  const lease = await scene.pool.acquire(0);
  assertEquals(await scene.pool.tryAcquire(1), undefined);
  const waiting = [scene.pool.acquire(1), scene.pool.acquire(2)];
  assert(await isPending(Promise.race(waiting)));
  assertEquals([scene.opened, scene.closed], [[0], []]);
  lease.release();
  const first = await Promise.race(waiting);
  first.release();
  for (const each of waiting) if (await each !== first) (await each).release();
  assertEquals([scene.opened.sort(), scene.closed.length], [[0, 1, 2], 2]);
  await scene.pool[Symbol.asyncDispose]();
});

Deno.test("StorePool.acquire() of a file that cannot be opened leaves its turn to the next one that waits", async () => {
  const scene = new Scene(3, 1);
  scene.broken.add(1);
  const lease = await scene.pool.acquire(0);
  const waiting = Promise.all([1, 1, 1, 1, 2].map((file) => scene.use(file)));
  assert(await isPending(waiting));
  lease.release();
  assertEquals(await isPending(waiting), false);
  assertEquals(scene.opened.filter((file) => file === 2), [2]);
  await scene.pool[Symbol.asyncDispose]();
});

Deno.test("StorePool remembers that a file could not be opened, and tries again after a while", async () => {
  const scene = new Scene(2, 1);
  scene.broken.add(0);
  const { store } = await scene.pool.acquire(0);
  assert(store instanceof Error && store.message === "no file 0");
  scene.nowMs = RETRY_AFTER_MS - 1;
  assert(scene.pool.peek(0) === store && (await scene.pool.acquire(0)).store === store);
  assertEquals(scene.opened, [0]);
  scene.nowMs = RETRY_AFTER_MS;
  assertEquals(scene.pool.peek(0), undefined);
  scene.broken.clear();
  await scene.use(0);
  assertEquals(scene.opened, [0, 0]);
  // The failure does not count as an open file.
  await scene.use(1);
  await scene.pool[Symbol.asyncDispose]();
});
