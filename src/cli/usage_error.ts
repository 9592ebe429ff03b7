/** The command line is wrong. The message is one line that says what is wrong and what to do. */
export class UsageError extends Error {
  /** The name of this kind of error. */
  override readonly name = "UsageError";
}
