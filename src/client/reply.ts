/**
 * What a server answers to `GET n`: the line's bytes, `undefined` where there is no such line, or why
 * the line cannot be had.
 */
export type Reply = Uint8Array<ArrayBuffer> | undefined | ServerError | LineTooLongError;

/** The server answered that it cannot give the line. Its message is what the server said. */
export class ServerError extends Error {
  /** Always `ServerError`. */
  override readonly name = "ServerError";
}

/** The line is longer than this client takes. */
export class LineTooLongError extends Error {
  /** Always `LineTooLongError`. */
  override readonly name = "LineTooLongError";

  /**
   * Makes one for a limit.
   *
   * @param lineMaxBytes The limit that the line is over.
   */
  constructor(lineMaxBytes: number) {
    super(`The line is longer than lineMaxBytes: ${lineMaxBytes}: raise lineMaxBytes`);
  }
}
