/** How the replies of a protocol look in bytes. Every array is the caller's to send, not to change. */
export interface ReplyFormat {
  /** What stands before the bytes of a line of that length. */
  lineHead(lineBytes: number): Uint8Array;
  /** What stands behind the bytes of a line. */
  readonly lineTail: Uint8Array;
  /** There is no such line, or the command is not allowed. */
  readonly noSuchLine: Uint8Array;
  /** That was no command. */
  readonly invalid: Uint8Array;
  /**
   * The server could not answer.
   *
   * @param message one line for people
   */
  serverError(message: string): Uint8Array;
}
