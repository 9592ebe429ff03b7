import type { Transport } from "./transport.ts";

/** The sockets of Deno. */
export const denoTransport: Transport = {
  async connect({ hostname, port }, signal) {
    const socket = await Deno.connect({ hostname, port, signal });
    setNoDelay(socket);
    return socket;
  },
};

/** Disables Nagle's algorithm; does nothing if the connection is closed already. */
export function setNoDelay(socket: Deno.TcpConn): void {
  try {
    socket.setNoDelay(true);
  } catch {
    // Reading from the socket will report the failure.
  }
}
