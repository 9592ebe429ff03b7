import { Mailbox } from "./mailbox.ts";

/**
 * Something that owns its state alone and is spoken to by messages only.
 *
 * - One message is handled at a time, in the order of sending.
 * - The mailbox is bounded: `send` waits while it is full.
 * - `stop` lets what is in the mailbox be handled, then the actor ends.
 * - `handle` answers failures itself, for instance through a promise in the message. One that
 *   throws all the same ends the actor: `ended` rejects with what was thrown, and senders are refused.
 *
 * @example
 * ```ts
 * import { Actor } from "./actor.ts";
 *
 * class Adder extends Actor<number> {
 *   sum = 0;
 *   protected override handle(value: number): Promise<void> {
 *     this.sum += value;
 *     return Promise.resolve();
 *   }
 * }
 *
 * const adder = new Adder(8);
 * await adder.send(1);
 * await adder.send(2);
 * await adder.stop();
 * console.log(adder.sum); // 3
 * ```
 */
export abstract class Actor<Message> {
  readonly #mailbox: Mailbox<Message>;

  /** Resolves when the actor has ended; rejects with what `handle` threw. */
  readonly ended: Promise<void>;

  /**
   * Makes an actor that is waiting for messages.
   *
   * @param mailboxCapacity messages held at most, an integer of 1 or more
   * @throws {RangeError} where the capacity is not such an integer
   */
  constructor(mailboxCapacity: number) {
    this.#mailbox = new Mailbox(mailboxCapacity);
    this.ended = this.#run();
  }

  /** How many messages wait in the mailbox. */
  get mailboxSize(): number {
    return this.#mailbox.size;
  }

  /**
   * Sends a message; waits while the mailbox is full.
   *
   * @throws {MailboxClosedError} (as a rejection) where the actor was stopped
   */
  send(message: Message): Promise<void> {
    return this.#mailbox.send(message);
  }

  /** Refuses further messages and waits until those in the mailbox are handled. */
  stop(): Promise<void> {
    this.#mailbox.close();
    return this.ended;
  }

  /** Handles one message; the next is taken when the promise resolves. */
  protected abstract handle(message: Message): Promise<void>;

  async #run(): Promise<void> {
    try {
      for (;;) {
        // The first await also lets a subclass finish its constructor before `handle` is called.
        const message = await this.#mailbox.receive();
        if (message === undefined) return;
        await this.handle(message);
      }
    } finally {
      this.#mailbox.close();
    }
  }
}
