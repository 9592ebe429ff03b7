import { Buffer } from "node:buffer";

const BUFFER_MAX_BYTES = 64 * 1024;
const BUFFER_MIN_BYTES = 4 * 1024;

/** The size of all buffers together, unless each has the minimum already. */
const TOTAL_MAX_BYTES = 64 * 1024 * 1024;

/**
 * The receive buffers of all clients. They are reused from step to step: collecting old buffers would
 * cause pauses, which would show in the figures.
 */
export class ReceiveBuffers {
  #buffers: Buffer[] = [];

  /** Returns at least `clientCount` buffers; invalidates those of the previous step. */
  forClients(clientCount: number): readonly Buffer[] {
    const share = Math.floor(TOTAL_MAX_BYTES / clientCount);
    const bytes = Math.max(BUFFER_MIN_BYTES, Math.min(BUFFER_MAX_BYTES, share));
    if (this.#buffers[0]?.length !== bytes) this.#buffers = [];
    while (this.#buffers.length < clientCount) this.#buffers.push(Buffer.alloc(bytes));
    return this.#buffers;
  }
}
