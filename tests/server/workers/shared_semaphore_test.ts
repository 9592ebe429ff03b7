import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { SharedSemaphore } from "../../../src/server/workers/shared_semaphore.ts";
import { inTime, isPending } from "../../support/pending.ts";

function openAlone(permits: number): SharedSemaphore {
  return new SharedSemaphore(SharedSemaphore.allocate(permits, 1), 0);
}

/** Waits for a permit; fails instead of waiting for ever. */
async function acquire(semaphore: SharedSemaphore): Promise<void> {
  assert(await inTime(semaphore.acquire()));
}

Deno.test("SharedSemaphore.acquire() resolves as often as there are permits, then waits", async () => {
  const semaphore = openAlone(3);
  for (let i = 0; i < 3; i++) await acquire(semaphore);
  const fourth = semaphore.acquire();
  assert(await isPending(fourth));
  semaphore.release();
  assert(await inTime(fourth));
  const fifth = semaphore.acquire();
  assert(await isPending(fifth));
  semaphore.stop();
  assertEquals(await fifth, false);
});

Deno.test("SharedSemaphore.waitUntilFree() waits for a free permit and does not take it", async () => {
  const semaphore = openAlone(1);
  await semaphore.waitUntilFree();
  await acquire(semaphore);
  const free = semaphore.waitUntilFree();
  assert(await isPending(free));
  semaphore.release();
  await inTime(free);
  await acquire(semaphore);
});

Deno.test("SharedSemaphore.acquire() sees a permit that another owner has released", async () => {
  const memory = SharedSemaphore.allocate(1, 2);
  const [one, other] = [new SharedSemaphore(memory, 0), new SharedSemaphore(memory, 1)];
  await acquire(one);
  const waiting = other.acquire();
  assert(await isPending(waiting));
  one.release();
  assert(await inTime(waiting));
  const next = one.acquire();
  assert(await isPending(next));
  other.release();
  assert(await inTime(next));
});

Deno.test("SharedSemaphore.reclaim() frees what the owner held, once", async () => {
  const memory = SharedSemaphore.allocate(3, 2);
  const [dead, alive] = [new SharedSemaphore(memory, 0), new SharedSemaphore(memory, 1)];
  for (const semaphore of [dead, dead, alive]) await acquire(semaphore);
  SharedSemaphore.reclaim(memory, 0);
  SharedSemaphore.reclaim(memory, 0);
  for (let i = 0; i < 2; i++) await acquire(alive);
  const fourth = alive.acquire();
  assert(await isPending(fourth));
  alive.stop();
  await fourth;
});

Deno.test("SharedSemaphore.stop() ends the waiting of this owner only", async () => {
  const memory = SharedSemaphore.allocate(1, 2);
  const [one, other] = [new SharedSemaphore(memory, 0), new SharedSemaphore(memory, 1)];
  await acquire(one);
  const free = one.waitUntilFree();
  const waiting = other.acquire();
  one.stop();
  await inTime(free);
  assertEquals(await one.acquire(), false);
  assert(await isPending(waiting));
  one.release();
  assert(await inTime(waiting));
});

Deno.test("SharedSemaphore never gives more permits than there are, however threads take and release them", async () => {
  const OWNERS = 3;
  const step = fc.record({
    owner: fc.nat(OWNERS - 1),
    kind: fc.constantFrom("acquire", "acquire", "release", "reclaim"),
  });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(step), async (permits, steps) => {
      const memory = SharedSemaphore.allocate(permits, OWNERS);
      const owners = Array.from({ length: OWNERS }, (_, i) => new SharedSemaphore(memory, i));
      const held = owners.map(() => 0);
      const free = () => permits - held.reduce((sum, count) => sum + count);
      for (const { owner, kind } of steps) {
        if (kind === "acquire" && free() > 0) {
          await acquire(owners[owner]!);
          held[owner]!++;
        } else if (kind === "release" && held[owner]! > 0) {
          owners[owner]!.release();
          held[owner]!--;
        } else if (kind === "reclaim") {
          SharedSemaphore.reclaim(memory, owner);
          held[owner] = 0;
        }
      }
      // All that are free can be acquired, and no further one.
      const last = owners[0]!;
      for (let count = free(); count > 0; count--) await acquire(last);
      const further = last.acquire();
      last.stop();
      assertEquals(await further, false);
    }),
  );
});
