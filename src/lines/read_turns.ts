/** How much is read without a pause: about a millisecond of work. */
export const TURN_BYTES: number = 1024 * 1024;

/**
 * Lets other clients of the thread be served while much is read that is in memory, and little or nothing of it is
 * sent. Awaiting such reads does not suffice: the event loop goes on only when no promise is due.
 */
export class ReadTurns {
  #bytes = 0;

  /**
   * Notes that bytes were read.
   *
   * @returns resolves in a later turn of the event loop; undefined if little was read in this one
   */
  note(bytes: number): Promise<void> | undefined {
    this.#bytes += bytes;
    if (this.#bytes < TURN_BYTES) return undefined;
    this.#bytes = 0;
    // By a timer, since the event loop hardly looks at sockets while something is always due at once.
    return new Promise((resolve) => setTimeout(resolve, 0));
  }
}
