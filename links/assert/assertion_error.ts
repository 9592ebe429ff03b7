/** The error that every failed assertion throws. */
export class AssertionError extends Error {
  /**
   * @param message What was expected.
   * @param options The cause, if there is one.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AssertionError";
  }
}

/**
 * @param msg What the caller of an assertion adds to its message.
 * @returns The end of the message's first sentence.
 */
export function endOfMessage(msg: string | undefined): string {
  return msg ? `: ${msg}` : ".";
}
