import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc, { type AsyncCommand } from "fast-check";
import { Mailbox, MailboxClosedError } from "../../src/actor/mailbox.ts";
import { isPending } from "../support/pending.ts";

type Fate = "waiting" | "accepted" | "refused";

/** A mailbox in the plainest way: who waits is in the list behind the first `capacity`. */
class Model {
  readonly held: number[] = [];
  readonly fates: Fate[] = [];
  readonly received: (number | "end")[] = [];
  receivers = 0;
  isClosed = false;

  constructor(readonly capacity: number) {}

  send(): void {
    const id = this.fates.length;
    this.fates.push(this.isClosed ? "refused" : "waiting");
    if (!this.isClosed) this.held.push(id);
    this.#settle();
  }

  receive(): void {
    this.receivers++;
    this.#settle();
  }

  close(): void {
    this.isClosed = true;
    for (const id of this.held.splice(this.capacity)) this.fates[id] = "refused";
    this.#settle();
  }

  #settle(): void {
    while (this.receivers > 0 && (this.held.length > 0 || this.isClosed)) {
      const id = this.held.shift();
      this.received.push(id ?? "end");
      if (id !== undefined) this.fates[id] = "accepted";
      this.receivers--;
    }
    for (const id of this.held.slice(0, this.capacity)) this.fates[id] = "accepted";
  }
}

class Real {
  readonly mailbox: Mailbox<number>;
  readonly fates: Fate[] = [];
  readonly received: (number | "end")[] = [];

  constructor(capacity: number) {
    this.mailbox = new Mailbox(capacity);
  }

  send(): void {
    const id = this.fates.push("waiting") - 1;
    this.mailbox.send(id).then(() => this.fates[id] = "accepted", (error) => {
      assert(error instanceof MailboxClosedError);
      this.fates[id] = "refused";
    });
  }

  receive(): void {
    this.mailbox.receive().then((id) => this.received.push(id ?? "end"));
  }
}

abstract class Step implements AsyncCommand<Model, Real> {
  check(_model: Readonly<Model>): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    this.apply(model, real);
    // All that was settled is known after a few turns of the promises.
    for (let i = 0; i < 5; i++) await Promise.resolve();
    const { mailbox, fates, received } = real;
    const held = Math.min(model.held.length, model.capacity);
    assertEquals({ fates, received }, { fates: model.fates, received: model.received });
    assertEquals([mailbox.size, mailbox.waiting], [held, model.held.length - held]);
    assert(mailbox.size <= mailbox.capacity);
  }

  protected abstract apply(model: Model, real: Real): void;
}

class Send extends Step {
  protected override apply(model: Model, real: Real): void {
    model.send();
    real.send();
  }

  override toString(): string {
    return "send";
  }
}

class Receive extends Step {
  override check(model: Readonly<Model>): boolean {
    return model.receivers === 0;
  }

  protected override apply(model: Model, real: Real): void {
    model.receive();
    real.receive();
  }

  override toString(): string {
    return "receive";
  }
}

class Close extends Step {
  protected override apply(model: Model, real: Real): void {
    model.close();
    real.mailbox.close();
  }

  override toString(): string {
    return "close";
  }
}

Deno.test("a mailbox does what a plain array does, whatever is done to it", async () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.constant(new Send()) },
    { weight: 5, arbitrary: fc.constant(new Receive()) },
    { weight: 1, arbitrary: fc.constant(new Close()) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.commands([step], { maxCommands: 60 }),
      (capacity, steps) =>
        fc.asyncModelRun(() => ({ model: new Model(capacity), real: new Real(capacity) }), steps),
    ),
    { numRuns: 300 },
  );
});

Deno.test("messages come in the order of sending, those of waiting senders included", async () => {
  const mailbox = new Mailbox<number>(2);
  const sent = [1, 2, 3, 4, 5].map((message) => mailbox.send(message));
  assertEquals([mailbox.size, mailbox.waiting], [2, 3]);
  const received = [];
  for (let i = 0; i < 5; i++) received.push(await mailbox.receive());
  assertEquals(received, [1, 2, 3, 4, 5]);
  await Promise.all(sent);
});

Deno.test("a sender waits while the mailbox is full", async () => {
  const mailbox = new Mailbox<string>(1);
  await mailbox.send("a");
  const waiting = mailbox.send("b");
  assert(await isPending(waiting));
  assertEquals(await mailbox.receive(), "a");
  await waiting;
  assertEquals(mailbox.size, 1);
});

Deno.test("closing refuses waiting senders and lets the rest be received", async () => {
  const mailbox = new Mailbox<string>(1);
  await mailbox.send("in");
  const waiting = assertRejects(() => mailbox.send("out"), MailboxClosedError);
  mailbox.close();
  await waiting;
  mailbox.close();
  await assertRejects(() => mailbox.send("late"), MailboxClosedError);
  assertEquals(await mailbox.receive(), "in");
  assertEquals(await mailbox.receive(), undefined);
  assertEquals(await mailbox.receive(), undefined);
});

Deno.test("closing ends a waiting receiver", async () => {
  const mailbox = new Mailbox<string>(1);
  const received = mailbox.receive();
  assert(await isPending(received));
  mailbox.close();
  assertEquals(await received, undefined);
});

Deno.test("a second receiver is refused while one is waiting", async () => {
  const mailbox = new Mailbox<string>(1);
  const first = mailbox.receive();
  assertThrows(() => mailbox.receive(), Error, "one receiver");
  await mailbox.send("a");
  assertEquals(await first, "a");
});

Deno.test("a capacity that is no integer of 1 or more is refused", () => {
  for (const capacity of [0, -1, 1.5, NaN, Infinity, 2 ** 53]) {
    assertThrows(() => new Mailbox(capacity), RangeError);
  }
});
