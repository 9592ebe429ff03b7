// The only module of the client that uses an API of Deno.
import { ConnectionFailure } from "./errors.ts";
import { formatServerAddress, type ServerAddress } from "./server_address.ts";

/** @throws {ConnectionFailure} if connecting fails, takes too long or is canceled */
export async function openSocket(
  address: ServerAddress,
  { connectTimeoutMs, signal }: { connectTimeoutMs: number; signal: AbortSignal },
): Promise<Deno.TcpConn> {
  const { hostname, port } = address;
  const target = formatServerAddress(address);
  const timeout = new AbortController();
  const timer = setTimeout(() => {
    const detail = `${target}, waited ${connectTimeoutMs} ms`;
    timeout.abort(new ConnectionFailure("no reply in time", detail));
  }, connectTimeoutMs);
  try {
    const ending = AbortSignal.any([signal, timeout.signal]);
    const socket = await Deno.connect({ hostname, port, signal: ending });
    setNoDelay(socket);
    return socket;
  } catch (error) {
    throw ConnectionFailure.from(error, target);
  } finally {
    clearTimeout(timer);
  }
}

/** Disables Nagle's algorithm; does nothing if the connection is closed already. */
export function setNoDelay(socket: Deno.TcpConn): void {
  try {
    socket.setNoDelay(true);
  } catch {
    // Reading from the socket will report the failure.
  }
}
