import { Mailbox } from "./mailbox.ts";

/**
 * An object that owns its state alone; others only send it messages.
 *
 * - Order: one message is handled at a time, in the order of sending.
 * - Capacity: the mailbox is bounded. `send` waits while it is full.
 * - Stop: messages that are in the mailbox are still handled, then `finish` is called.
 * - Failure: `handle` reports failures to the sender, for instance through a callback in the message. If it
 *   throws, the actor ends without `finish`: `ended` rejects with the error, and `send` rejects from then on.
 */
export abstract class Actor<Message> {
  /** Resolves when the actor has ended; rejects with what `handle` or `finish` threw. */
  readonly ended: Promise<void>;
  readonly #mailbox: Mailbox<Message>;

  /**
   * @param mailboxCapacity the most messages that wait to be handled, an integer of 1 or more
   * @throws {RangeError} if it is anything else
   */
  constructor(mailboxCapacity: number) {
    this.#mailbox = new Mailbox(mailboxCapacity);
    this.ended = this.#run();
  }

  /**
   * Sends a message; waits while the mailbox is full.
   *
   * @throws {MailboxClosedError} (as a rejection) if the actor was stopped or has failed
   */
  send(message: Message): Promise<void> {
    return this.#mailbox.send(message);
  }

  /** How many messages are in the mailbox, or wait to be. */
  get waitingMessages(): number {
    return this.#mailbox.waitingMessages;
  }

  /**
   * Refuses further messages, and waits until those in the mailbox are handled. Stopping twice is allowed.
   *
   * @throws (as a rejection) what `handle` or `finish` threw
   */
  stop(): Promise<void> {
    this.#mailbox.close();
    return this.ended;
  }

  /** Handles one message; the next one is taken when the promise resolves. */
  protected abstract handle(message: Message): Promise<void>;

  /** Called after the last message was handled; the actor ends when the promise resolves. */
  protected finish(): Promise<void> {
    return Promise.resolve();
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        // The first await also lets a subclass finish its constructor before `handle` is called.
        const message = await this.#mailbox.receive();
        if (message === undefined) return await this.finish();
        await this.handle(message);
      }
    } finally {
      this.#mailbox.close();
    }
  }
}
