import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Permits } from "../../../src/server/workers/permits.ts";
import { isPending } from "../../support/pending.ts";

function alone(count: number): Permits {
  return new Permits(Permits.create(count, 1), 0);
}

Deno.test("as many permits are given as there are, and no more", async () => {
  const permits = alone(3);
  for (let i = 0; i < 3; i++) assert(await permits.acquire());
  const fourth = permits.acquire();
  assert(await isPending(fourth));
  permits.release();
  assert(await fourth);
  const fifth = permits.acquire();
  assert(await isPending(fifth));
  permits.stop();
  assert(!await fifth);
});

Deno.test("who waits until a permit is available takes none", async () => {
  const permits = alone(1);
  await permits.available();
  assertEquals(permits.free, 1);
  await permits.acquire();
  const available = permits.available();
  assert(await isPending(available));
  permits.release();
  await available;
  assertEquals(permits.free, 1);
});

Deno.test("a permit that another holder has released is seen", async () => {
  const memory = Permits.create(1, 2);
  const [one, other] = [new Permits(memory, 0), new Permits(memory, 1)];
  await one.acquire();
  const waiting = other.acquire();
  assert(await isPending(waiting));
  one.release();
  assert(await waiting);
  assertEquals(one.free, 0);
});

Deno.test("what a holder had that died can be taken back, and no more", async () => {
  const memory = Permits.create(5, 2);
  const [dead, alive] = [new Permits(memory, 0), new Permits(memory, 1)];
  for (const permits of [dead, dead, alive]) await permits.acquire();
  Permits.takeBack(memory, 0);
  assertEquals(alive.free, 4);
  Permits.takeBack(memory, 0);
  assertEquals(alive.free, 4);
});

Deno.test("who waits when the permits are stopped has got none", async () => {
  const permits = alone(1);
  await permits.acquire();
  const waiting = [permits.available()];
  permits.stop();
  await Promise.all(waiting);
  assertEquals(await permits.acquire(), false);
  permits.release();
  assertEquals(permits.free, 1);
});

Deno.test("free and held permits add up, whoever takes and releases them", async () => {
  const actions = fc.array(fc.record({ holder: fc.nat(2), isTaken: fc.boolean() }));
  await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 4 }), actions, async (count, all) => {
    const memory = Permits.create(count, 3);
    const holders = [0, 1, 2].map((holder) => new Permits(memory, holder));
    const held = [0, 0, 0];
    for (const { holder, isTaken } of all) {
      const permits = holders[holder]!;
      if (isTaken && permits.free > 0) {
        assert(await permits.acquire());
        held[holder]!++;
      } else if (!isTaken && held[holder]! > 0) {
        permits.release();
        held[holder]!--;
      }
      assertEquals(permits.free, count - held.reduce((sum, some) => sum + some));
    }
  }));
});
