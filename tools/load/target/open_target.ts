import { ConnectionFailure } from "../../../src/client/errors.ts";
import { setNoDelay } from "../../../src/client/transport/deno_transport.ts";
import type { LoadTarget } from "./load_target.ts";
import { logIn } from "./redis_session.ts";

/**
 * Opens a connection to a server that is ready for requests: with TLS and logged in, if the target
 * needs it.
 *
 * @param signal cancels the attempt
 * @throws {LoadFailure} if Redis refuses the user, the password or the database
 */
export async function openTarget(
  { address, session }: LoadTarget,
  signal: AbortSignal,
): Promise<Deno.Conn> {
  const tcp = await Deno.connect({ ...address, signal });
  setNoDelay(tcp);
  if (session === undefined) return tcp;
  let conn: Deno.Conn = tcp;
  const close = () => {
    try {
      conn.close();
    } catch {
      // It is closed already, or being taken over by TLS.
    }
  };
  signal.addEventListener("abort", close);
  try {
    signal.throwIfAborted();
    if (session.encryption === "tls") {
      const tls = await Deno.startTls(tcp, { hostname: address.hostname });
      conn = tls;
      signal.throwIfAborted();
      await tls.handshake();
    }
    await logIn(conn, address, session);
    return conn;
  } catch (error) {
    close();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", close);
  }
}

/** The same with a time limit, 1 to 2^31 - 1. */
export async function openTargetInTime(
  target: LoadTarget,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Deno.Conn> {
  const timeout = new AbortController();
  const timer = setTimeout(() => {
    timeout.abort(new ConnectionFailure("no reply in time", `waited ${timeoutMs} ms`));
  }, timeoutMs);
  try {
    return await openTarget(target, AbortSignal.any([signal, timeout.signal]));
  } finally {
    clearTimeout(timer);
  }
}
