import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc, { type AsyncCommand } from "fast-check";
import { Mailbox, MailboxClosedError } from "../../src/actor/mailbox.ts";
import { isPending } from "../support/pending.ts";

type Outcome = "waiting" | "accepted" | "rejected";

/** A mailbox as a plain array: senders wait in it after the first `capacity` messages. */
class Model {
  readonly held: number[] = [];
  readonly outcomes: Outcome[] = [];
  readonly received: (number | "end")[] = [];
  receivers = 0;
  isClosed = false;

  constructor(readonly capacity: number) {}

  send(): void {
    const id = this.outcomes.length;
    this.outcomes.push(this.isClosed ? "rejected" : "waiting");
    if (!this.isClosed) this.held.push(id);
    this.#settle();
  }

  receive(): void {
    this.receivers++;
    this.#settle();
  }

  close(): void {
    this.isClosed = true;
    for (const id of this.held.splice(this.capacity)) this.outcomes[id] = "rejected";
    this.#settle();
  }

  #settle(): void {
    while (this.receivers > 0 && (this.held.length > 0 || this.isClosed)) {
      const id = this.held.shift();
      this.received.push(id ?? "end");
      if (id !== undefined) this.outcomes[id] = "accepted";
      this.receivers--;
    }
    for (const id of this.held.slice(0, this.capacity)) this.outcomes[id] = "accepted";
  }
}

class Real {
  readonly mailbox: Mailbox<number>;
  readonly outcomes: Outcome[] = [];
  readonly received: (number | "end")[] = [];

  constructor(capacity: number) {
    this.mailbox = new Mailbox(capacity);
  }

  send(): void {
    const id = this.outcomes.push("waiting") - 1;
    this.mailbox.send(id).then(() => this.outcomes[id] = "accepted", (error) => {
      assert(error instanceof MailboxClosedError);
      this.outcomes[id] = "rejected";
    });
  }

  receive(): void {
    this.mailbox.receive().then((id) => this.received.push(id ?? "end"));
  }
}

class Step implements AsyncCommand<Model, Real> {
  constructor(readonly kind: "send" | "receive" | "close") {}

  check(model: Readonly<Model>): boolean {
    return this.kind !== "receive" || model.receivers === 0;
  }

  async run(model: Model, real: Real): Promise<void> {
    model[this.kind]();
    if (this.kind === "close") real.mailbox.close();
    else real[this.kind]();
    // Everything that was settled is known after a few turns of the microtask queue.
    for (let i = 0; i < 5; i++) await Promise.resolve();
    const { outcomes, received } = real;
    assertEquals({ outcomes, received }, { outcomes: model.outcomes, received: model.received });
  }

  toString(): string {
    return this.kind;
  }
}

Deno.test("Mailbox does what a plain array does, whatever is done to it", async () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.constant(new Step("send")) },
    { weight: 5, arbitrary: fc.constant(new Step("receive")) },
    { weight: 1, arbitrary: fc.constant(new Step("close")) },
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

Deno.test("Mailbox.receive() returns messages in the order of send(), waiting senders included", async () => {
  const mailbox = new Mailbox<number>(2);
  const sent = [1, 2, 3, 4, 5].map((message) => mailbox.send(message));
  const received = [];
  for (let i = 0; i < 5; i++) received.push(await mailbox.receive());
  assertEquals(received, [1, 2, 3, 4, 5]);
  await Promise.all(sent);
});

Deno.test("Mailbox.send() waits while the mailbox is full", async () => {
  const mailbox = new Mailbox<string>(1);
  await mailbox.send("a");
  const waiting = mailbox.send("b");
  assert(await isPending(waiting));
  assertEquals(await mailbox.receive(), "a");
  await waiting;
  const next = mailbox.send("c");
  assert(await isPending(next));
  assertEquals([await mailbox.receive(), await mailbox.receive()], ["b", "c"]);
  await next;
});

Deno.test("Mailbox.close() rejects waiting senders and keeps what is in the mailbox", async () => {
  const mailbox = new Mailbox<string>(1);
  await mailbox.send("in");
  const waiting = assertRejects(() => mailbox.send("out"), MailboxClosedError);
  mailbox.close();
  await waiting;
  mailbox.close();
  await assertRejects(() => mailbox.send("late"), MailboxClosedError, "the mailbox is closed");
  assertEquals(await mailbox.receive(), "in");
  assertEquals(await mailbox.receive(), undefined);
  assertEquals(await mailbox.receive(), undefined);
});

Deno.test("Mailbox.close() ends a pending receive()", async () => {
  const mailbox = new Mailbox<string>(1);
  const received = mailbox.receive();
  assert(await isPending(received));
  mailbox.close();
  assertEquals(await received, undefined);
});

Deno.test("Mailbox.receive() throws while another one is pending", async () => {
  const mailbox = new Mailbox<string>(1);
  const first = mailbox.receive();
  assertThrows(() => mailbox.receive(), Error, "only one receiver");
  await mailbox.send("a");
  assertEquals(await first, "a");
});

Deno.test("Mailbox requires a capacity that is an integer of 1 or more", () => {
  for (const capacity of [0, -1, 1.5, NaN, Infinity, 2 ** 53]) {
    assertThrows(() => new Mailbox(capacity), RangeError, `not ${capacity}`);
  }
});
