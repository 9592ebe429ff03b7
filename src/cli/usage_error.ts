/** The command line was wrong; the message is one line that says how, and what to do. */
export class UsageError extends Error {
  /** The name of this kind of error. */
  override readonly name = "UsageError";
}
