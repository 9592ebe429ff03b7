import type { Timers } from "./timers.ts";

/**
 * How long a client must be silent until its socket is closed. Closing it while the client sends would make the
 * operating system discard replies that the client has not read yet.
 */
export const LINGER_MS = 500;

/** How long a client may go on sending. */
export const LINGER_MAX_MS = 30_000;

/** What lingering needs of a socket. */
export interface LingeringSocket {
  read(into: Uint8Array): Promise<number | null>;
  closeWrite(): Promise<void>;
}

/**
 * Ends a connection gently: tells the client that nothing more will come, and discards what it still sends.
 *
 * @param buffer where it may read to
 * @param pending a read of the socket that has begun already
 * @returns resolves when the socket can be closed: the client has closed its side or has been silent for
 * {@linkcode LINGER_MS}, or {@linkcode LINGER_MAX_MS} have passed. Never rejects
 */
export async function linger(
  socket: LingeringSocket,
  buffer: Uint8Array,
  timers: Timers,
  pending?: Promise<number | null>,
): Promise<void> {
  const endMs = timers.nowMs() + LINGER_MAX_MS;
  try {
    await socket.closeWrite();
    let reading = pending ?? socket.read(buffer);
    while (await isSending(reading, timers) && timers.nowMs() < endMs) {
      reading = socket.read(buffer);
    }
  } catch {
    // The client has left: there is nothing to be gentle about.
  }
}

// False once the client has sent its last byte, or is silent.
async function isSending(reading: Promise<number | null>, timers: Timers): Promise<boolean> {
  const silence = Promise.withResolvers<null>();
  const cancel = timers.after(LINGER_MS, () => silence.resolve(null));
  try {
    return await Promise.race([reading, silence.promise]) !== null;
  } finally {
    cancel();
    // It fails when the socket is closed, which nobody waits for then.
    reading.catch(() => {});
  }
}
