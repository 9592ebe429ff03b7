/** Where a listener can be reached. */
export interface ListenerAddress {
  /** Which kind of listener it is. */
  readonly name: "tcp";
  readonly hostname: string;
  /** Never 0. */
  readonly port: number;
}

/** Accepts clients and answers them. A thread runs a list of listeners. */
export interface Listener {
  readonly address: ListenerAddress;
  /** Resolves when it was shut down, and every connection is closed. */
  readonly finished: Promise<void>;
  /** Begins to shut down; doing so twice does nothing. */
  shutDown(): void;
}

/** The server cannot listen on an address; the message is one line that says why and what to do. */
export class ListenError extends Error {
  override readonly name = "ListenError";

  constructor(hostname: string, port: number, cause: unknown) {
    super(`Cannot listen on ${formatAddress(hostname, port)} (${reasonOf(cause)}`, { cause });
  }
}

/** Formats an address for people: `127.0.0.1:10497`, `[::1]:10497`. */
export function formatAddress(hostname: string, port: number): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

function reasonOf(cause: unknown): string {
  if (cause instanceof Deno.errors.AddrInUse) {
    return "the port is in use). Choose another one with --port, or 0 for a free one.";
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  return `${message}). Choose another address with --host and --port.`;
}
