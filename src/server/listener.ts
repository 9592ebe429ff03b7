import { describeSystemError, systemErrorRemedy } from "../source/messages.ts";

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
  /** Resolves when it accepts no more connections: another process can listen on its address. */
  readonly stoppedListening: Promise<void>;
  /** Resolves when it was shut down, and every connection is closed. */
  readonly finished: Promise<void>;
  /** Begins to shut down; doing so twice does nothing. */
  shutDown(): void;
  /** Shuts down without waiting for clients: closes every connection at once. */
  close(): void;
}

/** The server cannot listen on an address; the message is one line that says why and what to do. */
export class ListenError extends Error {
  override readonly name = "ListenError";

  /** @param transport which port of this number could not be taken */
  constructor(hostname: string, port: number, cause: unknown, transport: "tcp" | "udp" = "tcp") {
    super(`Cannot listen on ${formatAddress(hostname, port)} (${reasonOf(cause, transport)}`, {
      cause,
    });
  }
}

/**
 * The address of a socket, with the zone that it was bound with: the operating system does not tell it, and a
 * link-local address is useless without it.
 *
 * @param hostname of the socket
 * @param requested what it was bound to, such as `fe80::1%eth0`
 */
export function keepZone(hostname: string, requested: string): string {
  const zoneAt = requested.indexOf("%");
  return zoneAt < 0 || hostname.includes("%") ? hostname : hostname + requested.slice(zoneAt);
}

/** Formats an address for people: `127.0.0.1:10497`, `[::1]:10497`. */
export function formatAddress(hostname: string, port: number): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

function reasonOf(cause: unknown, transport: "tcp" | "udp"): string {
  if (cause instanceof Deno.errors.AddrInUse) {
    const reason = transport === "tcp"
      ? "the port is in use"
      : "the UDP port is in use, which linesvr holds while it runs; another linesvr may be starting";
    return `${reason}). Choose another one with --port, or 0 for a free one.`;
  }
  const remedy = systemErrorRemedy(cause) ?? "Choose another address with --host and --port.";
  const description = describeSystemError(cause);
  // Otherwise what the resolver of the operating system says, after two more colons.
  const isUnknown = description.startsWith("failed to lookup address");
  return `${isUnknown ? "unknown host" : description}). ${remedy}`;
}
