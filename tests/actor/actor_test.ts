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

/** Notes what it does. */
class Recorder extends Actor<Work> {
  readonly events: string[] = [];
  readonly finishing = Promise.withResolvers<void>();

  protected override async handle({ name, done }: Work): Promise<void> {
    this.events.push(`begin ${name}`);
    await done.promise;
    this.events.push(`end ${name}`);
  }

  protected override async finish(): Promise<void> {
    this.events.push("finish");
    await this.finishing.promise;
  }
}

Deno.test("Actor handles one message at a time, in the order of send()", async () => {
  const actor = new Recorder(4);
  const [a, b, c] = [work("a"), work("b"), work("c")];
  for (const message of [a, b, c]) await actor.send(message);
  b.done.resolve();
  await turn();
  assertEquals(actor.events, ["begin a"]);
  a.done.resolve();
  await turn();
  assertEquals(actor.events, ["begin a", "end a", "begin b", "end b", "begin c"]);
  c.done.resolve();
  actor.finishing.resolve();
  await actor.stop();
  assertEquals(actor.events.slice(-2), ["end c", "finish"]);
});

Deno.test("Actor.send() waits while the mailbox is full", async () => {
  const actor = new Recorder(1);
  const [a, b, c] = [work("a"), work("b"), work("c")];
  await actor.send(a);
  await turn();
  await actor.send(b);
  const waiting = actor.send(c);
  assert(await isPending(waiting));
  a.done.resolve();
  await waiting;
  for (const { done } of [b, c, { done: actor.finishing }]) done.resolve();
  await actor.stop();
});

Deno.test("Actor.stop() lets the messages in the mailbox be handled and refuses others", async () => {
  const actor = new Recorder(1);
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
  actor.finishing.resolve();
  await stopped;
  assertEquals(actor.events, ["begin a", "end a", "begin b", "end b", "finish"]);
  await actor.stop();
  assertEquals(actor.events.length, 5);
});

Deno.test("Actor.stop() waits for finish(), which is called once after the last message", async () => {
  const actor = new Recorder(1);
  const stopped = actor.stop();
  assert(await isPending(stopped));
  assertEquals(actor.events, ["finish"]);
  actor.finishing.resolve();
  await stopped;
  await actor.ended;
});

Deno.test("Actor.ended rejects with what finish() threw", async () => {
  const actor = new Recorder(1);
  const ended = assertRejects(() => actor.ended, Error, "cannot finish");
  actor.finishing.reject(new Error("cannot finish"));
  await assertRejects(() => actor.stop(), Error, "cannot finish");
  await ended;
});

Deno.test("Actor without a finish() of its own stops", async () => {
  class Plain extends Actor<string> {
    protected override handle(): Promise<void> {
      return Promise.resolve();
    }
  }
  const actor = new Plain(1);
  await actor.send("a");
  await actor.stop();
});

Deno.test("Actor handles no message before its subclass is constructed", async () => {
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
  Deno.test(`Actor whose handle() ${kind} ends without finish(), and send() rejects`, async () => {
    class Failing extends Actor<string> {
      readonly events: string[] = [];
      protected override handle(message: string): Promise<void> {
        this.events.push(message);
        const error = new Error(`cannot handle ${message}`);
        if (kind === "throws") throw error;
        return Promise.reject(error);
      }
      protected override finish(): Promise<void> {
        this.events.push("finish");
        return Promise.resolve();
      }
    }
    const actor = new Failing(1);
    const ended = assertRejects(() => actor.ended, Error, "cannot handle a");
    const outcomes = await Promise.allSettled(["a", "b", "c"].map((text) => actor.send(text)));
    await ended;
    assertEquals(outcomes.at(-1)?.status, "rejected");
    assertEquals(actor.events, ["a"]);
    await assertRejects(() => actor.send("d"), MailboxClosedError);
    await assertRejects(() => actor.stop(), Error, "cannot handle a");
  });
}

Deno.test("Actor requires a mailbox capacity that is an integer of 1 or more", () => {
  assertThrows(() => new Recorder(0), RangeError);
  assertThrows(() => new Recorder(1.5), RangeError);
});
