import { assert, assertEquals } from "@std/assert";
import { Permits } from "../../src/server/permits.ts";
import { isPending, turn } from "../support/pending.ts";

Deno.test("as many permits are given as there are, and no more", async () => {
  const permits = new Permits(3);
  for (let i = 0; i < 3; i++) await permits.acquire();
  const fourth = permits.acquire();
  assert(await isPending(fourth));
  permits.release();
  await fourth;
  assert(await isPending(permits.acquire()));
});

Deno.test("permits go to those who wait, in the order in which they asked", async () => {
  const permits = new Permits(1);
  await permits.acquire();
  const given: string[] = [];
  for (const name of ["a", "b", "c"]) permits.acquire().then(() => given.push(name));
  await turn();
  assertEquals(given, []);
  for (const expected of [["a"], ["a", "b"], ["a", "b", "c"]]) {
    permits.release();
    await turn();
    assertEquals(given, expected);
  }
});

Deno.test("a permit that nobody waits for can be taken again, once", async () => {
  const permits = new Permits(1);
  for (let i = 0; i < 3; i++) {
    await permits.acquire();
    permits.release();
  }
  await permits.acquire();
  assert(await isPending(permits.acquire()));
});

Deno.test("a permit handed to who waited is not free as well", async () => {
  const permits = new Permits(1);
  await permits.acquire();
  const waiting = permits.acquire();
  permits.release();
  await waiting;
  assert(await isPending(permits.acquire()));
});
