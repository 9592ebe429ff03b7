import { assert, assertEquals } from "@std/assert";
import { CLIENTS_PER_TURN, Turns } from "../../../src/server/pipeline/pipeline.ts";

Deno.test("Turns.next() never lets a client wait that is alone", () => {
  const turns = new Turns();
  assertEquals(turns.next(), undefined);
  for (let i = 0; i < 100; i++) {
    turns.noteServed("lone");
    assertEquals(turns.next(), undefined);
  }
});

Deno.test("Turns.next() waits for a later turn after a second client was served", async () => {
  const turns = new Turns();
  turns.noteServed("one");
  turns.noteServed("other");
  const next = turns.next();
  assert(next !== undefined && await isPromisePending(next));
  await next;
});

Deno.test("Turns.next() lets CLIENTS_PER_TURN clients go on in each turn, in order of their calls", async () => {
  const turns = new Turns();
  const order: number[] = [];
  turns.noteServed("one");
  turns.noteServed("other");
  const count = 2 * CLIENTS_PER_TURN + 1;
  const waiting = Array.from({ length: count }, (_, i) => turns.next()!.then(() => order.push(i)));
  await waiting[0];
  await Promise.resolve();
  assert(order.length <= CLIENTS_PER_TURN, `${order.length} clients went on`);
  await Promise.all(waiting);
  assertEquals(order, Array.from({ length: count }, (_, i) => i));
});

Deno.test("Turns.next() resolves after what is due already", async () => {
  const turns = new Turns();
  const events: string[] = [];
  turns.noteServed("one");
  turns.noteServed("other");
  const waiting = turns.next()!.then(() => events.push("next turn"));
  // A socket that was ready is served in a microtask of this turn.
  queueMicrotask(() => queueMicrotask(() => events.push("others")));
  await waiting;
  assertEquals(events, ["others", "next turn"]);
});

Deno.test("Turns counts clients again in each turn", async () => {
  const turns = new Turns();
  turns.noteServed("one");
  turns.noteServed("other");
  await turns.next();
  // The other one is gone.
  for (let i = 0; i < 10; i++) {
    turns.noteServed("one");
    assertEquals(turns.next(), undefined);
  }
  turns.noteServed("another");
  const next = turns.next();
  assert(next !== undefined && await isPromisePending(next));
  await next;
});

Deno.test("Turns shares the thread between two clients that are always ready", async () => {
  const turns = new Turns();
  const served: string[] = [];
  const run = async (client: string) => {
    for (let i = 0; i < 20; i++) {
      served.push(client);
      turns.noteServed(client);
      await turns.next();
    }
  };
  await Promise.all([run("a"), run("b")]);
  // Once both are there, neither is served twice in a row.
  for (let i = 3; i < served.length; i++) {
    assert(served[i] !== served[i - 1] || served[i] !== served[i - 2], served.join(""));
  }
});

/** Whether a promise is not settled by what is pending in the microtask queue. */
async function isPromisePending(promise: Promise<unknown>): Promise<boolean> {
  const marker = {};
  return await Promise.race([promise, Promise.resolve(marker)]) === marker;
}
