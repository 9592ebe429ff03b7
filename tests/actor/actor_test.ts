import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Actor } from "../../src/actor/actor.ts";
import { MailboxClosedError } from "../../src/actor/mailbox.ts";
import { isPending, turn } from "../support/pending.ts";

interface Work {
  readonly name: string;
  readonly done: PromiseWithResolvers<void>;
}

function work(name: string): Work {
  return { name, done: Promise.withResolvers() };
}

class Worker extends Actor<Work> {
  readonly events: string[] = [];

  protected override async handle({ name, done }: Work): Promise<void> {
    this.events.push(`begin ${name}`);
    await done.promise;
    this.events.push(`end ${name}`);
  }
}

Deno.test("an actor handles one message at a time, in the order of sending", async () => {
  const actor = new Worker(4);
  const [a, b, c] = [work("a"), work("b"), work("c")];
  for (const message of [a, b, c]) await actor.send(message);
  b.done.resolve();
  await turn();
  assertEquals(actor.events, ["begin a"]);
  a.done.resolve();
  await turn();
  assertEquals(actor.events, ["begin a", "end a", "begin b", "end b", "begin c"]);
  c.done.resolve();
  await actor.stop();
  assertEquals(actor.events.slice(-1), ["end c"]);
});

Deno.test("a sender waits while an actor's mailbox is full", async () => {
  const actor = new Worker(1);
  const [a, b, c] = [work("a"), work("b"), work("c")];
  await actor.send(a);
  await turn();
  await actor.send(b);
  assertEquals(actor.mailboxSize, 1);
  const waiting = actor.send(c);
  assert(await isPending(waiting));
  for (const { done } of [a, b, c]) done.resolve();
  await waiting;
  await actor.stop();
});

Deno.test("stop lets what is in the mailbox be handled and refuses the rest", async () => {
  const actor = new Worker(1);
  const [a, b, c] = [work("a"), work("b"), work("c")];
  await actor.send(a);
  await turn();
  await actor.send(b);
  const refused = assertRejects(() => actor.send(c), MailboxClosedError);
  const stopped = actor.stop();
  await refused;
  await assertRejects(() => actor.send(work("d")), MailboxClosedError);
  assert(await isPending(stopped));
  a.done.resolve();
  assert(await isPending(stopped));
  b.done.resolve();
  await stopped;
  assertEquals(actor.events, ["begin a", "end a", "begin b", "end b"]);
  await actor.stop();
});

Deno.test("an actor without messages stops", async () => {
  const actor = new Worker(1);
  await actor.stop();
  await actor.ended;
  assertEquals(actor.events, []);
});

Deno.test("a subclass is whole before its first message is handled", async () => {
  class Late extends Actor<number> {
    readonly sums: number[] = [];
    protected override handle(value: number): Promise<void> {
      this.sums.push(value);
      return Promise.resolve();
    }
    constructor() {
      super(2);
      void this.send(1);
    }
  }
  const actor = new Late();
  await actor.stop();
  assertEquals(actor.sums, [1]);
});

for (const kind of ["throws", "rejects"] as const) {
  Deno.test(`a handle that ${kind} ends the actor and refuses senders`, async () => {
    class Failing extends Actor<string> {
      readonly handled: string[] = [];
      protected override handle(message: string): Promise<void> {
        this.handled.push(message);
        const error = new Error(`cannot handle ${message}`);
        if (kind === "throws") throw error;
        return Promise.reject(error);
      }
    }
    const actor = new Failing(1);
    const ended = assertRejects(() => actor.ended, Error, "cannot handle a");
    const sent = ["a", "b", "c"].map((message) => actor.send(message));
    const fates = await Promise.allSettled(sent);
    await ended;
    assertEquals(fates.at(-1)?.status, "rejected");
    assertEquals(actor.handled, ["a"]);
    await assertRejects(() => actor.send("d"), MailboxClosedError);
    await assertRejects(() => actor.stop(), Error, "cannot handle a");
  });
}

Deno.test("an actor's capacity is an integer of 1 or more", () => {
  assertThrows(() => new Worker(0), RangeError);
  assertThrows(() => new Worker(1.5), RangeError);
});
