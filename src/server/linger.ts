import type { Timers } from "./timers.ts";

/** How long a client must be silent until its socket is closed, if it has received all its replies. */
export const LINGER_MS = 500;

/** The longest time to linger. */
export const LINGER_MAX_MS = 30_000;

/** What lingering needs of a socket. */
export interface LingeringSocket {
  read(into: Uint8Array): Promise<number | null>;
  closeWrite(): Promise<void>;
}

/**
 * How long to linger.
 *
 * - `until silent`: until the client has been silent for {@linkcode LINGER_MS}
 * - `until closed`: until the client has closed its side. A client may not have received all replies yet; if it
 *   sends something after the socket is closed, the operating system discards them
 */
export type LingerPolicy = "until silent" | "until closed";

/**
 * Ends a connection gently: tells the client that nothing more will come, and discards what it still sends.
 *
 * @param buffer where it may read to
 * @param pending a read of the socket that has begun already
 * @returns resolves when the socket can be closed: the client has closed its side, the policy says so, or
 * {@linkcode LINGER_MAX_MS} have passed. Never rejects
 */
export async function linger(
  socket: LingeringSocket,
  buffer: Uint8Array,
  timers: Timers,
  policy: LingerPolicy,
  pending?: Promise<number | null>,
): Promise<void> {
  const endMs = timers.nowMs() + LINGER_MAX_MS;
  const waitMs = () => {
    const leftMs = endMs - timers.nowMs();
    return policy === "until silent" ? Math.min(leftMs, LINGER_MS) : leftMs;
  };
  try {
    await socket.closeWrite();
    let reading = pending ?? socket.read(buffer);
    while (waitMs() > 0 && await isSending(reading, waitMs(), timers)) {
      reading = socket.read(buffer);
    }
  } catch {
    // The client has left: there is nothing to be gentle about.
  }
}

// False once the client has sent its last byte, or is silent.
async function isSending(
  reading: Promise<number | null>,
  silenceMs: number,
  timers: Timers,
): Promise<boolean> {
  const silence = Promise.withResolvers<null>();
  const cancel = timers.after(silenceMs, () => silence.resolve(null));
  try {
    return await Promise.race([reading, silence.promise]) !== null;
  } finally {
    cancel();
    // It fails when the socket is closed, which nobody waits for then.
    reading.catch(() => {});
  }
}
