import { Buffer } from "node:buffer";

/** How much a client reads from its socket at a time, at most. */
const BUFFER_MAX_BYTES = 64 * 1024;
const BUFFER_MIN_BYTES = 4 * 1024;

/** What the buffers of all clients take together, unless that is under 4 KiB for each. */
const ALL_MAX_BYTES = 64 * 1024 * 1024;

/**
 * What clients read from their sockets into. Kept from step to step: buffers that are made anew have
 * to be collected, and the pauses would show in the figures.
 */
export class ReceiveBuffers {
  #buffers: Buffer[] = [];

  /**
   * Gives one for each client of a step. Those of the step before are used again.
   *
   * @param clientCount 1 or more
   */
  forClients(clientCount: number): readonly Buffer[] {
    const share = Math.floor(ALL_MAX_BYTES / clientCount);
    const bytes = Math.max(BUFFER_MIN_BYTES, Math.min(BUFFER_MAX_BYTES, share));
    if (this.#buffers[0]?.length !== bytes) this.#buffers = [];
    while (this.#buffers.length < clientCount) this.#buffers.push(Buffer.alloc(bytes));
    return this.#buffers;
  }
}
