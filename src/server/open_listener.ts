import { ListenError } from "./listen_error.ts";

/**
 * Clients that may wait to be accepted, where the system allows so many. Whoever comes when all these wait
 * is left without an answer, and tries again a second later.
 */
export const BACKLOG_MAX = 4096;

/**
 * Listens for TCP connections.
 *
 * @param reusePort whether other listeners that say so too may share the port
 * @throws {ListenError} where it cannot listen there
 */
export function openListener(
  hostname: string,
  port: number,
  reusePort: boolean,
): Deno.TcpListener {
  try {
    return Deno.listen({ hostname, port, reusePort, tcpBacklog: BACKLOG_MAX });
  } catch (error) {
    throw new ListenError(hostname, port, error);
  }
}

/**
 * Makes sure that nobody listens there.
 *
 * @throws {ListenError} where somebody does, or nobody can
 */
export function assertIsFree(hostname: string, port: number): void {
  openListener(hostname, port, false).close();
}
