/** The server cannot listen where it was to; the message is one line that says why and what to do. */
export class ListenError extends Error {
  /** The name of this kind of error. */
  override readonly name = "ListenError";

  /** Says where the server was to listen, and what the system said. */
  constructor(hostname: string, port: number, cause: unknown) {
    super(`Cannot listen: ${formatAddress(hostname, port)}: ${reason(cause)}`, { cause });
  }
}

/** Shows an address to people: `127.0.0.1:10497`, `[::1]:10497`. */
export function formatAddress(hostname: string, port: number): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

function reason(cause: unknown): string {
  if (cause instanceof Deno.errors.AddrInUse) {
    return "the port is in use: take another with --port, or 0 for a free one";
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  return `${message}: take another address with --host and --port`;
}
