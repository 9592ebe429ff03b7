/** Thrown by {@linkcode Mailbox.send} where the mailbox was closed before the message was in. */
export class MailboxClosedError extends Error {
  /** The name of this kind of error. */
  override readonly name = "MailboxClosedError";

  constructor() {
    super("Cannot send: the mailbox is closed");
  }
}

interface WaitingSender<Message> {
  readonly message: Message;
  readonly accepted: PromiseWithResolvers<void>;
}

/**
 * A bounded queue between any number of senders and one receiver.
 *
 * - Order: messages are received in the order in which `send` was called, waiting senders included.
 * - Capacity: at most `capacity` messages are held. A sender beyond that waits; nothing is dropped.
 * - Close: `send` rejects from then on, and so do senders that were waiting. What is already in the
 *   mailbox can still be received; then `receive` gives `undefined`.
 * - One receiver: a second `receive` while one is waiting is a programmer's error and throws.
 *
 * @example
 * ```ts
 * import { Mailbox } from "./mailbox.ts";
 *
 * const mailbox = new Mailbox<string>(2);
 * await mailbox.send("a");
 * console.log(await mailbox.receive()); // "a"
 * mailbox.close();
 * console.log(await mailbox.receive()); // undefined
 * ```
 */
export class Mailbox<Message> {
  /** How many messages are held at most, 1 or more. */
  readonly capacity: number;
  readonly #messages: Message[] = [];
  readonly #senders: WaitingSender<Message>[] = [];
  #receiver: PromiseWithResolvers<Message | undefined> | undefined;
  #closed = false;

  /**
   * Makes an empty mailbox.
   *
   * @param capacity messages held at most, an integer of 1 or more
   * @throws {RangeError} where the capacity is not such an integer
   */
  constructor(capacity: number) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new RangeError(`Mailbox capacity must be an integer of 1 or more: ${capacity}`);
    }
    this.capacity = capacity;
  }

  /** How many messages are in the mailbox now: 0 to `capacity`. */
  get size(): number {
    return this.#messages.length;
  }

  /** How many senders wait for room. */
  get waiting(): number {
    return this.#senders.length;
  }

  /**
   * Puts a message in, waiting for room where the mailbox is full.
   *
   * @returns resolves once the message is in the mailbox or received
   * @throws {MailboxClosedError} (as a rejection) where the mailbox is closed, or closes before there was room
   */
  send(message: Message): Promise<void> {
    if (this.#closed) return Promise.reject(new MailboxClosedError());
    if (this.#receiver !== undefined) {
      this.#receiver.resolve(message);
      this.#receiver = undefined;
      return Promise.resolve();
    }
    if (this.#messages.length < this.capacity) {
      this.#messages.push(message);
      return Promise.resolve();
    }
    const accepted = Promise.withResolvers<void>();
    this.#senders.push({ message, accepted });
    return accepted.promise;
  }

  /**
   * Takes the oldest message out, waiting for one where there is none.
   *
   * @returns the message, or `undefined` once the mailbox is closed and empty
   * @throws {Error} where another `receive` is waiting
   */
  receive(): Promise<Message | undefined> {
    if (this.#receiver !== undefined) throw new Error("A mailbox has one receiver at a time");
    if (this.#messages.length > 0) {
      const message = this.#messages.shift();
      this.#admitSender();
      return Promise.resolve(message);
    }
    if (this.#closed) return Promise.resolve(undefined);
    this.#receiver = Promise.withResolvers();
    return this.#receiver.promise;
  }

  /** Closes the mailbox; closing twice does nothing. */
  close(): void {
    this.#closed = true;
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
