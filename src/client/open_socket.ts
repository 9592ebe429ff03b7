import { ConnectionFailure } from "./connection_failure.ts";
import { formatServerAddress, type ServerAddress } from "./server_address.ts";

/** How a socket is opened. */
export interface OpenSocketOptions {
  /** How long connecting may take, 1 to 2^31 - 1. */
  readonly connectTimeoutMs: number;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

/**
 * Connects to a server.
 *
 * @throws {ConnectionFailure} Where that fails, takes too long or is ended by the signal.
 */
export async function openSocket(
  address: ServerAddress,
  { connectTimeoutMs, signal }: OpenSocketOptions,
): Promise<Deno.TcpConn> {
  const where = formatServerAddress(address);
  const attempt = new AbortController();
  const abort = () => attempt.abort(signal.reason);
  const timer = setTimeout(() => {
    attempt.abort(new ConnectionFailure("no reply in time", `${where} in ${connectTimeoutMs} ms`));
  }, connectTimeoutMs);
  signal.addEventListener("abort", abort);
  try {
    signal.throwIfAborted();
    const { hostname, port } = address;
    const socket = await Deno.connect({ hostname, port, signal: attempt.signal });
    setNoDelay(socket);
    return socket;
  } catch (error) {
    throw ConnectionFailure.from(error, where);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

/** Has small writes sent at once. */
export function setNoDelay(socket: Deno.TcpConn): void {
  try {
    socket.setNoDelay(true);
  } catch {
    // The server is gone already; reading from the socket will say so.
  }
}
