import { describeSystemError, systemErrorRemedy } from "../source/messages.ts";

/** The kinds of listeners. */
export type ListenerName = "tcp" | "http";

/** Where a listener can be reached. */
export interface ListenerAddress {
  readonly name: ListenerName;
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

  constructor(hostname: string, port: number, cause: unknown, details: ListenErrorDetails = {}) {
    const { name = "tcp", transport = "tcp" } = details;
    const address = formatAddress(hostname, port);
    super(`Cannot listen on ${address} (${reasonOf(cause, transport, name)}`, { cause });
  }
}

/** What a {@linkcode ListenError} is about. */
export interface ListenErrorDetails {
  /**
   * Which listener cannot listen.
   *
   * @default {"tcp"}
   */
  readonly name?: ListenerName;
  /**
   * Which port of this number could not be taken.
   *
   * @default {"tcp"}
   */
  readonly transport?: "tcp" | "udp";
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

/** The line that tells people where a listener can be reached. */
export function describeListener({ name, hostname, port }: ListenerAddress): string {
  const address = formatAddress(hostname, port);
  switch (name) {
    case "tcp":
      return `listening on ${address}`;
    case "http":
      return `http on http://${address}/`;
  }
}

// Which flags choose another port, and another address.
const FLAGS: Readonly<Record<ListenerName, { readonly port: string; readonly address: string }>> = {
  tcp: { port: "--port", address: "--host and --port" },
  http: { port: "--http", address: "--http" },
};

function reasonOf(cause: unknown, transport: "tcp" | "udp", name: ListenerName): string {
  if (cause instanceof Deno.errors.AddrInUse) {
    const reason = transport === "tcp"
      ? "the port is in use"
      : "the UDP port is in use, which linesvr holds while it runs; another linesvr may be starting";
    return `${reason}). Choose another one with ${FLAGS[name].port}, or 0 for a free one.`;
  }
  const remedy = systemErrorRemedy(cause) ?? `Choose another address with ${FLAGS[name].address}.`;
  const description = describeSystemError(cause);
  // Otherwise what the resolver of the operating system says, after two more colons.
  const isUnknown = description.startsWith("failed to lookup address");
  return `${isUnknown ? "unknown host" : description}). ${remedy}`;
}
