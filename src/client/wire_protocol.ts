/**
 * How lines are asked for and answered in bytes. Pure: no sockets.
 *
 * - The right reply to a request is a head, the line's bytes and a tail. So a reply is compared with
 *   the file in place, as it comes, and nothing of it is kept.
 * - Only of a reply that is not right the end must be searched for: by a {@linkcode ReplyFramer}.
 */
export interface WireProtocol {
  /** The longest request in bytes. */
  readonly requestMaxBytes: number;
  /** The longest head of a reply in bytes. */
  readonly replyHeadMaxBytes: number;
  /** What follows the line in a reply. Not to be changed. */
  readonly replyTail: Uint8Array;
  /**
   * Writes the request for a line.
   *
   * @param lineNumber 1 to 2^53 - 1.
   * @param into Has room for `requestMaxBytes`.
   * @param at Where the request's first byte goes.
   * @returns The position behind its last byte.
   */
  encodeRequest(lineNumber: number, into: Uint8Array, at: number): number;
  /**
   * Writes what precedes a line in a reply.
   *
   * @param lineByteCount How long the line is, 0 to 2^31 - 1.
   * @param into Has room for `replyHeadMaxBytes`; written from its start.
   * @returns How many bytes were written.
   */
  encodeReplyHead(lineByteCount: number, into: Uint8Array): number;
  /** Makes what finds the end of one connection's replies, whatever they say. */
  createFramer(): ReplyFramer;
}

/** Finds where a reply ends that is not the one expected. */
export interface ReplyFramer {
  /** Whether the reply's last byte was fed. */
  readonly isComplete: boolean;
  /** Whether the complete reply says that the server could not answer. */
  readonly isError: boolean;
  /** Whether the reply is complete and holds a line. */
  readonly isLine: boolean;
  /** Begins with the next reply. */
  reset(): void;
  /**
   * Takes more of the reply, cut anywhere.
   *
   * @returns The position behind the reply's last byte; `end` where it has not come yet.
   */
  feed(received: Uint8Array, at: number, end: number): number;
}
