/** {@linkcode Mailbox.send} failed: the mailbox was closed before the message was in it. */
export class MailboxClosedError extends Error {
  override readonly name = "MailboxClosedError";

  constructor() {
    super("Cannot send: the mailbox is closed.");
  }
}

interface WaitingSender<Message> {
  readonly message: Message;
  readonly accepted: PromiseWithResolvers<void>;
}

/**
 * A bounded queue with any number of senders and one receiver.
 *
 * - Order: messages are received in the order of the calls of `send`, whether or not a sender had to wait.
 * - Capacity: the mailbox holds at most `capacity` messages. Further senders wait; nothing is dropped.
 * - Close: waiting senders are rejected, and so is every later `send`. Messages in the mailbox can still be
 *   received; after them `receive` returns undefined.
 * - Receiver: only one `receive` may be pending. A second one is a programming error and throws.
 */
export class Mailbox<Message> {
  readonly #capacity: number;
  readonly #messages: Message[] = [];
  readonly #senders: WaitingSender<Message>[] = [];
  #receiver: PromiseWithResolvers<Message | undefined> | undefined;
  #isClosed = false;

  /**
   * @param capacity the most messages held, an integer of 1 or more
   * @throws {RangeError} if it is anything else
   */
  constructor(capacity: number) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new RangeError(
        `The capacity of a mailbox must be an integer of 1 or more, not ${capacity}`,
      );
    }
    this.#capacity = capacity;
  }

  /** How many messages are held, or wait to be. */
  get waitingMessages(): number {
    return this.#messages.length + this.#senders.length;
  }

  /**
   * Adds a message; waits while the mailbox is full.
   *
   * @returns resolves when the message is in the mailbox or received
   * @throws {MailboxClosedError} (as a rejection) if the mailbox is closed, or is closed before there is room
   */
  send(message: Message): Promise<void> {
    if (this.#isClosed) return Promise.reject(new MailboxClosedError());
    if (this.#receiver !== undefined) {
      this.#receiver.resolve(message);
      this.#receiver = undefined;
      return Promise.resolve();
    }
    if (this.#messages.length < this.#capacity) {
      this.#messages.push(message);
      return Promise.resolve();
    }
    const accepted = Promise.withResolvers<void>();
    this.#senders.push({ message, accepted });
    return accepted.promise;
  }

  /**
   * Removes the oldest message; waits while the mailbox is empty.
   *
   * @returns the message, or undefined once the mailbox is closed and empty
   * @throws {Error} if another `receive` is pending
   */
  receive(): Promise<Message | undefined> {
    if (this.#receiver !== undefined) throw new Error("A mailbox can have only one receiver");
    if (this.#messages.length > 0) {
      const message = this.#messages.shift();
      this.#admitSender();
      return Promise.resolve(message);
    }
    if (this.#isClosed) return Promise.resolve(undefined);
    this.#receiver = Promise.withResolvers();
    return this.#receiver.promise;
  }

  /** Closes the mailbox; closing twice does nothing. */
  close(): void {
    this.#isClosed = true;
    this.#receiver?.resolve(undefined);
    this.#receiver = undefined;
    for (const sender of this.#senders.splice(0)) {
      sender.accepted.reject(new MailboxClosedError());
    }
  }

  #admitSender(): void {
    const sender = this.#senders.shift();
    if (sender === undefined) return;
    this.#messages.push(sender.message);
    sender.accepted.resolve();
  }
}
