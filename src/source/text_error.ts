/** The text cannot be read, or is not what its index says; the message is one line for people. */
export class TextError extends Error {
  /** The name of this kind of error. */
  override readonly name = "TextError";
}
